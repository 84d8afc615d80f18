//! The executions of one guest: those that a list is asked for, or that a replay against another build is about.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use flux_host::{Guest, Handler};
use flux_recorder::Digest;

use crate::archive::Archive;
use crate::config::Config;
use crate::error::RuntimeError;
use crate::project::Project;

/// One guest, and what tells its executions from those of others.
#[derive(Debug)]
pub struct Target {
    // None: nothing names it, and its handlers tell.
    name: Option<String>,
    handlers: Vec<Handler>,
    // What each guest that ran here was called.
    names: HashMap<Digest, BTreeSet<String>>,
    triggers: HashMap<(&'static str, String), String>,
}

/// What is known of the guest that a component replaces.
#[derive(Debug, Clone, Copy)]
pub struct Replaced<'a> {
    /// Where the component is.
    pub file: &'a Path,
    /// The guest's name, where somebody said it.
    pub guest: Option<&'a str>,
    /// A route, queue or schedule that it serves, where somebody said one.
    pub trigger: Option<&'a str>,
}

impl Target {
    /// Finds the guest that a component replaces: the one that is named; the one of the trigger that is named; the
    /// one that flux.toml has at this file, or that ran here with these bytes; the only one; or the only one whose
    /// triggers the component can serve.
    pub async fn find(
        project: &Project,
        archive: &Archive,
        component: &dyn Guest,
        replaced: Replaced<'_>,
    ) -> Result<Self, RuntimeError> {
        let mut target = Self::any(project, archive, component.handlers().to_vec()).await?;
        let of_trigger = replaced.trigger.and_then(|trigger| target.of_trigger(trigger));
        target.name = match (replaced.guest, of_trigger) {
            (Some(name), _) => Some(target.known(&project.config, name)?),
            (None, Some(name)) => Some(name),
            (None, None) => target.guess(project, component.digest(), replaced.file)?,
        };
        Ok(target)
    }

    /// The guest of a name, which flux.toml or the records have.
    pub async fn named(project: &Project, archive: &Archive, name: &str) -> Result<Self, RuntimeError> {
        let mut target = Self::any(project, archive, Vec::new()).await?;
        target.name = Some(target.known(&project.config, name)?);
        Ok(target)
    }

    async fn any(project: &Project, archive: &Archive, handlers: Vec<Handler>) -> Result<Self, RuntimeError> {
        let mut names: HashMap<Digest, BTreeSet<String>> = HashMap::new();
        for version in archive.guests().await? {
            names.entry(version.digest).or_default().insert(version.name);
        }
        Ok(Self { name: None, handlers, names, triggers: triggers(&project.config) })
    }

    /// Whether an execution is of this guest: what started it, its route, queue or schedule, and the bytes that ran.
    pub fn concerns(&self, kind_of: &str, trigger: &str, digest: Digest) -> bool {
        let can_serve = || handler(kind_of).is_none_or(|handler| self.handlers.contains(&handler));
        let Some(name) = &self.name else {
            return can_serve();
        };
        let trigger = (kind(kind_of), trigger.to_owned());
        match (self.names.get(&digest), self.triggers.get(&trigger)) {
            // One build under several names: the trigger tells which of them ran.
            (Some(names), Some(guest)) if names.len() > 1 => guest == name,
            (Some(names), _) => names.contains(name),
            (None, Some(guest)) => guest == name,
            // Of another project, and so of no other guest of this one.
            (None, None) => can_serve(),
        }
    }

    /// The only guest that serves a route, queue or schedule of this name.
    fn of_trigger(&self, trigger: &str) -> Option<String> {
        let serving = self.triggers.iter().filter(|((_, name), _)| name == trigger);
        let guests: BTreeSet<&String> = serving.map(|(_, guest)| guest).collect();
        let mut guests = guests.into_iter();
        guests.next().filter(|_| guests.next().is_none()).cloned()
    }

    fn known(&self, config: &Config, name: &str) -> Result<String, RuntimeError> {
        let ran = self.names.values().flatten().map(String::as_str);
        let all: BTreeSet<&str> = config.guests.keys().map(String::as_str).chain(ran).collect();
        match all.contains(name) {
            true => Ok(name.to_owned()),
            false => Err(RuntimeError::NoSuchGuest {
                name: name.to_owned(),
                guests: all.into_iter().map(str::to_owned).collect(),
            }),
        }
    }

    fn guess(&self, project: &Project, digest: Digest, file: &Path) -> Result<Option<String>, RuntimeError> {
        let guests = &project.config.guests;
        let real = |path: &Path| path.canonicalize().ok();
        let at_file = guests.iter().find(|(name, guest)| {
            real(file).is_some() && real(&project.component(name, guest)) == real(file)
        });
        if let Some((name, _)) = at_file {
            return Ok(Some(name.clone()));
        }
        let ran_as = self.names.get(&digest).into_iter().flatten().filter(|name| guests.contains_key(*name));
        let ran_as: Vec<&String> = ran_as.collect();
        let can_serve = || guests.keys().filter(|name| self.can_serve(name)).collect::<Vec<_>>();
        let candidates = if ran_as.len() == 1 { ran_as } else { can_serve() };
        match (guests.len(), candidates.as_slice()) {
            (0, _) => Ok(None),
            (1, _) => Ok(guests.keys().next().cloned()),
            (_, [only]) => Ok(Some((*only).clone())),
            (_, several) => Err(RuntimeError::WhichGuest {
                guests: match several.is_empty() {
                    true => guests.keys().cloned().collect(),
                    false => several.iter().map(|name| (*name).clone()).collect(),
                },
            }),
        }
    }

    /// Whether the component has the handlers of all triggers of a guest.
    fn can_serve(&self, guest: &str) -> bool {
        let mut needed = self.triggers.iter().filter(|(_, name)| *name == guest).map(|((kind, _), _)| *kind);
        needed.all(|kind| handler(kind).is_some_and(|handler| self.handlers.contains(&handler)))
    }
}

/// The guest of each route, queue and schedule.
fn triggers(config: &Config) -> HashMap<(&'static str, String), String> {
    config.triggers().into_iter().map(|it| ((it.kind, it.name), it.guest)).collect()
}

fn kind(kind: &str) -> &'static str {
    ["http", "job", "cron"].into_iter().find(|known| *known == kind).unwrap_or("")
}

fn handler(kind: &str) -> Option<Handler> {
    match kind {
        "http" => Some(Handler::Http),
        "job" | "cron" => Some(Handler::Job),
        _ => None,
    }
}
