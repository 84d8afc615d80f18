//! Builds of guests: those that ran here, and the one that `--against` names.

use std::collections::BTreeSet;
use std::path::Path;

use flux_api::GuestVersion;
use flux_recorder::Digest;
use flux_store::{GuestVersion as Stored, Guests as GuestFiles};

use super::{OperationError, Operations, at};
use crate::error::RuntimeError;
use crate::replayer::Component;

/// The fewest digits that stand for a digest.
const SHORTEST: usize = 4;

/// A build that somebody named.
#[derive(Debug)]
pub(super) struct Named {
    pub component: Component,
    /// The guest that it is a build of, where its name says so.
    pub guest: Option<String>,
}

impl Operations {
    /// The guests that ran here: every build under its name, newest first.
    pub async fn guests(&self) -> Result<Vec<GuestVersion>, OperationError> {
        let version = |guest: Stored| GuestVersion {
            name: guest.name,
            digest: guest.digest.to_string(),
            size: guest.size,
            first_seen: at(guest.first_seen_ns),
        };
        Ok(self.archive().await?.guests().await?.into_iter().map(version).collect())
    }

    /// The build that `name` names: a file; a guest of flux.toml, as it is built now; `guest@previous`, the build that
    /// ran before that; or the beginning of a digest, alone or as `guest@3f9a41`.
    pub(super) async fn build(&self, name: &str) -> Result<Named, OperationError> {
        let path = Path::new(name);
        if path.is_file() {
            return Ok(Named { component: read(path)?, guest: None });
        }
        if path.is_dir() {
            return Err(OperationError::Folder(name.to_owned()));
        }
        let versions = self.archive().await?.guests().await?;
        let (guest, version) = match name.split_once('@') {
            Some((guest, version)) => (guest, Some(version)),
            None => (name, None),
        };
        let is_guest = self.project.config.guests.contains_key(guest);
        let ran: Vec<&Stored> = versions.iter().filter(|it| it.name == guest).collect();
        let digest = match version {
            None if is_guest => return self.current(guest),
            // flux.toml has it no more: its newest build is what there is of it.
            None if !ran.is_empty() => ran[0].digest,
            Some("previous") if is_guest || !ran.is_empty() => self.previous(guest, &ran)?,
            Some(version) if !ran.is_empty() => {
                pick(version, &ran)?.ok_or_else(|| self.no_build(name, &versions))?
            }
            _ => pick(name, &versions.iter().collect::<Vec<_>>())?
                .ok_or_else(|| self.no_build(name, &versions))?,
        };
        let names: BTreeSet<_> =
            versions.iter().filter(|it| it.digest == digest).map(|it| it.name.clone()).collect();
        let guest = if names.contains(guest) { Some(guest.to_owned()) } else { only(names) };
        Ok(Named { component: self.stored(digest).await?, guest })
    }

    fn current(&self, guest: &str) -> Result<Named, OperationError> {
        let config = &self.project.config.guests[guest];
        let path = self.project.component(guest, config);
        if !path.is_file() {
            return Err(RuntimeError::NotBuilt { name: guest.to_owned(), path }.into());
        }
        Ok(Named { component: read(&path)?, guest: Some(guest.to_owned()) })
    }

    /// The newest that is not what the guest is now.
    fn previous(&self, guest: &str, ran: &[&Stored]) -> Result<Digest, OperationError> {
        let built =
            self.project.config.guests.contains_key(guest).then(|| self.current(guest).ok()).flatten();
        let now = match built {
            Some(named) => Some(GuestFiles::digest(&named.component.bytes)),
            None => ran.first().map(|newest| newest.digest),
        };
        let before = ran.iter().find(|version| Some(version.digest) != now);
        Ok(before.ok_or_else(|| OperationError::NoPrevious(guest.to_owned()))?.digest)
    }

    async fn stored(&self, digest: Digest) -> Result<Component, OperationError> {
        let archive = self.archive().await?;
        let bytes = archive.component(digest).await?.ok_or(RuntimeError::NoGuest(digest))?;
        Ok(Component { bytes, path: archive.component_path(&digest) })
    }

    fn no_build(&self, name: &str, versions: &[Stored]) -> OperationError {
        let path = Path::new(name);
        if (name.contains('/') || path.extension().is_some())
            && let Err(source) = std::fs::read(path)
        {
            return RuntimeError::File { path: path.to_owned(), source }.into();
        }
        let configured = self.project.config.guests.keys().cloned();
        let guests: BTreeSet<_> = configured.chain(versions.iter().map(|it| it.name.clone())).collect();
        OperationError::NoBuild { name: name.to_owned(), guests: guests.into_iter().collect() }
    }
}

/// The digest that begins so; an error where several do.
fn pick(text: &str, versions: &[&Stored]) -> Result<Option<Digest>, OperationError> {
    let text = text.to_ascii_lowercase();
    if text.len() < SHORTEST || !text.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let fits = |version: &&&Stored| version.digest.to_string().starts_with(&text);
    let found: Vec<_> = versions.iter().filter(fits).collect();
    let digests: BTreeSet<Digest> = found.iter().map(|version| version.digest).collect();
    if digests.len() > 1 {
        let line = |version: &&&Stored| {
            let digest = version.digest.to_string();
            format!("{}  {}  first seen {}", &digest[..12], version.name, at(version.first_seen_ns))
        };
        let found = found.iter().map(line).collect();
        return Err(OperationError::Ambiguous { text, what: "digests", found });
    }
    Ok(digests.first().copied())
}

fn only(names: BTreeSet<String>) -> Option<String> {
    let mut names = names.into_iter();
    names.next().filter(|_| names.next().is_none())
}

fn read(path: &Path) -> Result<Component, OperationError> {
    let failed = |source| RuntimeError::File { path: path.to_owned(), source };
    Ok(Component { bytes: std::fs::read(path).map_err(failed)?, path: path.to_owned() })
}
