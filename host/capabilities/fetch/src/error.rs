//! Why an app cannot fetch at all.

use crate::host::HostPatternError;

/// Why an app cannot fetch.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no TLS here.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The additional root certificates are none.
    #[error("the root certificates cannot be read; hint: they are a file in PEM format")]
    Roots(#[from] rustls::pki_types::pem::Error),
    /// A secret is for what is no host.
    #[error("the hosts of secret '{name}'")]
    SecretHost {
        /// The secret.
        name: String,
        /// Why.
        source: HostPatternError,
    },
}
