//! What is to be built: one folder, or the guests of a flux.toml.

use std::path::{Path, PathBuf};

use flux_host::Handler;
use flux_runtime::Project;
use flux_runtime::config::EngineKind;

use super::handlers::Need;
use super::inputs;
use super::language::Language;
use super::options::Options;
use crate::env_file;
use crate::errors::CliError;

/// One guest that is to be built.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its name.
    pub name: String,
    /// A folder, or a component or a bundle that is used as it is.
    pub source: PathBuf,
    /// Where the component goes.
    pub out: PathBuf,
    /// How it is built.
    pub options: Options,
    /// The project's data folder, where there is one.
    pub data: Option<PathBuf>,
    /// Files that are Flux's, and no source: flux.toml, for one.
    pub settings: Vec<PathBuf>,
    /// The handlers that flux.toml calls.
    pub needs: Vec<Need>,
}

impl Order {
    /// Whether there is nothing to build.
    pub fn is_built(&self) -> bool {
        is_built(&self.source)
    }

    /// What in the source is none.
    pub fn skip(&self) -> Vec<PathBuf> {
        let absolute = |path: &PathBuf| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
        self.data.iter().chain(&self.settings).chain([&self.out]).filter_map(absolute).collect()
    }

    /// Whether the folder or the component is there at all.
    pub fn check_source(&self) -> Result<(), CliError> {
        let Self { name, source, .. } = self;
        if source.exists() {
            return Ok(());
        }
        let (message, hint) = match self.data {
            Some(_) => (
                format!("the source of guest '{name}' does not exist: {}", source.display()),
                format!("correct source of [guests.{name}]: it is relative to flux.toml"),
            ),
            None => (
                format!("{} does not exist", source.display()),
                "name a folder with a project, or a component".to_owned(),
            ),
        };
        Err(CliError::new(message, hint))
    }

    /// The language that its folder is built in, for the engine that is asked for.
    pub fn check_project(&self) -> Result<Language, CliError> {
        self.check_source()?;
        let folder = self.source.display();
        let Some(language) = self.language() else {
            let hint = "a project has a Cargo.toml, go.mod, pyproject.toml, package.json or asconfig.json: \
                        flux new --lang rust <name>";
            return Err(CliError::new(format!("{folder} holds no project that Flux can build"), hint));
        };
        if self.options.engine == Some(EngineKind::V8) && language != Language::Typescript {
            let message = format!("{folder} is in {language}, which does not run on V8");
            let hint =
                "V8 runs TypeScript and JavaScript: leave out --engine v8, or engine = \"v8\" in flux.toml";
            return Err(CliError::new(message, hint));
        }
        Ok(language)
    }

    /// The language of its source; none: it is built, or there is no project.
    pub fn language(&self) -> Option<Language> {
        Some(&self.source).filter(|_| !self.is_built()).and_then(|source| Language::of(source))
    }

    /// The newest file of its source, if it is newer than its build; none, where nothing was built.
    pub fn newer_source(&self) -> Option<PathBuf> {
        let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
        let built = modified(&self.out).filter(|_| !self.is_built())?;
        let files = inputs::files(&self.source.canonicalize().ok()?, &self.skip()).ok()?;
        let newest = files.into_iter().filter_map(|path| Some((modified(&path)?, path))).max()?;
        Some(newest).filter(|(at, _)| *at > built).map(|(_, path)| path)
    }

    /// Whether what flux.toml calls is there.
    pub fn check_handlers(&self, handlers: &[Handler]) -> Result<(), CliError> {
        match Need::missing(&self.needs, handlers).first() {
            None => Ok(()),
            Some(need) => {
                let message = format!("guest '{}' {}", self.name, need.lacking());
                Err(CliError::coded("FLX0104", message, need.hint(self.language())))
            }
        }
    }
}

/// Whether a file is a component or a bundle.
pub fn is_built(file: &Path) -> bool {
    file.extension().is_some_and(|it| it == "wasm" || it == "js") && !file.is_dir()
}

