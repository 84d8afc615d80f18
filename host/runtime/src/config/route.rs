//! A route of flux.toml: `GET /orders/{id}`.

use std::collections::BTreeMap;

use flux_host::section::{Findings, nearest};
use schemars::JsonSchema;
use serde::Deserialize;

use super::path::{self, NoRoute};
use super::table::{METHODS, Parts, table};

/// What a route looks like.
const EXAMPLE: &str = "write a method and a path, such as GET /orders/{id}";

/// A method and a path, and the guest that answers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Route {
    /// Method and path, such as `GET /orders/{id}`; `*` for any method, `{*rest}` for the rest of a path.
    #[schemars(example = &"GET /orders/{id}")]
    pub route: String,
    /// The guest that answers.
    #[schemars(example = &"orders")]
    pub guest: String,
}

impl Route {
    /// Method (none: any) and path.
    fn parts(&self) -> Option<(Option<&str>, &str)> {
        let (method, path) = self.route.split_once(' ')?;
        path.starts_with('/').then_some(((method != "*").then_some(method), path))
    }

    /// Method and path of a route that can be served, or why it cannot.
    pub fn checked(&self) -> Result<(Option<&str>, &str), NoRoute> {
        let text = &self.route;
        let Some((method, path)) = self.parts() else {
            return Err(NoRoute::new(format!("'{text}' is no route"), self.spelt()));
        };
        match method {
            Some("CONNECT") => return Err(NoRoute::new("CONNECT is for proxies: it has no path", EXAMPLE)),
            Some(method) if !METHODS.contains(&method) => {
                let message = format!("there is no method '{method}'");
                return Err(NoRoute::new(message, method_hint(method, path)));
            }
            _ => {}
        }
        path::check(path).map(|()| (method, path))
    }

    /// What may be meant by a text that is no route.
    fn spelt(&self) -> String {
        let words: Vec<&str> = self.route.split_whitespace().collect();
        match words[..] {
            [path] if path.starts_with('/') => format!("write the method before the path: GET {path}"),
            [method, path] if path.starts_with('/') => format!("write {method} {path}, with one space"),
            _ => EXAMPLE.to_owned(),
        }
    }
}

fn method_hint(method: &str, path: &str) -> String {
    match nearest(&method.to_ascii_uppercase(), METHODS) {
        Some(nearest) => format!("did you mean '{nearest} {path}'?"),
        None => format!("the methods are {}, and * for any", METHODS.join(", ")),
    }
}

/// Reports routes that cannot be served: each by itself, those that stand twice, and those of which nobody could say
/// which answers.
pub(super) fn check(routes: &[Route], findings: &mut Findings<'_>) {
    let mut good: Vec<Parts<'_>> = Vec::new();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, route) in routes.iter().enumerate() {
        let place = index.to_string();
        let path = ["http", "routes", &place, "route"];
        if let Some(before) = first.get(route.route.as_str()) {
            let line = findings.line(&["http", "routes", &before.to_string(), "route"]);
            let hint = match line {
                Some(line) => format!("take one of the two out: the other is in line {line}"),
                None => "take one of the two out".to_owned(),
            };
            findings.add(&path, format!("the route '{}' stands twice", route.route), hint);
            continue;
        }
        first.insert(&route.route, index);
        match route.checked() {
            Ok((method, text)) => good.push((method, text, index)),
            Err(NoRoute { message, hint }) => findings.add(&path, message, hint),
        }
    }
    check_paths(&good, findings);
}

/// Each method has a table of paths of its own. Two paths such as `/{a}` and `/{b}` cannot be in one.
fn check_paths(routes: &[Parts<'_>], findings: &mut Findings<'_>) {
    let mut wrong: BTreeMap<usize, NoRoute> = BTreeMap::new();
    for method in METHODS.into_iter().map(Some).chain([None]) {
        for (route, refused) in table(routes, method).1 {
            wrong.entry(route).or_insert(refused);
        }
    }
    for (index, NoRoute { message, hint }) in wrong {
        findings.add(&["http", "routes", &index.to_string(), "route"], message, hint);
    }
}
