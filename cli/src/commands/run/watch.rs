//! `flux run --watch`: guests whose source changed are built and swapped, and no request notices. A flux.toml that
//! changed is read again, and the app starts again with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::Context as _;
use flux_runtime::{App, RuntimeError};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::files::{self, Files};
use super::setup::{Prepared, Setup};
use super::sources::{Sources, source};
use crate::build::{Order, for_each, refresh};
use crate::env_file::USUAL;
use crate::{errors, printer};

/// An editor saves in several steps: a change is over when nothing came for so long.
const QUIET: Duration = Duration::from_millis(50);
/// Where something is written all the time, it is looked at so often.
const LOOKS: u32 = 20;
/// A file that changed with so many builds, none of which gave another component, is written by the builds.
const STRIKES: u32 = 3;
/// Every change of the settings that can be served, as it comes.
pub type Changes = UnboundedReceiver<Change>;

/// A flux.toml that can be served, or what it names.
pub struct Change {
    pub prepared: Prepared,
    /// The files that changed.
    pub what: String,
}

/// Says that a change cannot be served.
pub fn say_not_used(what: &str) {
    printer::note(&format!("the new {what} is not used: the old version keeps running"));
}

struct Watch {
    // Weak: a watch does not keep the app from closing.
    app: Weak<App>,
    setup: Setup,
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    sources: Sources,
    // Files that the builds write.
    outputs: BTreeSet<PathBuf>,
    strikes: BTreeMap<PathBuf, u32>,
    changes: UnboundedSender<Change>,
}

/// Watches until `stop`, or until the app is gone.
pub fn start(
    app: &Arc<App>,
    setup: &Setup,
    sources: Sources,
    stop: CancellationToken,
) -> anyhow::Result<Changes> {
    let (sender, events) = mpsc::unbounded_channel();
    // What changed since the sources were taken gives no event any more.
    sender.send(())?;
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|it| it.kind.is_modify() || it.kind.is_create() || it.kind.is_remove()) {
            // Nobody listens any more: the server is stopping.
            let _ = sender.send(());
        }
    })?;
    let (changes, changed) = mpsc::unbounded_channel();
    let mut watch = Watch {
        app: Arc::downgrade(app),
        setup: setup.clone(),
        watcher,
        watched: BTreeSet::new(),
        sources,
        outputs: BTreeSet::new(),
        strikes: BTreeMap::new(),
        changes,
    };
    watch.folders()?;
    tokio::spawn(async move { stop.run_until_cancelled(watch.run(events)).await });
    Ok(changed)
}

impl Watch {
    async fn run(mut self, mut events: UnboundedReceiver<()>) {
        while events.recv().await.is_some() {
            let mut looks = 0;
            while looks < LOOKS && matches!(timeout(QUIET, events.recv()).await, Ok(Some(()))) {
                // Events come by the hundred: those that are there already are one.
                while events.try_recv().is_ok() {}
                looks += 1;
            }
            let turn = tokio::task::spawn_blocking(move || (self.look(), self)).await;
            // Cancelled: the server has stopped.
            let Ok((built, watch)) = turn else { return };
            self = watch;
            let Some(app) = self.app.upgrade() else { return };
            if built && let Err(error) = swap(&app).await {
                errors::print(&error.into(), self.setup.json);
            }
        }
    }

    /// Watches every folder that can hold source, new ones too.
    fn folders(&mut self) -> anyhow::Result<()> {
        let around = |path: &PathBuf| path.parent().map(Path::to_owned).into_iter().chain([path.clone()]);
        let settings = self.sources.settings.iter().flat_map(around).filter(|path| path.is_dir());
        let guests = self.sources.guests.iter().flat_map(|(order, _)| source(order, &self.outputs).folders);
        let folders: BTreeSet<_> = settings.chain(guests).collect();
        for folder in folders.difference(&self.watched) {
            let watched = self.watcher.watch(folder, RecursiveMode::NonRecursive);
            watched.with_context(|| format!("cannot watch {}", folder.display()))?;
        }
        self.watched = folders;
        Ok(())
    }

