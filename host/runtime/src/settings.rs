//! Configuration and secrets, from flux.toml, files and the environment.
//!
//! A value of `config.get`: the environment variable `FLUX_CONFIG_<KEY>`, else the last file of
//! `[app] config-files` that has it, else `[config]`. A secret: its `env`, else its `file`.

use std::collections::BTreeMap;
use std::path::Path;

use flux_host::{Secret, Secrets};

use crate::config::Project;
use crate::error::RuntimeError;

/// What goes before `[config]`: FLUX_CONFIG_PAYMENTS_URL for payments_url.
const CONFIG_VARIABLE: &str = "FLUX_CONFIG_";

/// What `config.get` answers.
pub(crate) fn config(project: &Project) -> Result<BTreeMap<String, String>, RuntimeError> {
    let mut config = project.config.config.clone();
    for file in &project.config.app.config_files {
        config.extend(read(&project.folder.join(file))?);
    }
    for (name, value) in std::env::vars() {
        if let Some(key) = name.strip_prefix(CONFIG_VARIABLE) {
            config.insert(key.to_lowercase(), value);
        }
    }
    Ok(config)
}

fn read(path: &Path) -> Result<BTreeMap<String, String>, RuntimeError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| RuntimeError::File { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|source| RuntimeError::ConfigFile { path: path.to_owned(), source: Box::new(source) })
}

/// The secrets that `[secrets]` names. One that is missing keeps the app from starting.
pub(crate) fn secrets(project: &Project) -> Result<Secrets, RuntimeError> {
    let mut secrets = BTreeMap::new();
    for (name, config) in &project.config.secrets {
        let value = config.read(&project.folder);
        let value = value.map_err(|place| RuntimeError::Secret { name: name.clone(), place })?;
        secrets.insert(name.clone(), Secret { value, hosts: config.hosts.clone() });
    }
    Ok(Secrets::new(secrets))
}
