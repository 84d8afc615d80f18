//! The routes that answer a method, as a table of paths. The check of flux.toml makes the same table as the server.

use std::collections::BTreeMap;

use matchit::{InsertError, Router};

use super::path::NoRoute;

/// The methods that a route may name.
pub const METHODS: [&str; 8] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// What a path of the table leads to.
#[derive(Debug, Clone)]
pub struct Target {
    /// The route, by its place in flux.toml.
    pub route: usize,
    /// The parameter for the rest of a path that stands for nothing: the path is `/`, or ends so.
    pub empty: Option<String>,
}

/// A route's method (none: any) and path, and its place in flux.toml.
pub type Parts<'a> = (Option<&'a str>, &'a str, usize);

/// How well a route fits a method: not at all, as one for every method, for HEAD as one for GET, by name.
pub fn rank(named: Option<&str>, method: Option<&str>) -> Option<u8> {
    match (named, method) {
        (None, _) => Some(0),
        (Some("GET"), Some("HEAD")) => Some(1),
        (named, method) => (named == method).then_some(2),
    }
}

/// The routes that answer a method, in the order of flux.toml; none: a method that no route names. Also those that
/// cannot stand beside others, by their places.
pub fn table(routes: &[Parts<'_>], method: Option<&str>) -> (Router<Target>, Vec<(usize, NoRoute)>) {
    let mut paths: BTreeMap<&str, (u8, usize)> = BTreeMap::new();
    for (named, path, route) in routes {
        if let Some(rank) = rank(*named, method) {
            let best = paths.entry(path).or_insert((rank, *route));
            *best = if rank > best.0 { (rank, *route) } else { *best };
        }
    }
    let mut sorted: Vec<_> = paths.iter().map(|(path, (_, route))| (*route, *path)).collect();
    sorted.sort_unstable();
    let (mut router, mut wrong) = (Router::new(), Vec::new());
    let mut insert = |path: &str, target: Target| {
        let route = target.route;
        if let Err(error) = router.insert(path, target) {
            wrong.push((route, refusal(&error)));
        }
    };
    for (route, path) in sorted {
        insert(path, Target { route, empty: None });
        // The rest of a path may be nothing; but `/api` is not below `/api/`.
        if let Some((before, name)) = catch_all(path).filter(|(before, _)| !paths.contains_key(before)) {
            insert(before, Target { route, empty: Some(name.to_owned()) });
        }
    }
    (router, wrong)
}

/// `/api/{*rest}` as `/api/` and `rest`.
fn catch_all(path: &str) -> Option<(&str, &str)> {
    path.strip_suffix('}')?.rsplit_once("{*")
}

fn refusal(error: &InsertError) -> NoRoute {
    match error {
        InsertError::Conflict { with } => NoRoute::new(
            format!("the route '{with}' fits the same paths, so it is unclear which of the two answers"),
            "take one of the two out, or write their parameters alike",
        ),
        InsertError::InvalidParamSegment => NoRoute::new(
            "a segment of the path has two parameters",
            "write one parameter a segment: /{a}/{b}",
        ),
        InsertError::InvalidCatchAll => NoRoute::new(
            "the rest of a path stands before its end",
            "write {*rest} last, or {name} for one segment",
        ),
        _ => NoRoute::new(
            "the path has a parameter without a name, or an open brace",
            "write a parameter as {name}",
        ),
    }
}
