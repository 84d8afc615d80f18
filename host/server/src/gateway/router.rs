//! Which route of flux.toml answers a request.
//!
//! Among the routes that name the request's method or `*`, the one with the most specific path answers; of two with
//! the same path, the one that names the method. A HEAD request may take a route for GET.

use std::collections::{BTreeMap, BTreeSet};

use flux_runtime::config::{self, METHODS, Parts, Target, rank};
use http::{Method, StatusCode};
use matchit::{Match, Router};
use percent_encoding::percent_decode_str;

use super::refusal::Refusal;
use crate::ServerError;

/// A route that fits, by its place in flux.toml.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) route: usize,
    /// As they stand in the path.
    params: Vec<(String, String)>,
}

/// The routes of flux.toml.
#[derive(Debug)]
pub(crate) struct Routes {
    by_method: BTreeMap<&'static str, Router<Target>>,
    // For methods that no route names.
    others: Router<Target>,
    // Whether one is for every method.
    has_any: bool,
}

impl Routes {
    pub(crate) fn new(routes: &[config::Route]) -> Result<Self, ServerError> {
        let parts: Result<Vec<Parts<'_>>, ServerError> =
            routes.iter().enumerate().map(|(place, route)| parts(route, place)).collect();
        let parts = parts?;
        let table = |of: Option<&str>| {
            let (router, wrong) = config::table(&parts, of);
            let refused =
                wrong.into_iter().next().map(|(place, why)| invalid(&routes[place], why.to_string()));
            refused.map_or(Ok(router), Err)
        };
        let mut by_method = BTreeMap::new();
        for method in METHODS.into_iter() {
            if parts.iter().any(|(named, ..)| rank(*named, Some(method)).is_some_and(|rank| rank > 0)) {
                by_method.insert(method, table(Some(method))?);
            }
        }
        Ok(Self {
            by_method,
            others: table(None)?,
            has_any: parts.iter().any(|(method, ..)| method.is_none()),
        })
    }

    /// The route for a request, or why there is none.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found, Refusal> {
        let routes = self.by_method.get(method.as_str()).unwrap_or(&self.others);
        if let Ok(found) = routes.at(path) {
            return Ok(Found::of(&found));
        }
        let fits =
            |(method, routes): (&&'static str, &Router<Target>)| routes.at(path).is_ok().then_some(*method);
        let allowed: Vec<_> = self.by_method.iter().filter_map(fits).collect();
        if allowed.is_empty() {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "no route of flux.toml fits"));
        }
        let title = "no route of flux.toml has this method for the path";
        Err(Refusal {
            allow: Some(allowed.join(", ")),
            ..Refusal::new(StatusCode::METHOD_NOT_ALLOWED, title)
        })
    }

    /// Every method that some path has: the answer to `OPTIONS *`.
    pub(crate) fn methods(&self) -> String {
        let all = METHODS.into_iter().filter(|_| self.has_any);
        let named = self.by_method.keys().copied().chain(all).chain(["OPTIONS"]);
        named.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
    }
}

impl Found {
    fn of(found: &Match<'_, '_, &Target>) -> Self {
        let params = found.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let empty = found.value.empty.iter().map(|name| (name.clone(), String::new()));
        Self { route: found.value.route, params: params.chain(empty).collect() }
    }

    /// The path's parameters, percent-decoded. One that is not UTF-8 then is refused, but for a guest whose request
    /// has no parameters: for that one it stays as it is.
    pub(crate) fn params(self, takes_bytes: bool) -> Result<Vec<(String, String)>, Refusal> {
        let decode = |(name, value): (String, String)| match percent_decode_str(&value).decode_utf8() {
            Ok(decoded) => Ok((name, decoded.into_owned())),
            Err(_) if takes_bytes => Ok((name, value)),
            Err(_) => {
                let title = format!("the path's parameter '{name}' is not UTF-8 when it is percent-decoded");
                Err(Refusal::new(StatusCode::BAD_REQUEST, title))
            }
        };
        self.params.into_iter().map(decode).collect()
    }
}

/// Method and path of a route that can be used.
fn parts(route: &config::Route, place: usize) -> Result<Parts<'_>, ServerError> {
    let (method, path) = route.checked().map_err(|error| invalid(route, error.to_string()))?;
    Ok((method, path, place))
}

