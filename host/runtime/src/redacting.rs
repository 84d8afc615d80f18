//! Redaction as flux.toml has it: the entries of `[record.redact]`, and where the keys are.

use flux_host::{Declaration, Environment};
use flux_redaction::{
    Descriptions, KEYS, KeyFile, Names, Needles, OLD_KEY, Policy, Redaction, RedactionError, Scanner,
};

use crate::config::RedactConfig;
use crate::error::RuntimeError;
use crate::project::Project;

impl Project {
    /// Where its keys are: in the file that flux.toml names, or in the data folder.
    pub fn key_file(&self) -> KeyFile {
        let named = self.config.record.redact.keys.as_ref();
        let path = named.map_or_else(|| self.data().join(KEYS), |keys| self.folder.join(keys));
        KeyFile::new(path, self.data().join(OLD_KEY))
    }

    /// The secrets that flux.toml names, as far as they are here, to look for.
    pub fn needles(&self) -> Needles {
        let secrets = self.config.secrets.iter();
        Needles::new(secrets.map(|(name, config)| (name.clone(), config.read(&self.folder))))
    }

    /// Looks through journals for its secrets and what its policy does not let through; `patterns` looks for what looks
    /// like credentials or personal data, too.
    pub fn scanner(&self, patterns: bool) -> Result<Scanner, RuntimeError> {
        Ok(Scanner::new(self.needles(), for_replay(self, &self.catalog.declarations()?)?, patterns))
    }
}

impl RedactConfig {
    fn names(&self) -> Names {
        Names {
            headers: self.headers.clone(),
            json: self.json.clone(),
            columns: self.columns.clone(),
            buckets: self.buckets.clone(),
        }
    }
}

/// What redacts the executions of a project; its first key is made where there is none.
pub(crate) fn open(
    project: &Project,
    declarations: &[Declaration],
    environment: &dyn Environment,
) -> Result<Redaction, RedactionError> {
    Redaction::open(policy(project, declarations)?, project.key_file(), environment)
}

/// The same for replays: nothing is made.
pub(crate) fn for_replay(
    project: &Project,
    declarations: &[Declaration],
) -> Result<Redaction, RedactionError> {
    Redaction::for_replay(policy(project, declarations)?, project.key_file())
}

fn policy(project: &Project, declarations: &[Declaration]) -> Result<Policy, RedactionError> {
    Policy::new(&project.config.record.redact.names(), Descriptions::of(declarations))
}
