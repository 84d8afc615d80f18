//! What the types of flux.toml cannot say: names that must exist, routes that must parse.

use std::collections::HashMap;
use std::path::Path;

use toml::Spanned;

use super::error::nearest;
use super::{Config, ConfigError};

pub(super) fn check(path: &Path, text: &str, config: &Config) -> Result<(), ConfigError> {
    let wrong = |value: &Spanned<String>, message: String, near: Option<String>| {
        ConfigError::at(path, text, value.span().start, message, near)
    };
    let guests = config.http.routes.iter().map(|route| &route.guest);
    for guest in guests.chain(config.queues.values().map(|queue| &queue.guest)) {
        let name = guest.get_ref();
        if !config.guests.contains_key(name) {
            let near = nearest(name, config.guests.keys().map(String::as_str));
            return Err(wrong(guest, format!("there is no guest '{name}' under [guests]"), near));
        }
    }
    let mut seen = HashMap::new();
    for route in &config.http.routes {
        if route.parts().is_none() {
            let message = format!("'{}' is no route: 'GET /orders/{{id}}' is one", route.route.get_ref());
            return Err(wrong(&route.route, message, None));
        }
        if seen.insert(route.route.get_ref(), ()).is_some() {
            return Err(wrong(
                &route.route,
                format!("the route '{}' stands twice", route.route.get_ref()),
                None,
            ));
        }
    }
    for pattern in &config.fetch.allow {
        if let Err(error) = pattern.get_ref().parse::<flux_cap_fetch::HostPattern>() {
            return Err(wrong(pattern, error.to_string(), None));
        }
    }
    Ok(())
}
