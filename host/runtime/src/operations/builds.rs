//! Builds of guests: those that ran here, and the one that `--against` names.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::UNIX_EPOCH;

use flux_api::GuestVersion;
use flux_host::regular::{self, MAX_COMPONENT};
use flux_recorder::Digest;
use flux_store::{GuestVersion as Stored, Guests as GuestFiles};

use super::{OperationError, Operations, at};
use crate::error::RuntimeError;
use crate::replayer::Component;

/// The fewest digits that stand for a digest.
const SHORTEST: usize = 4;

/// A build that somebody named.
#[derive(Debug)]
pub struct Build {
    pub(super) component: Component,
    /// The guest that it is a build of, where its name says so.
    pub guest: Option<String>,
    /// Its bytes.
    pub digest: Digest,
    /// When its file was written, or when it first ran here, in nanoseconds since the Unix epoch; none where the file
    /// system does not say.
    pub since_ns: Option<u64>,
}

impl Build {
    /// The component of a file, which may be that of a guest.
    fn of_file(path: &Path, guest: Option<&str>) -> Result<Self, OperationError> {
        let failed = |source| RuntimeError::File { path: path.to_owned(), source };
        let bytes = regular::read(path, MAX_COMPONENT).map_err(failed)?;
        let written = std::fs::metadata(path).and_then(|about| about.modified()).ok();
        let since = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Ok(Self {
            digest: GuestFiles::digest(&bytes),
            component: Component { bytes, path: path.to_owned() },
            guest: guest.map(str::to_owned),
            since_ns: since.and_then(|since| u64::try_from(since.as_nanos()).ok()),
        })
    }

    /// Where its bytes are.
    pub fn path(&self) -> &Path {
        &self.component.path
    }
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

    /// The guest of flux.toml whose present build `name` names, and not a file or a build that ran here.
    pub fn guest_to_build<'a>(&self, name: &'a str) -> Option<&'a str> {
        let is_guest = self.project.config.guests.contains_key(name);
        (is_guest && !Path::new(name).is_file()).then_some(name)
    }

    /// The build that `name` names: a file; a guest of flux.toml, as it is built now; `guest@previous`, the build that
    /// ran before that; or the beginning of a digest, alone or as `guest@3f9a41`.
    pub(super) async fn build(&self, name: &str) -> Result<Build, OperationError> {
        if let Some(guest) = self.guest_to_build(name) {
            return self.current(guest);
        }
        let path = Path::new(name);
        if path.is_dir() {
            return Err(OperationError::Folder(name.to_owned()));
        }
        if path.exists() {
            return Build::of_file(path, None);
        }
        let versions = self.archive().await?.guests().await?;
        let (guest, version) = match name.split_once('@') {
            Some((guest, version)) => (guest, Some(version)),
            None => (name, None),
        };
        let is_guest = self.project.config.guests.contains_key(guest);
        let ran: Vec<&Stored> = versions.iter().filter(|it| it.name == guest).collect();
        let digest = match version {
            // flux.toml has it no more: its newest build is what there is of it.
            None if !ran.is_empty() => ran[0].digest,
            Some("previous") if is_guest || !ran.is_empty() => self.previous(guest, &ran)?,
            Some(version) if !ran.is_empty() => {
                pick(version, &ran)?.ok_or_else(|| self.no_build(name, &versions))?
            }
            _ => pick(name, &versions.iter().collect::<Vec<_>>())?
                .ok_or_else(|| self.no_build(name, &versions))?,
        };
        let ran = || versions.iter().filter(|it| it.digest == digest);
        let names: BTreeSet<_> = ran().map(|it| it.name.clone()).collect();
        let guest = if names.contains(guest) { Some(guest.to_owned()) } else { only(names) };
        let since_ns = ran().map(|it| it.first_seen_ns).min();
        Ok(Build { component: self.stored(digest).await?, guest, digest, since_ns })
    }

    fn current(&self, guest: &str) -> Result<Build, OperationError> {
        let config = &self.project.config.guests[guest];
        let path = self.project.component(guest, config);
        if !path.exists() {
            return Err(RuntimeError::NotBuilt { name: guest.to_owned(), path }.into());
        }
        Build::of_file(&path, Some(guest))
    }

    /// The newest that is not what the guest is now.
    fn previous(&self, guest: &str, ran: &[&Stored]) -> Result<Digest, OperationError> {
        let built =
            self.project.config.guests.contains_key(guest).then(|| self.current(guest).ok()).flatten();
        let now = match built {
            Some(build) => Some(build.digest),
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
            && let Err(source) = std::fs::metadata(path)
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
            let digest = version.digest.short();
            format!("{digest}  {}  first seen {}", version.name, at(version.first_seen_ns))
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
