//! Why there is no response.

use std::fmt;

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Not allowed by flux.toml, or by a policy.
    Denied(String),
    /// No valid request: method, URL or header.
    Invalid(String),
    /// The host's name has no address.
    Dns(String),
    /// No connection.
    Connect(String),
    /// No trusted connection.
    Tls(String),
    /// The exchange took too long.
    Timeout,
    /// The request or the response is over its limit.
    TooLarge,
    /// The other side does not speak HTTP as it should.
    Protocol(String),
}

impl Error {
    /// The name of the case in the contract, such as `too-large`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::Invalid(_) => "invalid",
            Self::Dns(_) => "dns",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Timeout => "timeout",
            Self::TooLarge => "too-large",
            Self::Protocol(_) => "protocol",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) => write!(f, "the request is denied: {why}"),
            Self::Invalid(why) => write!(f, "the request is invalid: {why}"),
            Self::Dns(why) => write!(f, "the host was not found: {why}"),
            Self::Connect(why) => write!(f, "no connection: {why}"),
            Self::Tls(why) => write!(f, "no secure connection: {why}"),
            Self::Timeout => f.write_str("the request took too long"),
            Self::TooLarge => f.write_str("the request or its response is too large"),
            Self::Protocol(why) => write!(f, "the response is no HTTP: {why}"),
        }
    }
}

impl std::error::Error for Error {}
