//! The entries of `allow` under `[fetch]`.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Hosts that may be reached: `example.com`, `*.example.com`, `localhost:9099`, `127.0.0.1:*`,
/// `[::1]:8080`, `https://api.example.com`.
///
/// Without a port it is the default port of the scheme; `*` is every port. Without a scheme it is http
/// and https. `*.example.com` is every name below example.com, at any depth, and not itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    scheme: Option<Scheme>,
    below: bool,
    host: Host,
    port: Port,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Default,
    Any,
    Is(u16),
}

/// Why an entry is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostPatternError {
    /// Something else than http or https.
    #[error("'{0}' is no scheme of fetch: write http:// or https://, or none for both")]
    Scheme(String),
    /// More than a host and a port.
    #[error("'{0}' is more than a host and a port: paths and users cannot be allowed")]
    More(String),
    /// No port.
    #[error("'{0}' is no port: write a number from 1 to 65535, or * for every port")]
    Port(String),
    /// A star elsewhere than in front.
    #[error("'{0}' has a * that is not '*.' before a name")]
    Star(String),
    /// No host.
    #[error("'{host}' is no host")]
    Host {
        /// What stands there.
        host: String,
        /// Why.
        source: url::ParseError,
    },
}

impl HostPattern {
    /// Whether this URL may be reached.
    pub fn allows(&self, url: &Url) -> bool {
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return false,
        };
        let port = match self.port {
            // An Url has no port if it is the scheme's own.
            Port::Default => url.port().is_none(),
            Port::Any => true,
            Port::Is(port) => url.port_or_known_default() == Some(port),
        };
        port && self.scheme.is_none_or(|only| only == scheme) && self.names(url.host())
    }

    /// Whether it is a host alone, for every scheme and its own port.
    pub(crate) fn is_host_alone(&self) -> bool {
        self.scheme.is_none() && self.port == Port::Default
    }

    /// Whether this host may be reached, whatever the scheme and the port.
    pub(crate) fn names(&self, host: Option<Host<&str>>) -> bool {
        match (&self.host, host) {
            (Host::Domain(domain), Some(Host::Domain(name))) if self.below => {
                let below = name.strip_suffix(domain.as_str()).and_then(|rest| rest.strip_suffix('.'));
                below.is_some_and(|labels| !labels.is_empty())
            }
            (Host::Domain(domain), Some(Host::Domain(name))) => domain == name,
            (Host::Ipv4(allowed), Some(Host::Ipv4(address))) => *allowed == address,
            (Host::Ipv6(allowed), Some(Host::Ipv6(address))) => *allowed == address,
            _ => false,
        }
    }
}

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, HostPatternError> {
        let (scheme, rest) = match text.split_once("://") {
            None => (None, text),
            Some(("http", rest)) => (Some(Scheme::Http), rest),
            Some(("https", rest)) => (Some(Scheme::Https), rest),
            Some((scheme, _)) => return Err(HostPatternError::Scheme(scheme.to_owned())),
        };
        if rest.contains(['/', '@', '?', '#']) {
            return Err(HostPatternError::More(rest.to_owned()));
        }
        let (name, port) = split_port(rest)?;
        let (below, name) = name.strip_prefix("*.").map_or((false, name), |name| (true, name));
        if name.contains('*') {
            return Err(HostPatternError::Star(rest.to_owned()));
        }
        // The same reading as of URLs: lower case, punycode, and every spelling of an IPv4 address.
        let host =
            Host::parse(name).map_err(|source| HostPatternError::Host { host: name.to_owned(), source })?;
        if below && !matches!(host, Host::Domain(_)) {
            return Err(HostPatternError::Star(rest.to_owned()));
        }
        Ok(Self { scheme, below, host, port })
    }
}

fn split_port(text: &str) -> Result<(&str, Port), HostPatternError> {
    // The colons of an IPv6 address stand in brackets.
    let after = text.rfind(']').map_or(0, |end| end + 1);
    let Some(colon) = text[after..].rfind(':') else {
        return Ok((text, Port::Default));
    };
    let (name, port) = (&text[..after + colon], &text[after + colon + 1..]);
    let port = match (port, port.parse()) {
        ("*", _) => Port::Any,
        (_, Ok(number @ 1..)) if !port.starts_with('+') => Port::Is(number),
        _ => return Err(HostPatternError::Port(port.to_owned())),
    };
    Ok((name, port))
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            None => "",
            Some(Scheme::Http) => "http://",
            Some(Scheme::Https) => "https://",
        })?;
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.host)?;
        match self.port {
            Port::Default => Ok(()),
            Port::Any => f.write_str(":*"),
            Port::Is(port) => write!(f, ":{port}"),
        }
    }
}
