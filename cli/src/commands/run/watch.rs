//! `flux run --watch`: what changed is built and swapped, and no request notices.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::Context as _;
use flux_recorder::Digest;
use flux_runtime::{App, Project, RuntimeError};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_util::sync::CancellationToken;

use crate::build::{Options, Order, Progress, build_all, inputs, of_project};
use crate::{errors, printer};

/// An editor saves in several steps: a change is over when nothing came for so long.
const QUIET: Duration = Duration::from_millis(50);

/// The guests of a project, and their source as it was when it was last built.
pub struct Sources(Vec<(Order, Option<Digest>)>);

impl Sources {
    /// As they are now. Taken before a build: what is saved during it is another source.
    pub fn of(project: &Project) -> Self {
        let orders = of_project(project, &Options::default()).into_iter();
        Self(orders.map(|order| (source(&order), order)).map(|(seen, order)| (order, seen)).collect())
    }
}

struct Watch {
    // Weak: a watch does not keep the app from closing.
    app: Weak<App>,
    watcher: RecommendedWatcher,
    sources: Sources,
}

/// Watches until `stop`, or until the app is gone.
pub fn start(app: &Arc<App>, sources: Sources, stop: CancellationToken) -> anyhow::Result<()> {
    let (sender, changes) = mpsc::unbounded_channel();
    // What changed since the sources were taken gives no event any more.
    sender.send(())?;
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|it| it.kind.is_modify() || it.kind.is_create() || it.kind.is_remove()) {
            // Nobody listens any more: the server is stopping.
            let _ = sender.send(());
        }
    })?;
    let mut watch = Watch { app: Arc::downgrade(app), watcher, sources };
    watch.folders()?;
    tokio::spawn(async move { stop.run_until_cancelled(watch.run(changes)).await });
    Ok(())
}

impl Watch {
    async fn run(mut self, mut changes: UnboundedReceiver<()>) {
        while changes.recv().await.is_some() {
            while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
            let turn = tokio::task::spawn_blocking(move || (self.rebuild(), self)).await;
            // Cancelled: the server has stopped.
            let Ok((built, watch)) = turn else { return };
            self = watch;
            let Some(app) = self.app.upgrade() else { return };
            if built && let Err(error) = swap(&app).await {
                errors::print(&error.into(), false);
            }
        }
    }

    /// Watches every folder that can hold source, new ones too. What is watched already stays so.
    fn folders(&mut self) -> anyhow::Result<()> {
        for (order, _) in &self.sources.0 {
            // A component is replaced by another file, so the folder around it is watched.
            let around = order.source.parent().filter(|it| !it.as_os_str().is_empty());
            let folders = match order.is_built() {
                true => vec![around.unwrap_or(Path::new(".")).to_owned()],
                false => inputs::folders(&order.source, &order.skip()),
            };
            for folder in folders {
                let watched = self.watcher.watch(&folder, RecursiveMode::NonRecursive);
                watched.with_context(|| format!("cannot watch {}", folder.display()))?;
            }
        }
        Ok(())
    }

    /// Builds the guests whose source is another than it was, and returns whether there was one. What
    /// does not build stays as it is, and is tried again when it changes.
    fn rebuild(&mut self) -> bool {
        if let Err(error) = self.folders() {
            errors::print(&error, false);
        }
        let mut changed = Vec::new();
        for (order, seen) in &mut self.sources.0 {
            let now = source(order);
            if *seen != now {
                *seen = now;
                changed.push(order.clone());
            }
        }
        let results = build_all(&changed, &Progress::new(false));
        let mut built = false;
        for (order, result) in changed.iter().zip(results) {
            match result {
                Ok(_) => built = true,
                Err(error) => {
                    errors::print(&error, false);
                    printer::note(&format!("{} runs on as it was", order.name));
                }
            }
        }
        built
    }
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

/// A guest's source; none while it cannot be read.
fn source(order: &Order) -> Option<Digest> {
    if order.is_built() {
        let mut inputs = inputs::Inputs::new();
        inputs.bytes(&std::fs::read(&order.source).ok()?);
        return Some(inputs.digest());
    }
    inputs::digest(&order.source.canonicalize().ok()?, &order.skip()).ok()
}
