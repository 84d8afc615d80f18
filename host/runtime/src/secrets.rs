//! The secrets that `[secrets]` names: each is in its `env`, else in its `file`.

use std::collections::BTreeMap;

use flux_host::{Secret, Secrets};

use crate::error::RuntimeError;
use crate::project::Project;

/// Reads all of them. One that is missing keeps the app from starting.
pub(crate) fn read(project: &Project) -> Result<Secrets, RuntimeError> {
    let mut secrets = BTreeMap::new();
    for (name, config) in &project.config.secrets {
        let value = config.read(&project.folder);
        let value = value.map_err(|place| RuntimeError::Secret { name: name.clone(), place })?;
        secrets.insert(name.clone(), Secret { value, hosts: config.hosts.clone() });
    }
    Ok(Secrets::new(secrets))
}
