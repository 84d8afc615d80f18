//! What several sections of flux.toml have: the app, secrets, and values that may stand elsewhere.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::regular::{self, MAX_TEXT};

/// The app.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AppConfig {
    /// Its name. Apps that share a Redis or a NATS server differ in it.
    #[schemars(example = &"orders")]
    pub name: String,
    /// The data folder: recordings, databases, compiled code.
    #[serde(default = "data_folder")]
    pub data: PathBuf,
    /// Files with more of [config], relative to flux.toml: TOML with nothing but `key = "text"`. A later file
    /// wins over an earlier one, all files over [config], and the environment over all.
    #[serde(default)]
    #[schemars(example = ["config/production.toml"])]
    pub config_files: Vec<PathBuf>,
}

impl AppConfig {
    /// The data folder of a project.
    pub fn data(&self, project: &Path) -> PathBuf {
        project.join(&self.data)
    }

    /// The folder of its SQLite files, but for that of the record store.
    pub fn databases(&self, project: &Path) -> PathBuf {
        self.data(project).join("data")
    }
}

fn data_folder() -> PathBuf {
    PathBuf::from(".flux")
}

/// A secret: `env` or `file`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SecretConfig {
    /// The environment variable it is in. If both are set, the variable is used.
    #[schemars(example = &"SESSION_KEY")]
    pub env: Option<String>,
    /// The file it is in, relative to flux.toml; one newline at its end is not part of it.
    #[schemars(example = &"/run/secrets/session_key")]
    pub file: Option<PathBuf>,
    /// The only hosts that get it, where a request has `{{secret name}}`; the guest itself never does, and
    /// config.secret does not answer it. As the patterns of [fetch] allow.
    #[schemars(example = ["api.payments.example"])]
    pub hosts: Vec<String>,
}

impl SecretConfig {
    /// The value, or the places where it is missing.
    pub fn read(&self, folder: &Path) -> Result<String, String> {
        let env = self.env.clone().map(Origin::Env);
        let file = self.file.clone().map(Origin::File);
        let mut missing = Vec::new();
        for place in env.into_iter().chain(file) {
            match place.read(folder) {
                Ok(value) => return Ok(value),
                Err(place) => missing.push(place),
            }
        }
        Err(if missing.is_empty() { "env or file of its own".to_owned() } else { missing.join(" or ") })
    }
}

/// Where a value is found, if not in flux.toml itself.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Origin {
    /// In an environment variable.
    Env(String),
    /// In a file, relative to flux.toml; one newline at its end is not part of it.
    File(PathBuf),
}

impl Origin {
    /// The value, or the place where it is missing.
    pub fn read(&self, folder: &Path) -> Result<String, String> {
        match self {
            Self::Env(variable) => {
                std::env::var(variable).map_err(|_| format!("the environment variable {variable}"))
            }
            Self::File(file) => {
                let text = regular::read_text(&folder.join(file), MAX_TEXT);
                let text = text.map_err(|why| match why.kind() {
                    ErrorKind::NotFound => format!("the file {}", file.display()),
                    _ => format!("the file {} ({why})", file.display()),
                })?;
                Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
            }
        }
    }
}

/// What to do about a value that is missing in a place, as [`Origin::read`] names it.
pub fn fill(place: &str) -> String {
    match place.starts_with("the file") {
        true => format!("write it into {place}"),
        false => format!("set {place} in the shell or in .env"),
    }
}

/// The address of a service: a URL, or `{ env = "DATABASE_URL" }` where it has a password.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum Address {
    /// The URL itself.
    Url(String),
    /// Where the URL is found.
    Origin(Origin),
}

impl Address {
    /// The URL, or the place where it is missing.
    pub fn read(&self, folder: &Path) -> Result<String, String> {
        match self {
            Self::Url(url) => Ok(url.clone()),
            Self::Origin(origin) => origin.read(folder),
        }
    }
}

/// What the URLs of a kind of service look like.
#[derive(Debug)]
pub struct UrlKind {
    /// The service, as a message names it.
    pub service: &'static str,
    /// What stands before `://`.
    pub schemes: &'static [&'static str],
    /// Whether host and port alone are enough.
    pub bare: bool,
    /// A URL to copy.
    pub example: &'static str,
    /// What the driver says of a URL that it cannot use, without its text.
    pub parse: fn(&str) -> Result<(), String>,
}

impl UrlKind {
    /// PostgreSQL, which databases, queues and records can be on.
    pub const fn postgres(parse: fn(&str) -> Result<(), String>) -> Self {
        Self {
            service: "a PostgreSQL database",
            schemes: &["postgres", "postgresql"],
            bare: false,
            example: "postgres://user:password@host:5432/database",
            parse,
        }
    }

    /// What is wrong with a URL; an empty text where its beginning is.
    pub(super) fn check(&self, url: &str) -> Result<(), String> {
        let fits = match url.split_once("://") {
            Some((scheme, rest)) => self.schemes.contains(&scheme) && !rest.is_empty(),
            None => self.bare && !url.is_empty(),
        };
        if !fits {
            return Err(String::new());
        }
        (self.parse)(url)?;
        match url.split(',').any(has_port_zero) {
            true => Err("nobody listens on port 0".to_owned()),
            false => Ok(()),
        }
    }

    pub(super) fn hint(&self) -> String {
        format!("write one such as {}", self.example)
    }
}

fn has_port_zero(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    !port.is_empty() && port.bytes().all(|digit| digit == b'0')
}

/// A URL may have a password, which is in no log.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(_) => f.write_str("Url(..)"),
            Self::Origin(origin) => origin.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfAddress)
    }
}

struct OfAddress;

/// The table of an address that stands elsewhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Elsewhere {
    env: Option<String>,
    file: Option<PathBuf>,
}

impl<'de> Visitor<'de> for OfAddress {
    type Value = Address;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL, or { env = \"VARIABLE\" }")
    }

    fn visit_str<E: Error>(self, url: &str) -> Result<Address, E> {
        Ok(Address::Url(url.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Address, A::Error> {
        let elsewhere = Elsewhere::deserialize(MapAccessDeserializer::new(map))?;
        match (elsewhere.env, elsewhere.file) {
            (Some(variable), None) => Ok(Address::Origin(Origin::Env(variable))),
            (None, Some(file)) => Ok(Address::Origin(Origin::File(file))),
            (found, _) => Err(Error::custom(format!(
                "an address has {}; hint: write {{ env = \"DATABASE_URL\" }} or {{ file = \"path\" }}",
                if found.is_some() { "both env and file" } else { "neither env nor file" }
            ))),
        }
    }
}