fn invalid(route: &config::Route, why: String) -> ServerError {
    ServerError::Route { route: route.route.clone(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(routes: &[&str]) -> Result<Routes, ServerError> {
        let text: String =
            routes.iter().map(|route| format!("[[routes]]\nroute = {route:?}\nguest = \"g\"\n")).collect();
        let http: config::Http = toml::from_str(&text).expect("routes");
        Routes::new(&http.routes)
    }

    /// The route's text and its parameters, or status and `allow`.
    fn answer(all: &[&str], method: &str, path: &str) -> String {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        match routes(all).expect("routes").find(&method, path) {
            Ok(found) => {
                let route = all[found.route];
                let params = found.params(false).map_err(|refusal| refusal.title);
                format!("{route} {params:?}")
            }
            Err(Refusal { status, allow, .. }) => {
                format!("{} {}", status.as_u16(), allow.unwrap_or_default())
            }
        }
    }

    #[test]
    fn a_catch_all_covers_its_folder_and_all_below() {
        for (route, name) in [("GET /{*rest}", "rest"), ("* /{*path}", "path")] {
            assert_eq!(answer(&[route], "GET", "/"), format!("{route} Ok([({name:?}, \"\")])"));
            assert_eq!(answer(&[route], "GET", "/a/b"), format!("{route} Ok([({name:?}, \"a/b\")])"));
            assert_eq!(answer(&[route], "GET", "//"), format!("{route} Ok([({name:?}, \"/\")])"));
        }
        let api = ["GET /api/{*rest}"];
        assert_eq!(answer(&api, "GET", "/api/"), "GET /api/{*rest} Ok([(\"rest\", \"\")])");
        assert_eq!(answer(&api, "GET", "/api/x"), "GET /api/{*rest} Ok([(\"rest\", \"x\")])");
        assert_eq!(answer(&api, "GET", "/api"), "404 ");
        let below = ["GET /{user}/files/{*rest}"];
        assert_eq!(
            answer(&below, "GET", "/ann/files/"),
            "GET /{user}/files/{*rest} Ok([(\"user\", \"ann\"), (\"rest\", \"\")])"
        );
    }

    #[test]
    fn a_route_of_its_own_goes_before_a_catch_all() {
        let both = ["GET /{*rest}", "GET /", "GET /a"];
        assert_eq!(answer(&both, "GET", "/"), "GET / Ok([])");
        assert_eq!(answer(&both, "GET", "/a"), "GET /a Ok([])");
        assert_eq!(answer(&both, "GET", "/b"), "GET /{*rest} Ok([(\"rest\", \"b\")])");
    }

    #[test]
    fn the_method_is_a_part_of_what_fits() {
        let all = ["POST /x", "GET /{*rest}", "* /y", "PUT /y"];
        assert_eq!(answer(&all, "GET", "/x"), "GET /{*rest} Ok([(\"rest\", \"x\")])");
        assert_eq!(answer(&all, "POST", "/x"), "POST /x Ok([])");
        assert_eq!(answer(&all, "PUT", "/y"), "PUT /y Ok([])");
        assert_eq!(answer(&all, "GET", "/y"), "* /y Ok([])");
        assert_eq!(answer(&all, "PURGE", "/y"), "* /y Ok([])");
        assert_eq!(answer(&all, "get", "/y"), "* /y Ok([])");
        assert_eq!(answer(&all, "DELETE", "/x"), "405 GET, HEAD, POST");
        assert_eq!(answer(&all, "get", "/x"), "405 GET, HEAD, POST");
    }

    #[test]
    fn head_takes_the_route_of_get() {
        assert_eq!(answer(&["GET /x"], "HEAD", "/x"), "GET /x Ok([])");
        assert_eq!(answer(&["GET /x", "HEAD /x", "* /x"], "HEAD", "/x"), "HEAD /x Ok([])");
        assert_eq!(answer(&["* /x", "GET /x"], "HEAD", "/x"), "GET /x Ok([])");
        assert_eq!(answer(&["HEAD /{*rest}", "GET /x"], "HEAD", "/x"), "GET /x Ok([])");
        assert_eq!(answer(&["HEAD /x"], "GET", "/x"), "405 HEAD");
    }

    #[test]
    fn parameters_are_decoded_or_refused() {
        let route = ["GET /{id}"];
        assert_eq!(answer(&route, "GET", "/a%2Fb%20%C3%A9"), "GET /{id} Ok([(\"id\", \"a/b é\")])");
        let refused = "the path's parameter 'id' is not UTF-8 when it is percent-decoded";
        assert_eq!(answer(&route, "GET", "/caf%E9"), format!("GET /{{id}} Err({refused:?})"));
        let found = routes(&route).expect("routes").find(&Method::GET, "/caf%E9").expect("it fits");
        assert_eq!(found.params(true), Ok(vec![("id".to_owned(), "caf%E9".to_owned())]));
    }

    #[test]
    fn the_methods_of_the_server_are_those_of_its_routes() {
        assert_eq!(routes(&["GET /x", "POST /y"]).expect("routes").methods(), "GET, HEAD, OPTIONS, POST");
        let all = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE";
        assert_eq!(routes(&["* /x"]).expect("routes").methods(), all);
    }

    #[test]
    fn routes_that_cannot_be_used_are_named() {
        for route in ["CONNECT /", "FETCH /", "GET /:id", "GET /*rest", "GET /{*rest}/x", "GET /{"] {
            let error = routes(&["GET /fine", route]).expect_err(route).to_string();
            assert!(error.contains(route), "{error}");
        }
        assert!(routes(&["GET /{a}", "GET /{b}"]).is_err());
    }
}
