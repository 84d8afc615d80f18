//! `flux new`: where a project goes, what it says, and that nothing is written over.

use std::path::Path;

use flux_runtime::Project as Config;
use flux_tests::LANGUAGES;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::projects::tool;
use crate::shop::files;
use crate::support::{Project, Said};

fn folder(files: &[&str]) -> Project {
    let folder = TempDir::with_prefix("new-").expect("a temporary folder");
    for name in files {
        std::fs::write(folder.path().join(name), format!("my {name}")).expect("it is written");
    }
    Project { folder }
}

/// `flux new` in a folder.
fn new(project: &Project, args: &[&str]) -> Said {
    tool("flux", project).arg("new").args(args).output().expect("flux runs").into()
}

fn here(project: &Project, more: &[&str]) -> Said {
    new(project, &[&[".", "--name", "greeter"], more].concat())
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("it is read")
}

#[test]
fn a_folder_with_other_files_takes_a_project_and_keeps_its_own() {
    let project = folder(&["README.md", ".gitignore", "LICENSE"]);
    let said = here(&project, &["--lang", "go"]);
    assert_eq!(said.status, 0, "{said:?}");
    for kept in ["kept your README.md\n", "kept your .gitignore\nadd to it: /.flux/"] {
        assert!(said.stdout.contains(kept), "{said:?}");
    }
    assert!(!said.stdout.contains("cd "), "it is this folder: {said:?}");
    for name in ["README.md", ".gitignore", "LICENSE"] {
        assert_eq!(text(&project.path().join(name)), format!("my {name}"));
    }
    assert!(project.path().join("go.mod").is_file());
}

#[test]
fn what_is_in_the_way_is_listed_and_nothing_is_written() {
    let project = folder(&["flux.toml", "src", "package.json"]);
    let before = files(project.path());
    let said = here(&project, &["--lang", "typescript"]);
    let stderr = "error: . has files that are in the way: flux.toml, package.json, src\n\
                  hint: nothing was written: move them, or choose another folder\n";
    assert_eq!((said.status, said.stderr.as_str()), (1, stderr));
    assert_eq!(files(project.path()), before);
}

#[test]
fn the_project_of_another_language_is_in_the_way_if_it_would_be_built_instead() {
    let project = folder(&["Cargo.toml"]);
    let said = here(&project, &["--lang", "python"]);
    assert!(said.status == 1 && said.stderr.contains("in the way: Cargo.toml\n"), "{said:?}");
    let project = folder(&["package.json"]);
    assert_eq!(here(&project, &["--lang", "rust"]).status, 0, "a package.json beside a crate is no guest");
}

#[test]
fn a_folder_of_another_name_has_to_be_empty() {
    let project = folder(&[]);
    for (name, file) in [("empty", None), ("taken", Some("mine"))] {
        std::fs::create_dir(project.path().join(name)).expect("a folder");
        if let Some(file) = file {
            std::fs::write(project.path().join(name).join(file), file).expect("it is written");
        }
    }
    let said = new(&project, &["empty"]);
    assert!(said.status == 0 && said.stdout.contains("next:\n  cd empty\n"), "{said:?}");
    let said = new(&project, &["taken"]);
    assert!(said.status == 1 && said.stderr.starts_with("error: taken exists\nhint: "), "{said:?}");
    assert_eq!(files(&project.path().join("taken")).len(), 1);
}

#[test]
fn the_folder_names_the_project_and_a_name_that_does_not_fit_is_told_apart() {
    let project = folder(&[]);
    std::fs::create_dir(project.path().join("My App")).expect("a folder");
    let said = new(&project, &["My App"]);
    assert!(
        said.status == 1 && said.stderr.contains("'My App' is not a valid name for a project"),
        "{said:?}"
    );
    assert!(said.stderr.contains("--name"), "{said:?}");
    let said = new(&project, &["My App", "--name", "my-app"]);
    assert!(said.status == 0 && said.stdout.contains("\n  cd 'My App'\n"), "{said:?}");
    assert!(text(&project.path().join("My App/flux.toml")).contains("[guests.my-app]\n"));
}

#[test]
fn v8_runs_typescript_only() {
    let project = folder(&[]);
    let said = here(&project, &["--engine", "v8", "--lang", "rust"]);
    let stderr = "error: Rust does not run on V8\nhint: add --lang typescript, or leave --engine v8 out\n";
    assert_eq!((said.status, said.stderr.as_str()), (1, stderr));
    let said = here(&project, &["--engine", "v8"]);
    if cfg!(feature = "v8") {
        assert!(said.status == 0 && said.stdout.contains("--against .flux/build/greeter.js\n"), "{said:?}");
        let config = text(&project.path().join("flux.toml"));
        assert!(config.contains("source = \".\"\nengine = \"v8\"\n"), "{config}");
    } else {
        assert!(said.status == 1 && said.stderr.contains("built without V8"), "{said:?}");
    }
}

#[test]
fn every_template_is_listed_and_its_flux_toml_is_right_in_every_language() {
    let list = new(&folder(&[]), &["--list", "--json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    let names = |key: &str| -> Vec<String> {
        let items = list[key].as_array().expect("a list");
        items.iter().map(|it| it["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names("templates"), ["service", "crud", "cache", "webhook", "cron"]);
    assert!(LANGUAGES.iter().all(|language| names("languages").iter().any(|it| it == language)));
    for language in LANGUAGES {
        for template in names("templates") {
            let project = folder(&[]);
            let said = here(&project, &["--lang", language, "--template", &template]);
            assert_eq!(said.status, 0, "{said:?}");
            let config = Config::read(project.path()).unwrap_or_else(|error| panic!("{template}: {error}"));
            assert_eq!(config.config.guests.keys().collect::<Vec<_>>(), ["greeter"]);
            unfilled(&project);
        }
    }
}

/// No placeholder of a template is left, but for that of a secret.
fn unfilled(project: &Project) {
    for (path, bytes) in files(project.path()) {
        let text = String::from_utf8_lossy(&bytes).replace("{{secret ", "");
        let is_recording = path.extension().is_some_and(|it| it == "fluj");
        assert!(is_recording || !text.contains("{{"), "{}:\n{text}", path.display());
    }
}

#[test]
fn what_is_printed_as_json_is_what_was_made() {
    let project = folder(&[".gitignore"]);
    let said = here(&project, &["--json", "--template", "crud"]);
    let document: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!((&document["template"], &document["kept"]), (&json!("crud"), &json!([".gitignore"])));
    let made = document["files"].as_array().expect("files");
    assert_eq!(made.len() + 1, files(project.path()).len());
    assert!(made.iter().all(|file| project.path().join(file.as_str().expect("a path")).is_file()));
}
