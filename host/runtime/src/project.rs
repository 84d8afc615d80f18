//! A project: a folder with a flux.toml, which is read and checked whole.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flux_host::regular::{self, MAX_TEXT};
use flux_host::section::{Checking, Document, Findings, Mistake, Purpose};

use crate::catalog::Catalog;
use crate::config::{Config, ConfigError, GuestConfig, Sections, check};

/// A flux.toml that was read and checked, and where it stands.
#[derive(Debug, Clone)]
pub struct Project {
    /// What it says.
    pub config: Config,
    /// The file.
    pub file: PathBuf,
    /// The folder it stands in: paths are relative to it.
    pub folder: PathBuf,
    /// The capabilities that it may name.
    pub catalog: Arc<Catalog>,
    /// What flux.toml says that may be meant so, or may be a mistake.
    pub warnings: Vec<Mistake>,
    /// The text of flux.toml.
    text: Arc<str>,
}

impl Project {
    /// The flux.toml of a folder, or the file that is named.
    pub fn file_at(path: &Path) -> PathBuf {
        let file = if path.is_dir() { path.join("flux.toml") } else { path.to_owned() };
        // Of the folder that the command runs in, the file's name says enough.
        file.strip_prefix(".").map_or(file.clone(), Path::to_owned)
    }

    /// Reads and checks a flux.toml, or the one in a folder, to look at what it names.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::read_for(Purpose::Read, path)
    }

    /// The same for more: what must be there besides flux.toml is checked too.
    pub fn read_for(purpose: Purpose, path: &Path) -> Result<Self, ConfigError> {
        Self::read_with(Catalog::builtin(), purpose, path)
    }

    /// The same with other capabilities than Flux's own.
    pub fn read_with(catalog: Catalog, purpose: Purpose, path: &Path) -> Result<Self, ConfigError> {
        let path = Self::file_at(path);
        let text = match regular::read_text(&path, MAX_TEXT) {
            Ok(text) => text,
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        match parse(&catalog, purpose, &folder, &text) {
            Ok((config, warnings)) => Ok(Self {
                config,
                file: path,
                folder,
                catalog: Arc::new(catalog),
                warnings,
                text: text.into(),
            }),
            Err(mistakes) => Err(ConfigError::Wrong { path, mistakes }),
        }
    }

    /// A project that names nothing, in a folder without a flux.toml.
    pub fn empty(folder: &Path) -> Result<Self, ConfigError> {
        let catalog = Catalog::builtin();
        let text = "[app]\nname = \"empty\"\n";
        let config = parse(&catalog, Purpose::Read, folder, text);
        let file = folder.join("flux.toml");
        let read = config.map_err(|mistakes| ConfigError::Wrong { path: file.clone(), mistakes })?;
        let (config, warnings) = read;
        let (folder, catalog) = (folder.to_owned(), Arc::new(catalog));
        Ok(Self { config, file, folder, catalog, warnings, text: text.into() })
    }

    /// Whether flux.toml can be read with another text. Errs with every mistake that it would have.
    pub fn check_text(&self, text: &str) -> Result<(), ConfigError> {
        let read = parse(&self.catalog, Purpose::Read, &self.folder, text);
        read.map(drop).map_err(|mistakes| ConfigError::Wrong { path: self.file.clone(), mistakes })
    }

    /// Mistakes and warnings that somebody else finds, with their places in flux.toml.
    pub fn found(&self, find: impl FnOnce(&mut Findings<'_>)) -> (Vec<Mistake>, Vec<Mistake>) {
        // It was parsed before.
        let Ok(document) = Document::parse(&self.text) else { return Default::default() };
        let mut findings = Findings::new(&document);
        find(&mut findings);
        findings.into_mistakes_and_warnings()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.config.app.data(&self.folder)
    }

    /// The folder of its SQLite files, but for that of the record store.
    pub fn databases(&self) -> PathBuf {
        self.config.app.databases(&self.folder)
    }

    /// The component of a guest: what `flux build` makes, or the file that is named.
    pub fn component(&self, name: &str, guest: &GuestConfig) -> PathBuf {
        match guest.is_built() {
            true => self.folder.join(&guest.source),
            false => self.data().join("build").join(format!("{name}.{}", guest.engine.extension())),
        }
    }
}

/// Reads and checks a text, which stands in a folder, and tells what may be a mistake. Errs with every mistake in it, at
/// least one.
pub(crate) fn parse(
    catalog: &Catalog,
    purpose: Purpose,
    folder: &Path,
    text: &str,
) -> Result<(Config, Vec<Mistake>), Vec<Mistake>> {
    let document = Document::parse(text).map_err(|mistake| vec![mistake])?;
    let mut findings = Findings::new(&document);
    let tables = catalog.tables();
    findings.only(&tables.iter().map(String::as_str).collect::<Vec<_>>());
    let mut config: Config = findings.read();
    config.sections = Sections::new(catalog.read(&mut findings));
    let project = Checking { folder, purpose, app: &config.app, secrets: &config.secrets };
    // A catalog that cannot be read keeps every app from starting, and says so there.
    let declarations = || catalog.declarations().unwrap_or_default();
    check::check(&config, &project, declarations, &mut findings);
    config.sections.iter().for_each(|section| section.check(&project, &mut findings));
    match findings.into_mistakes_and_warnings() {
        (mistakes, warnings) if mistakes.is_empty() => Ok((config, warnings)),
        (mistakes, _) => Err(mistakes),
    }
}
