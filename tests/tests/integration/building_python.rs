//! What `flux build` says of Python that is not as it should be, and dependencies from PyPI.

use std::path::Path;

use serde_json::{Value, json};

use crate::projects::{done, has};
use crate::shop::ask;
use crate::support::{Project, Said, tools};

const HANDLER: &str = "import flux\n\n\n@flux.http\ndef handle(request):\n    return flux.Response(204)\n";

/// A project with these dependencies besides the SDK, and this module `app`.
fn project(dependencies: &[&str], app: &str) -> Project {
    let project = Project::new(
        "[app]\nname = \"t\"\n[guests.g]\nsource = \".\"\n[[http.routes]]\nroute = \"GET /{name}\"\nguest = \"g\"\n",
    );
    let dependencies = json!([&["flux-sdk"], dependencies].concat());
    let manifest = format!("[project]\nname = \"t\"\nversion = \"0.1.0\"\ndependencies = {dependencies}\n");
    write(&project.path().join("pyproject.toml"), &manifest);
    write(&project.path().join("app.py"), app);
    project
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("it is written");
}

/// Does not build; what it says ends with this error, and before it are these words.
fn fails(project: &Project, words: &str, error: &str, hint: &str) {
    let said = project.flux(&["build"]);
    assert!(said.status == 1 && said.stdout.is_empty(), "{said:?}");
    assert!(said.stderr.contains(words), "{words}: {said:?}");
    let folder = project.path().canonicalize().expect("it is there").display().to_string();
    let last = format!("error: {error}\nhint: {hint}\n").replace("{folder}", &folder);
    assert!(said.stderr.ends_with(&last), "{last}: {said:?}");
}

const AT_START: &str = "see Python's output above; a module's top level runs when the guest is built";

#[test]
fn a_module_that_does_not_start_is_told_by_its_own_traceback() {
    if !has(&["python3"]) {
        return;
    }
    let broken = [
        ("import nothing_of_this_name\n", "line 1, in <module>"),
        ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("import flux\n\ndef handle(:\n", "line 3"),
        ("import flux\n\ndef handle(:\n", "SyntaxError: "),
        ("from flux import clock\nclock.now()\n", "make the call in a handler"),
        ("raise SystemExit(0)\n", "SystemExit: 0"),
    ];
    for (app, words) in broken {
        fails(&project(&[], app), words, "the module 'app' cannot be imported", AT_START);
    }
}

#[test]
fn a_project_without_a_handler_or_a_module_is_told_what_to_write() {
    if !has(&["python3"]) {
        return;
    }
    let new = "write one: flux new --lang <language> <name> makes a guest that has one";
    fails(&project(&[], "import flux\n"), "", "the guest has no handler", new);
    let moved = project(&[], HANDLER);
    std::fs::rename(moved.path().join("app.py"), moved.path().join("main.py")).expect("it is moved");
    let name = "name it in pyproject.toml:\n[tool.flux]\nmodule = \"...\"";
    fails(&moved, "", "the guest's module is not there: app.py", name);
    let compiled = "see pip's output above; a dependency must be pure Python, and have a wheel";
    let wanted = project(&["no requirement at all"], HANDLER);
    fails(&wanted, "Invalid requirement", "the dependencies of {folder} could not be installed", compiled);
}

/// Builds where componentize-py was never installed, with this script as Python.
fn built_by(python: &str) -> (String, Said) {
    let project = project(&[], HANDLER);
    let path = project.path().join("python");
    write(&path, &format!("#!/bin/sh\n{python}\n"));
    done(std::process::Command::new("chmod").arg("+x").arg(&path));
    let mut flux = project.command(&["build"]);
    flux.env("FLUX_TOOLS", project.path().join(".flux/tools")).env("PYTHON", &path);
    let said = flux.output().expect("flux runs").into();
    (path.display().to_string(), said)
}

#[test]
fn a_python_that_cannot_make_components_is_told_with_what_installs_one() {
    let install = "hint: install Python 3.10 or newer with venv and pip: sudo apt-get install -y python3 \
                   python3-venv; if it has another name, set PYTHON to it\n";
    let no_venv = "case \"$*\" in *version_info*) echo True;; *) echo no venv here >&2; exit 1;; esac";
    let no_pip = "case \"$*\" in *version_info*) echo True;; *) mkdir -p \"$4/bin\"; \
                  printf '#!/bin/sh\\necho no index >&2; exit 1\\n' >\"$4/bin/python\"; \
                  chmod +x \"$4/bin/python\";; esac";
    let reach =
        "hint: see pip's output above; it must be able to reach PyPI, or the index that pip.conf names\n";
    let ways = [
        ("echo False", "{python} is older than Python 3.10", install),
        (no_venv, "{python} cannot make a virtual environment", install),
        (no_pip, "componentize-py 0.25.1 could not be installed", reach),
    ];
    for (script, error, hint) in ways {
        let (python, said) = built_by(script);
        let last = format!("error: {}\n{hint}", error.replace("{python}", &python));
        assert!(said.status == 1 && said.stderr.ends_with(&last), "{last}: {said:?}");
    }
    let project = project(&[], HANDLER);
    let mut flux = project.command(&["build"]);
    flux.env("FLUX_TOOLS", project.path().join(".flux/tools")).env("PYTHON", "/nowhere/python3");
    let said: Said = flux.output().expect("flux runs").into();
    let last = format!("error: /nowhere/python3 cannot be run\n{install}");
    assert!(said.status == 1 && said.stderr.ends_with(&last), "{said:?}");
}

const NAMES: &str = r#"
import random

import flux
import idna

print("a word at the start")
app = flux.http(flux.Router())


@app.get("/{name}")
def name(request: flux.Request, name: str) -> flux.Response:
    import csv

    row = next(csv.reader([idna.encode(name, uts46=True).decode()]))
    return flux.Response.json(200, [row[0], random.random()])
"#;

#[test]
fn a_dependency_and_what_a_function_imports_are_there_and_random_is_seeded_in_every_execution() {
    if !has(&["python3"]) {
        return;
    }
    let project = project(&["idna==3.10"], NAMES);
    let said = done(project.command(&["build", "--json"]).env("FLUX_TOOLS", tools()));
    let built: Value = serde_json::from_str(&said.stdout).expect("nothing but JSON");
    assert_eq!((&built[0]["language"], &built[0]["handlers"]), (&json!("python"), &json!(["http"])));
    assert!(said.stderr.contains("a word at the start"), "{said:?}");
    let server = project.serve(&[]);
    let [one, two] = [(); 2].map(|()| {
        let answer = ask(&server, "GET", "/b%C3%BCcher", "");
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_slice::<Value>(&answer.body).expect("JSON")
    });
    assert_eq!((&one[0], &two[0]), (&json!("xn--bcher-kva"), &json!("xn--bcher-kva")));
    assert_ne!(one[1], two[1], "each execution draws its own");
    assert_eq!(server.stop().status, 0);
    let (status, report) = project.flux_json(&["replay", "--last", "2"]);
    let verdicts = [0, 1].map(|index| report["executions"][index]["verdict"].clone());
    assert_eq!((status, verdicts), (0, [json!("identical"), json!("identical")]), "{report}");
}
