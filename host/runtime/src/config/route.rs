//! A route of flux.toml: `GET /orders/{id}`.

use std::collections::BTreeMap;

use flux_host::section::{Findings, nearest};
use matchit::{InsertError, Router};
use schemars::JsonSchema;
use serde::Deserialize;

/// The methods that a route may name.
pub const METHODS: [&str; 8] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

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

/// Why a text is no route, and what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; hint: {hint}")]
pub struct NoRoute {
    message: String,
    hint: String,
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
        let wrong = |message: String, hint: String| Err(NoRoute { message, hint });
        let Some((method, path)) = self.parts() else {
            let hint = match text.starts_with('/') {
                true => format!("write the method before the path: GET {text}"),
                false => EXAMPLE.to_owned(),
            };
            return wrong(format!("'{text}' is no route"), hint);
        };
        match method {
            Some("CONNECT") => {
                return wrong("CONNECT is for proxies: it has no path".to_owned(), EXAMPLE.to_owned());
            }
            Some(method) if !METHODS.contains(&method) => {
                return wrong(format!("there is no method '{method}'"), method_hint(method, path));
            }
            _ => {}
        }
        match parameter_of_others(path) {
            Some(segment) => wrong(
                format!("'{segment}' is no parameter of a path"),
                format!("write {}", in_braces(segment)),
            ),
            None => Ok((method, path)),
        }
    }
}

fn method_hint(method: &str, path: &str) -> String {
    match nearest(&method.to_ascii_uppercase(), METHODS) {
        Some(nearest) => format!("did you mean '{nearest} {path}'?"),
        None => format!("the methods are {}, and * for any", METHODS.join(", ")),
    }
}

/// A segment as other frameworks write parameters.
fn parameter_of_others(path: &str) -> Option<&str> {
    path.split('/').find(|segment| segment.starts_with([':', '*']))
}

fn in_braces(segment: &str) -> String {
    match segment.split_at(1) {
        ("*", "") => "{*rest}".to_owned(),
        ("*", name) => format!("{{*{name}}}"),
        (_, "") => "{name}".to_owned(),
        (_, name) => format!("{{{name}}}"),
    }
}

/// How well a route fits a method: not at all, as one for every method, for HEAD as one for GET, by name.
pub fn rank(named: Option<&str>, method: Option<&str>) -> Option<u8> {
    match (named, method) {
        (None, _) => Some(0),
        (Some("GET"), Some("HEAD")) => Some(1),
        (named, method) => (named == method).then_some(2),
    }
}

/// Reports routes that cannot be served: each by itself, those that stand twice, and those of which nobody could say
/// which answers.
pub(super) fn check(routes: &[Route], findings: &mut Findings<'_>) {
    let mut good: Vec<(usize, Option<&str>, &str)> = Vec::new();
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
            Ok((method, text)) => good.push((index, method, text)),
            Err(NoRoute { message, hint }) => findings.add(&path, message, hint),
        }
    }
    check_paths(&good, findings);
}

/// Each method has a table of paths of its own. Two paths such as `/{a}` and `/{b}` cannot be in one.
fn check_paths(routes: &[(usize, Option<&str>, &str)], findings: &mut Findings<'_>) {
    let mut wrong: BTreeMap<usize, NoRoute> = BTreeMap::new();
    for method in METHODS.into_iter().map(Some).chain([None]) {
        let mut paths: BTreeMap<&str, usize> = BTreeMap::new();
        let mut table = Router::new();
        for (index, named, path) in routes {
            if rank(*named, method).is_none() || wrong.contains_key(index) || paths.contains_key(path) {
                continue;
            }
            paths.insert(path, *index);
            if let Err(error) = table.insert(*path, ()) {
                wrong.insert(*index, refusal(&error));
            }
        }
    }
    for (index, NoRoute { message, hint }) in wrong {
        findings.add(&["http", "routes", &index.to_string(), "route"], message, hint);
    }
}

fn refusal(error: &InsertError) -> NoRoute {
    let (message, hint) = match error {
        InsertError::Conflict { with } => (
            format!("the route '{with}' fits the same paths, so it is unclear which of the two answers"),
            "take one of the two out, or write their parameters alike",
        ),
        InsertError::InvalidParamSegment => {
            ("a segment of the path has two parameters".to_owned(), "write one parameter a segment: /{a}/{b}")
        }
        InsertError::InvalidCatchAll => (
            "the rest of a path stands before its end".to_owned(),
            "write {*rest} last, or {name} for one segment",
        ),
        _ => (
            "the path has a parameter without a name, or an open brace".to_owned(),
            "write a parameter as {name}",
        ),
    };
    NoRoute { message, hint: hint.to_owned() }
}
