//! What can be known to be missing before anything is built or opened.

use crate::backends;
use crate::config::Project;
use crate::error::RuntimeError;
use crate::settings;

/// Reads what flux.toml says is found elsewhere: secrets, files of configuration, addresses of servers.
pub fn check_environment(project: &Project) -> Result<(), RuntimeError> {
    settings::config(project)?;
    settings::secrets(project)?;
    backends::check_addresses(project)
}
