//! `[config]` of flux.toml: what `config.get` answers.
//!
//! A value is the environment variable `FLUX_CONFIG_<KEY>`, else that of the last file of `[app] config-files` that
//! has it, else that of `[config]`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use flux_host::regular::{self, MAX_TEXT};
use flux_host::section::{Checking, Findings, OpenError, Opening, Section};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Ambient, Settings};

/// What goes before `[config]`: FLUX_CONFIG_PAYMENTS_URL for payments_url.
const CONFIG_VARIABLE: &str = "FLUX_CONFIG_";

type Texts = BTreeMap<String, String>;

/// See the [module](self).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct AmbientSection {
    /// What config.get answers, where neither the environment variable `FLUX_CONFIG_<KEY>` nor a file of
    /// `[app] config-files` says something else.
    #[serde(default)]
    pub config: Texts,
}

impl AmbientSection {
    fn values(&self, opening: &Opening<'_>) -> Result<Texts, OpenError> {
        let mut config = self.config.clone();
        for file in &opening.app.config_files {
            let path = opening.folder.join(file);
            config.extend(read(&path).map_err(|source| OpenError::File { path, source })?);
        }
        for (name, value) in std::env::vars() {
            if let Some(key) = name.strip_prefix(CONFIG_VARIABLE) {
                config.insert(key.to_lowercase(), value);
            }
        }
        Ok(config)
    }
}

fn read(path: &Path) -> Result<Texts, Box<dyn Error + Send + Sync>> {
    Ok(toml::from_str(&regular::read_text(path, MAX_TEXT)?)?)
}

impl Section for AmbientSection {
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        let open = async {
            let settings = Settings::new(self.values(opening)?, (*opening.secrets).clone());
            opening.capabilities.add(Ambient::new(settings));
            Ok(())
        };
        open.boxed()
    }

    fn check(&self, project: &Checking<'_>, findings: &mut Findings<'_>) {
        for (index, file) in project.app.config_files.iter().enumerate() {
            let path = ["app", "config-files", &index.to_string()];
            if findings.path(&path, file)
                && project.is_for_run()
                && let Err(error) = read(&project.folder.join(file))
            {
                let why = error.to_string();
                let why =
                    why.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
                let hint = "the file is TOML with nothing but lines such as key = \"text\"";
                findings.add(&path, format!("cannot read {}: {why}", file.display()), hint);
            }
        }
    }
}
