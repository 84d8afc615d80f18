//! What can go wrong in serving.

use flux_host::Hint;
use flux_runtime::RuntimeError;

/// The variant names the step that failed; the cause is the source.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// As flux.toml has it.
        address: String,
        /// The key in flux.toml.
        key: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// A route that the router refuses.
    #[error("the route '{route}' cannot be used: {why}")]
    Route {
        /// The route.
        route: String,
        /// Why not.
        why: String,
    },
    /// A schedule that is none.
    #[error("the schedule '{name}' cannot be used")]
    Schedule {
        /// Its name.
        name: String,
        /// Why not.
        source: flux_cap_queue::ScheduleError,
    },
    /// The listener broke.
    #[error("cannot serve")]
    Serve(#[source] std::io::Error),
    /// The app.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl Hint for ServerError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Listen { .. } => Some("FLX0203"),
            Self::Runtime(error) => error.code(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Listen { key, source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => {
                let option = if key.starts_with("[admin]") { "--admin" } else { "--listen" };
                Some(format!(
                    "stop what listens there, or choose a free port: {option} 127.0.0.1:0, or {key} = \"127.0.0.1:0\""
                ))
            }
            Self::Listen { key, .. } => {
                Some(format!("set {key} to an address of this machine, such as \"127.0.0.1:8080\""))
            }
            Self::Runtime(error) => error.hint(),
            Self::Route { .. } => Some(
                "write a method and a path, such as \"GET /orders/{id}\"; docs/http.md has the methods"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}
