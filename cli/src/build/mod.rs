//! From a folder to a component, by the language's own tools.
//!
//! Each language is one module with one function, `build`: a [`Task`] in, the component's bytes out.
//! What all need besides is here: the cache, the check that the component can run, and its place.

mod assemblyscript;
mod cache;
mod flaw;
mod go;
mod handlers;
pub mod inputs;
mod language;
mod node;
mod options;
mod order;
mod parallel;
mod preinit;
mod progress;
mod put;
mod python;
mod rust;
mod task;
mod typescript;
mod wit;
mod words;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flux_host::regular::{self, MAX_COMPONENT};
use flux_host::{Environment, System};
use flux_runtime::{Checked, check_component};
use flux_store::private;

use crate::errors::CliError;
use crate::umask;
use cache::Cache;
pub use flaw::Flaw;
pub use handlers::Need;
pub use language::Language;
pub use options::Options;
pub use order::{Order, is_built, of_folder, of_project};
pub use parallel::for_each;
pub use progress::Progress;
pub use put::{put, put_with};
use task::Made;
pub use task::{Task, sdk};

/// A component that can run here.
#[derive(Debug)]
pub struct Built {
    /// The guest's name.
    pub name: String,
    /// What it was built from; none: it was a component.
    pub language: Option<Language>,
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: usize,
    /// What it is and takes.
    pub checked: Checked,
    /// How long the build took, in nanoseconds.
    pub build_ns: u64,
    /// Whether it was there already.
    pub cached: bool,
}

/// Builds one guest, checks the component and puts it in its place, whole or not at all.
pub fn build(order: &Order, progress: &Progress) -> anyhow::Result<Built> {
    let clock = System::new();
    let began = clock.monotonic_ns();
    let (language, made) = match order.is_built() {
        true => (None, Made { bytes: read(&order.source)?, cached: true }),
        false => make(order, progress).map(|(language, made)| (Some(language), made))?,
    };
    let build_ns = clock.monotonic_ns() - began;
    let checked = check(&made.bytes, order, progress)?;
    order.check_handlers(&checked.handlers)?;
    if order.out != order.source {
        put_component(order, &made.bytes)?;
    }
    Ok(Built {
        name: order.name.clone(),
        language,
        path: order.out.clone(),
        size: made.bytes.len(),
        checked,
        build_ns,
        cached: made.cached,
    })
}

/// Builds all, several at once; the results are in the order of the orders. Waits: not for an async task of a
/// runtime with one thread.
pub fn build_all(orders: &[Order], progress: &Progress) -> Vec<anyhow::Result<Built>> {
    for_each(orders, |order| build(order, progress))
}

/// A guest whose component is that of its source as it is.
#[derive(Debug)]
pub struct Refreshed {
    /// The guest's name.
    pub name: String,
    /// Whether it is another component than before.
    pub is_new: bool,
    /// How long that took, in nanoseconds.
    pub took_ns: u64,
}

/// Builds one guest if its source changed. A component that is there already was checked when it was put there.
pub fn refresh(order: &Order, progress: &Progress) -> anyhow::Result<Refreshed> {
    let clock = System::new();
    let began = clock.monotonic_ns();
    let (_, made) = make(order, progress)?;
    let is_new = std::fs::read(&order.out).map_or(true, |there| there != made.bytes);
    if is_new {
        let checked = check(&made.bytes, order, progress)?;
        order.check_handlers(&checked.handlers)?;
        put_component(order, &made.bytes)?;
    }
    Ok(Refreshed { name: order.name.clone(), is_new, took_ns: clock.monotonic_ns() - began })
}

/// A component in the data folder is private like all that is there; what was asked for elsewhere is as
/// other files of the user's.
fn put_component(order: &Order, bytes: &[u8]) -> anyhow::Result<()> {
    match &order.data {
        Some(data) if order.out.starts_with(data) => {
            private::create_and_tighten(data)?;
            put(&order.out, bytes)
        }
        _ => umask::as_usual(&order.out, |out| put(out, bytes)),
    }
}

fn check(bytes: &[u8], order: &Order, progress: &Progress) -> anyhow::Result<Checked> {
    let _line = progress.spin(&format!("checking {}", order.name));
    check_component(bytes).with_context(|| format!("{} cannot run on Flux", order.source.display()))
}

fn make(order: &Order, progress: &Progress) -> anyhow::Result<(Language, Made)> {
    let folder = &order.source;
    let language = order.check_project()?;
    let folder = folder.canonicalize().with_context(|| format!("cannot open {}", folder.display()))?;
    // Not .flux/build: there flux.toml's guests go, whatever they are called.
    let work = folder.join(".flux/work");
    let (options, skip) = (order.options.clone(), order.skip());
    let task = Task { folder, work, options, skip, progress: progress.clone() };
    let _lock = lock(&task)?;
    let what = format!("building {} ({language})", order.name);
    let build = match language {
        Language::Rust => {
            let _line = progress.begin(&what);
            return Ok((language, rust::build(&task)?));
        }
        Language::Go => go::build,
        Language::Python => python::build,
        Language::Typescript => typescript::build,
        Language::Assemblyscript => assemblyscript::build,
    };
    let cache = Cache::of(&task, language)?;
    if let Some(bytes) = cache.get().filter(|_| !task.options.force) {
        return Ok((language, Made { bytes, cached: true }));
    }
    let _line = progress.begin(&what);
    let bytes = build(&task)?;
    cache.keep(&bytes)?;
    Ok((language, Made { bytes, cached: false }))
}

/// One build of a folder at a time, whoever runs it: they share what is made on the way.
fn lock(task: &Task) -> anyhow::Result<File> {
    let path = task.work.join("lock");
    let cannot = || format!("cannot lock {}", path.display());
    private::make_and_tighten(task.work.parent().unwrap_or(&task.work)).with_context(cannot)?;
    private::make_folder(&task.work).with_context(cannot)?;
    let file = private::open_or_create(&path).with_context(cannot)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let what = format!("waiting for another build of {}", task.folder.display());
            let _line = task.progress.begin(&what);
            file.lock().with_context(cannot)?;
        }
        locked => locked.with_context(cannot)?,
    }
    Ok(file)
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let instead = "name a folder with a project, or the file of a component (.wasm) or of a bundle (.js)";
    regular::read(path, MAX_COMPONENT).map_err(|source| CliError::unreadable(path, source, instead))
}
