//! Requests received.

use super::{Error, find_header, query};
use serde::de::DeserializeOwned;

/// A request to answer. Tests make one of the fields that they need, and `..Request::default()`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// Starts with a slash, percent-encoding kept.
    pub path: String,
    /// What follows the question mark. `None`: there is none.
    pub query: Option<String>,
    /// Names in lower case; equal names stand together, their values in the order received.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
    /// The route's path parameters, percent-decoded.
    pub params: Vec<(String, String)>,
}

impl Request {
    /// A path parameter of the route.
    pub fn param(&self, name: &str) -> Option<&str> {
        let param = self.params.iter().find(|(param, _)| param == name)?;
        Some(&param.1)
    }

    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find_header(&self.headers, name)
    }

    /// The first query parameter of this name, decoded. `?name=` is `Some("")`, not `None`.
    pub fn query_param(&self, name: &str) -> Option<String> {
        self.query_params().find(|(param, _)| param == name).map(|(_, value)| value)
    }

    /// All query parameters in their order, decoded.
    pub fn query_params(&self) -> impl Iterator<Item = (String, String)> {
        query::pairs(self.query.as_deref().unwrap_or_default())
    }

    /// The body as JSON; a body that does not fit the type is a 400.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::bad_request(format!("the body is not as expected: {error}")))
    }

    /// The body as text; one that is no UTF-8 is a 400.
    pub fn text(&self) -> Result<&str, Error> {
        std::str::from_utf8(&self.body).map_err(|_| Error::bad_request("the body is not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn absent_is_not_empty() {
        let request = Request {
            method: "GET".into(),
            path: "/".into(),
            query: Some("a=".into()),
            headers: vec![("x-empty".into(), String::new())],
            body: Vec::new(),
            params: Vec::new(),
        };
        assert_eq!(request.query_param("a"), Some(String::new()));
        assert_eq!(request.query_param("b"), None);
        assert_eq!(request.header("X-Empty"), Some(""));
        assert_eq!(request.header("x-other"), None);
    }
}
