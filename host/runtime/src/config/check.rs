//! What the types of flux.toml cannot say: names that must exist, routes that must parse.

use std::collections::HashSet;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use flux_cap_fetch::{HostPattern, PrivatePattern};
use flux_replay::Tolerances;
use toml::Spanned;

use super::error::nearest;
use super::{Config, ConfigError, EngineKind, GuestConfig};
use crate::schedule::Schedule;

pub(super) fn check(path: &Path, text: &str, config: &Config) -> Result<(), ConfigError> {
    let check = Check { path, text, config };
    check.guests()?;
    check.routes()?;
    check.bounds()?;
    check.schedules()?;
    check.hosts()?;
    check.tolerances()?;
    check.places()
}

struct Check<'a> {
    path: &'a Path,
    text: &'a str,
    config: &'a Config,
}

type Checked = Result<(), ConfigError>;

impl Check<'_> {
    fn wrong<T>(&self, value: &Spanned<String>, message: String) -> Result<T, ConfigError> {
        Err(ConfigError::at(self.path, self.text, value.span().start, message, None))
    }

    /// Something is wrong with a table as a whole: its heading is shown.
    fn wrong_table(&self, table: &str, message: String) -> Checked {
        let at = self.text.find(&format!("[{table}]")).unwrap_or(0);
        Err(ConfigError::at(self.path, self.text, at, message, None))
    }

    fn guests(&self) -> Checked {
        let Config { http, queues, cron, guests, .. } = self.config;
        for (name, guest) in guests {
            self.environment(name, guest)?;
        }
        let named = http.routes.iter().map(|route| &route.guest);
        let named = named.chain(queues.values().map(|queue| &queue.guest));
        for guest in named.chain(cron.values().map(|cron| &cron.guest)) {
            let name = guest.get_ref();
            if !guests.contains_key(name) {
                let near = nearest(name, guests.keys().map(String::as_str));
                let message = format!("there is no guest '{name}' under [guests]");
                return Err(ConfigError::at(self.path, self.text, guest.span().start, message, near));
            }
        }
        Ok(())
    }

    fn environment(&self, name: &str, guest: &GuestConfig) -> Checked {
        let table = format!("guests.{name}.env");
        if guest.engine == EngineKind::V8 && !guest.env.is_empty() {
            let message =
                format!("the guest '{name}' runs on V8, which has no environment variables: use [config]");
            return self.wrong_table(&table, message);
        }
        let wrong = |variable: &String| variable.is_empty() || variable.contains(['=', '\0']);
        match guest.env.iter().find(|(name, value)| wrong(name) || value.contains('\0')) {
            Some((variable, _)) => {
                self.wrong_table(&table, format!("'{variable}' is no environment variable"))
            }
            None => Ok(()),
        }
    }

    fn routes(&self) -> Checked {
        let mut seen = HashSet::new();
        for route in &self.config.http.routes {
            let text = route.route.get_ref();
            if route.parts().is_none() {
                return self
                    .wrong(&route.route, format!("'{text}' is no route: 'GET /orders/{{id}}' is one"));
            }
            if !seen.insert(text) {
                return self.wrong(&route.route, format!("the route '{text}' stands twice"));
            }
        }
        Ok(())
    }

    /// With nothing at all, nobody would be answered.
    fn bounds(&self) -> Checked {
        let http = &self.config.http;
        let bounds = [
            ("max-connections", http.max_connections == 0),
            ("max-streams", http.max_streams == 0),
            ("head-ms", http.head_ms == 0),
            ("body-ms", http.body_ms == 0),
            ("idle-ms", http.idle_ms == 0),
        ];
        match bounds.iter().find(|(_, is_zero)| *is_zero) {
            Some((key, _)) => self.wrong_table("http", format!("{key} is 0, which would let nobody in")),
            None => Ok(()),
        }
    }

    fn schedules(&self) -> Checked {
        for cron in self.config.cron.values() {
            // Apart, so that each mistake is shown where it is.
            if let Err(error) = Schedule::new(cron.schedule.get_ref(), None) {
                return self.wrong(&cron.schedule, error.to_string());
            }
            if let Some(zone) = &cron.timezone
                && let Err(error) = Schedule::new("* * * * *", Some(zone.get_ref()))
            {
                return self.wrong(zone, error.to_string());
            }
        }
        Ok(())
    }

    fn hosts(&self) -> Checked {
        let fetch = &self.config.fetch;
        for pattern in fetch.allow.iter().chain(&fetch.secrets_in_body) {
            self.parses::<HostPattern>(pattern)?;
        }
        for pattern in &fetch.allow_private {
            self.parses::<PrivatePattern>(pattern)?;
        }
        for (name, secret) in &self.config.secrets {
            for host in &secret.hosts {
                if let Err(error) = host.parse::<HostPattern>() {
                    return self.wrong_table(&format!("secrets.{name}"), error.to_string());
                }
            }
        }
        Ok(())
    }

    /// An entry that can never cover anything is a mistake of its writer, who believes that it does.
    fn tolerances(&self) -> Checked {
        let replay = &self.config.replay;
        let ignore = replay.ignore.iter().map(|entry| (entry, Tolerances::parse([entry.get_ref()], [""; 0])));
        let unordered =
            replay.unordered.iter().map(|entry| (entry, Tolerances::parse([""; 0], [entry.get_ref()])));
        let none = Tolerances::default();
        let layout = replay.layout.iter().map(|entry| (entry, none.clone().with_layout([entry.get_ref()])));
        for (entry, parsed) in ignore.chain(layout).chain(unordered) {
            if let Err(error) = parsed {
                let at = entry.span().start;
                let wrong = ConfigError::at(self.path, self.text, at, error.to_string(), None);
                return Err(wrong.advise(error.hint()));
            }
        }
        Ok(())
    }

    fn parses<T: FromStr<Err: Display>>(&self, value: &Spanned<String>) -> Checked {
        match value.get_ref().parse::<T>() {
            Ok(_) => Ok(()),
            Err(error) => self.wrong(value, error.to_string()),
        }
    }

    /// One back end each.
    fn places(&self) -> Checked {
        for (label, db) in &self.config.db {
            if db.sqlite.is_some() == db.postgres.is_some() {
                let message = format!(
                    "the database '{label}' needs one of sqlite = \"{label}.db\" and postgres = \"…\""
                );
                return self.wrong_table(&format!("db.{label}"), message);
            }
        }
        for (label, queue) in &self.config.queues {
            if queue.postgres.is_some() && queue.nats.is_some() {
                let message = format!("the queue '{label}' has both postgres and nats");
                return self.wrong_table(&format!("queues.{label}"), message);
            }
        }
        for (name, secret) in &self.config.secrets {
            if secret.env.is_none() && secret.file.is_none() {
                let message = format!("the secret '{name}' needs env = \"VARIABLE\" or file = \"path\"");
                return self.wrong_table(&format!("secrets.{name}"), message);
            }
        }
        Ok(())
    }
}