    /// Sees what changed, and does what follows. Returns whether guests are to be swapped.
    fn look(&mut self) -> bool {
        if let Err(error) = self.folders() {
            errors::print(&error, self.setup.json);
        }
        let settings = files::read(&self.sources.settings);
        if settings != self.sources.seen {
            let mut what = self.names(&files::changes(&self.sources.seen, &settings));
            self.sources.seen = settings;
            if what.remove(USUAL) {
                printer::note(&format!("{USUAL} changed: it is read when flux starts, so start it again"));
            }
            if !what.is_empty() {
                self.reread(what.into_iter().collect::<Vec<_>>().join(", "));
                return false;
            }
        }
        self.rebuild()
    }

    /// The names of changed files, as flux.toml would have them.
    fn names(&self, changed: &BTreeSet<PathBuf>) -> BTreeSet<String> {
        let folder = self.setup.file.parent().unwrap_or(Path::new(""));
        let name = |path: &PathBuf| path.strip_prefix(folder).unwrap_or(path).display().to_string();
        changed.iter().map(name).collect()
    }

    /// flux.toml changed, or what it names. One that cannot be served is told, and tried again when it changes.
    fn reread(&mut self, what: String) {
        match self.prepare() {
            // Nobody listens any more: the server is stopping.
            Ok(prepared) => drop(self.changes.send(Change { prepared, what })),
            Err(error) => {
                errors::print(&error, self.setup.json);
                say_not_used(&what);
            }
        }
    }

    /// Migrates last: what does not build changes no database.
    fn prepare(&self) -> anyhow::Result<Prepared> {
        let prepared = Prepared::of(self.setup.read()?, &self.setup, &self.setup.progress())?;
        Handle::current().block_on(flux_runtime::migrate(&prepared.project))?;
        Ok(prepared)
    }

    /// Builds the guests whose source is another than it was, and returns whether there was one. What
    /// does not build stays as it is, and is tried again when it changes.
    fn rebuild(&mut self) -> bool {
        let mut changed = Vec::new();
        for (order, seen) in &mut self.sources.guests {
            let now = source(order, &self.outputs).files;
            let changes = files::changes(seen, &now);
            if !changes.is_empty() {
                *seen = now.clone();
                changed.push((order.clone(), changes, now));
            }
        }
        let orders: Vec<_> = changed.iter().map(|(order, ..)| order.clone()).collect();
        let progress = self.setup.progress();
        let results = for_each(&orders, |order| match order.is_built() {
            true => Ok(true),
            false => refresh(order, &progress).map(|refreshed| refreshed.is_new),
        });
        let mut built = false;
        for ((order, changes, before), result) in changed.iter().zip(results) {
            match result {
                Ok(true) => built = true,
                Ok(false) => self.strike(order, changes, before),
                Err(error) => {
                    errors::print(&error, self.setup.json);
                    printer::note(&format!("{}: the old version keeps running", order.name));
                }
            }
        }
        built
    }

    /// A build changed nothing. A file that brought it about, and changed again while it ran, may be what is written
    /// of builds: of one that does so again and again the next build would be for nothing too.
    fn strike(&mut self, order: &Order, changes: &BTreeSet<PathBuf>, before: &Files) {
        let after = source(order, &self.outputs).files;
        let is_written = |path: &&PathBuf| !is_source(path);
        for path in changes.intersection(&files::changes(before, &after)).filter(is_written) {
            let strikes = self.strikes.entry(path.clone()).or_default();
            *strikes += 1;
            if *strikes == STRIKES {
                self.outputs.insert(path.clone());
                let path = path.display();
                printer::note(&format!(
                    "{path} is written by every build and changes none: it is no longer watched"
                ));
            }
        }
    }
}

/// Files that people write: whoever saves one often, while a build runs, wants it to be seen.
fn is_source(path: &Path) -> bool {
    const ENDINGS: [&str; 14] =
        ["rs", "go", "py", "ts", "tsx", "js", "jsx", "mjs", "json", "toml", "mod", "sum", "wit", "sql"];
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending))
}

/// Takes the guests as they are now. Those that are the same component from another source are not told.
async fn swap(app: &App) -> Result<(), RuntimeError> {
    let before = app.guests();
    app.load_guests().await?;
    let after = app.guests();
    let is_new = |name: &str| before.get(name).map(|it| it.digest()) != after.get(name).map(|it| it.digest());
    let swapped: Vec<_> = after.keys().map(String::as_str).filter(|name| is_new(name)).collect();
    if !swapped.is_empty() {
        printer::note(&format!("swapped: {}", swapped.join(", ")));
    }
    Ok(())
}
