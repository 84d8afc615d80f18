//! `[fetch]` of flux.toml.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use flux_host::section::{Backend, BackendPlace, Checking, Findings, OpenError, Opening, Section};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Fetch, FetchOptions, HostPattern, PrivatePattern, Redirect};

/// What a pattern that does not parse is told, if it says nothing itself.
const PATTERN: &str = "write a host such as \"api.example.com\", \"*.example.com\" or \"127.0.0.1:9099\"";

/// See the [module](self).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct FetchSection {
    /// Outgoing HTTP.
    #[serde(default)]
    pub fetch: FetchTable,
}

/// Outgoing HTTP.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FetchTable {
    /// Hosts that guests may ask: `api.example.com`, `*.example.com`, `127.0.0.1:9099`, `localhost:*`.
    #[schemars(example = ["api.example.com", "127.0.0.1:9099"])]
    pub allow: Vec<String>,
    /// Private addresses that names may lead to: ranges such as `10.0.0.0/8`, or the names themselves.
    #[schemars(example = ["10.0.0.0/8"])]
    pub allow_private: Vec<String>,
    /// Hosts for which `{{secret name}}` is filled in in bodies too, not in headers and URLs only.
    #[schemars(example = ["login.example.com"])]
    pub secrets_in_body: Vec<String>,
    /// Milliseconds for one exchange.
    pub timeout_ms: u64,
    /// Bytes of a request's body at the most.
    pub max_request: usize,
    /// Bytes of a response's body at the most.
    pub max_response: usize,
    /// What to do with a redirect. Requests of `wasi:http` never follow one.
    pub redirect: RedirectConfig,
    /// Redirects that are followed; 0: a redirect is a response like others.
    pub max_redirects: usize,
}

/// What becomes of a redirect that `fetch` is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedirectConfig {
    /// The host follows it.
    #[default]
    Follow,
    /// The guest gets it, as a response like others.
    Manual,
    /// The guest gets an error.
    Error,
}

impl Default for FetchTable {
    fn default() -> Self {
        let usual = FetchOptions::default();
        Self {
            allow: Vec::new(),
            allow_private: Vec::new(),
            secrets_in_body: Vec::new(),
            timeout_ms: u64::try_from(usual.timeout.as_millis()).unwrap_or(u64::MAX),
            max_request: usual.max_request,
            max_response: usual.max_response,
            redirect: RedirectConfig::default(),
            max_redirects: usual.max_redirects,
        }
    }
}

impl FetchTable {
    fn options(&self) -> Result<FetchOptions, OpenError> {
        Ok(FetchOptions {
            allow: patterns(&self.allow)?,
            allow_private: patterns(&self.allow_private)?,
            secrets_in_body: patterns(&self.secrets_in_body)?,
            timeout: Duration::from_millis(self.timeout_ms),
            max_request: self.max_request,
            max_response: self.max_response,
            redirect: match self.redirect {
                RedirectConfig::Follow => Redirect::Follow,
                RedirectConfig::Manual => Redirect::Manual,
                RedirectConfig::Error => Redirect::Error,
            },
            max_redirects: self.max_redirects,
            ..FetchOptions::default()
        })
    }
}

fn patterns<T>(texts: &[String]) -> Result<Vec<T>, OpenError>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let parsed: Result<_, T::Err> = texts.iter().map(|text| text.parse()).collect();
    parsed.map_err(OpenError::backend("[fetch]"))
}

/// Each text is a pattern; `path` is the list's.
fn check_each<T: FromStr<Err: Display>>(path: &[&str], texts: &[String], findings: &mut Findings<'_>) {
    for (index, text) in texts.iter().enumerate() {
        let index = index.to_string();
        let path: Vec<&str> = path.iter().copied().chain([index.as_str()]).collect();
        findings.parsed(&path, text.parse::<T>(), PATTERN);
    }
}

impl Section for FetchSection {
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        let open = async {
            let fetch = Fetch::new(self.fetch.options()?, opening.secrets.clone());
            let fetch = fetch.map_err(OpenError::backend("[fetch]"))?;
            opening.capabilities.set_outgoing(Arc::new(fetch.clone()));
            opening.capabilities.add(fetch);
            Ok(())
        };
        open.boxed()
    }

    fn check(&self, project: &Checking<'_>, findings: &mut Findings<'_>) {
        let fetch = &self.fetch;
        check_each::<HostPattern>(&["fetch", "allow"], &fetch.allow, findings);
        check_each::<PrivatePattern>(&["fetch", "allow-private"], &fetch.allow_private, findings);
        check_each::<HostPattern>(&["fetch", "secrets-in-body"], &fetch.secrets_in_body, findings);
        for (name, secret) in project.secrets {
            check_each::<HostPattern>(&["secrets", name, "hosts"], &secret.hosts, findings);
        }
        findings.not_zero(&["fetch", "timeout-ms"], fetch.timeout_ms, "every request would fail at once");
    }

    fn backends(&self) -> Vec<Backend> {
        // A pattern is many hosts, and none that could be asked.
        let hosts = self.fetch.allow.iter().filter(|host| !host.contains('*'));
        hosts.map(|host| Backend::new(format!("[fetch] {host}"), BackendPlace::Host(host.clone()))).collect()
    }
}