/// A folder or a component, with no flux.toml.
pub fn of_folder(source: &Path, out: Option<&Path>, options: Options) -> Order {
    let is_file = source.is_file();
    let absolute = source.canonicalize().unwrap_or_else(|_| source.to_owned());
    let name = absolute.file_stem().filter(|_| is_file).or(absolute.file_name());
    let name = name.map_or_else(|| "guest".to_owned(), |name| name.to_string_lossy().into_owned());
    let file = format!("{name}.{}", options.engine.unwrap_or_default().extension());
    let default = || if is_file { source.to_owned() } else { source.join(file) };
    let out = out.map_or_else(default, Path::to_owned);
    Order {
        name,
        source: source.to_owned(),
        out,
        options,
        data: None,
        settings: Vec::new(),
        needs: Vec::new(),
    }
}

/// The guests of a flux.toml.
pub fn of_project(project: &Project, options: &Options) -> Vec<Order> {
    let order = |(name, guest): (&String, &flux_runtime::config::GuestConfig)| Order {
        name: name.clone(),
        source: project.folder.join(&guest.source),
        out: project.component(name, guest),
        options: Options {
            features: [&guest.features[..], &options.features].concat(),
            engine: options.engine.or(Some(guest.engine)),
            ..options.clone()
        },
        data: Some(project.data()),
        settings: settings(project, &project.folder.join(&guest.source)),
        needs: Need::of(project, name),
    };
    project.config.guests.iter().map(order).collect()
}

/// flux.toml, and what only the host reads of what it names: to edit a migration changes no guest.
fn settings(project: &Project, source: &Path) -> Vec<PathBuf> {
    let own = ["flux.toml", env_file::USUAL].map(|file| project.folder.join(file));
    let named = project.config.sections.iter().flat_map(|section| section.files());
    let named: Vec<_> = named.map(|path| project.folder.join(path)).collect();
    let embedded = if named.is_empty() { Vec::new() } else { embedded(source) };
    let is_embedded = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| embedded.iter().any(|line| line.contains(name)))
    };
    own.into_iter().chain(named.into_iter().filter(|path| !is_embedded(path))).collect()
}

/// The lines by which a guest in Go says which files it has in it; a guest in another language has none.
fn embedded(source: &Path) -> Vec<String> {
    if Language::of(source) != Some(Language::Go) {
        return Vec::new();
    }
    let files = inputs::files(source, &[]).unwrap_or_default().into_iter();
    let texts =
        files.filter(|path| path.extension().is_some_and(|it| it == "go")).map(std::fs::read_to_string);
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    texts.flatten().flat_map(lines).filter(|line| line.starts_with("//go:embed")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn migrations_are_source_only_where_a_guest_has_them_in_it() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let write =
            |file: &str, text: &str| std::fs::write(folder.path().join(file), text).expect("it is written");
        let db = "[db.main]\nsqlite = \"a.db\"\nmigrations = \"migrations\"\n";
        write("flux.toml", &format!("[app]\nname = \"a\"\n[guests.g]\nsource = \".\"\n{db}"));
        write("go.mod", "module a\n");
        let project = Project::read(folder.path()).expect("it is right");
        let are_settings =
            || settings(&project, folder.path()).iter().any(|path| path.ends_with("migrations"));
        write("main.go", "package main\n\n// migrations are run by the host\n");
        assert!(are_settings());
        write(
            "main.go",
            "package main\n\nimport _ \"embed\"\n\n//go:embed migrations/*.sql\nvar files embed.FS\n",
        );
        assert!(!are_settings());
    }

    #[test]
    fn the_newest_source_is_named_if_it_is_newer_than_the_build() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it is there");
        let write = |file: &str, seconds: u64| {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().expect("its folder")).expect("it is made");
            let file = File::create(path).expect("it is written");
            file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).expect("it has a time");
        };
        let order = of_folder(&root, Some(&root.join("out.wasm")), Options::default());
        write("src/lib.rs", 20);
        assert_eq!(order.newer_source(), None, "nothing is built");
        write("out.wasm", 10);
        write("Cargo.toml", 5);
        write("node_modules/tool.js", 30);
        assert_eq!(order.newer_source(), Some(root.join("src/lib.rs")));
        write("out.wasm", 20);
        assert_eq!(order.newer_source(), None);
    }
}
