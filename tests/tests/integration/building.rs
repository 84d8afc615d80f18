//! `flux build` and `flux run --watch` in every language: what is built, what is said, a swap.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::projects::{alone, built, done, has, new_project, tool};
use crate::running::builds_what_changed;
use crate::shop::document;
use crate::support::{Followed, Project, Said, guest, request, root};

/// A copy of a project without what was built.
fn copy(project: &Project, target: &Path) {
    let from = |name: &str| project.path().join(name);
    std::fs::remove_dir_all(from(".flux")).expect("it was built");
    let mut copy = Command::new("cp");
    done(copy.arg("-R").arg(from(".")).arg(target));
}

/// A copy of a project elsewhere is the same component.
fn is_the_same_anywhere(project: Project) {
    let digest = built(&project, &[])["digest"].clone();
    let elsewhere = TempDir::with_prefix("a-folder-of-another-name-").expect("a temporary folder");
    copy(&project, elsewhere.path());
    assert_eq!(built(&Project { folder: elsewhere }, &[])["digest"], digest);
}

#[test]
fn rust_projects_swap_and_are_the_same_anywhere() {
    let _alone = alone("rust");
    let (project, _) = new_project("rust", "service");
    sees_what_is_saved_during_the_first_build(&project);
    swaps(&project);
    builds_what_changed(&project);
    is_the_same_anywhere(project);
}

#[test]
fn go_projects_are_the_same_anywhere() {
    if has(&["go"]) {
        let _alone = alone("go");
        is_the_same_anywhere(new_project("go", "service").0);
    }
}

#[test]
fn assemblyscript_projects_are_the_same_anywhere() {
    if has(&["node", "npm"]) {
        let _alone = alone("assemblyscript");
        is_the_same_anywhere(new_project("assemblyscript", "service").0);
    }
}

/// A package with these files, which needs nothing but the SDK beside this repository.
fn javascript(source: &str) -> Project {
    let folder = TempDir::with_prefix("javascript-").expect("a temporary folder");
    let write = |path: &str, text: &str| {
        std::fs::write(folder.path().join(path), text).expect("it is written");
    };
    std::fs::create_dir(folder.path().join("src")).expect("a folder");
    write("package.json", "{\"type\": \"module\"}");
    write("src/index.js", source);
    Project { folder }
}

#[test]
fn a_fault_of_javascript_is_told_with_its_place_and_its_line() {
    if !has(&["node", "npm"]) {
        return;
    }
    let early = "import { clock } from \"@flux-run/sdk\";\nclock.now();\n";
    let cases = [
        ("import { a } from \"./none.js\";\n", "src/index.js:1:18:"),
        ("export default { fetch() { return nothing( } };\n", "return nothing( }"),
        (early, "src/index.js:2:7"),
        (early, "clock.now was called while the guest starts up"),
        ("export const fetch = () => {};\n", "export default { ... } satisfies Handler"),
    ];
    for (source, words) in cases {
        let project = javascript(source);
        let said = project.flux(&["build", &project.path().display().to_string()]);
        assert!(said.status == 1 && said.stderr.contains(words), "{words}: {said:?}");
    }
}

/// Timers run in the order that they are due, and what time and randomness gave is given again.
#[test]
fn what_the_globals_of_javascript_give_is_recorded() {
    if !has(&["node", "npm"]) {
        return;
    }
    let project = javascript(
        "export default {\n  async fetch() {\n    const order = [];\n    setTimeout(() => order.push(2), 20);\n    \
         setTimeout(() => order.push(1), 10);\n    await new Promise((resolve) => setTimeout(resolve, 30));\n    \
         const random = [Math.random(), crypto.randomUUID(), ...crypto.getRandomValues(new Uint8Array(2))];\n    \
         const time = [Date.now(), new Date(), performance.now(), performance.timeOrigin];\n    \
         console.log(\"done\");\n    return Response.json({ order, random, time });\n  },\n};\n",
    );
    for engine in [Some("wasm"), cfg!(feature = "v8").then_some("v8")].into_iter().flatten() {
        globals_are_recorded(&project, engine);
    }
}

fn globals_are_recorded(project: &Project, engine: &str) {
    let config = format!(
        "[app]\nname = \"t\"\n[guests.g]\nsource = \".\"\nengine = \"{engine}\"\n\
         [[http.routes]]\nroute = \"GET /\"\nguest = \"g\"\n"
    );
    std::fs::write(project.path().join("flux.toml"), config).expect("it is written");
    built(project, &[]);
    let server = project.serve(&[]);
    let answers = [(); 2].map(|()| document(&request(&server.http, "GET", "/", "").expect("it is answered")));
    assert_eq!(server.stop().status, 0);
    assert_eq!(answers[0]["order"], json!([1, 2]), "{engine}");
    assert_ne!(answers[0]["random"], answers[1]["random"], "no execution has another's randomness");
    let (status, report) = project.flux_json(&["replay", "--last", "2"]);
    let verdict = |index: usize| report["executions"][index]["verdict"].clone();
    assert_eq!((status, [verdict(0), verdict(1)]), (0, [json!("identical"), json!("identical")]));
}

/// A guest of one file of AssemblyScript, by the SDK beside the command.
fn assemblyscript(source: &str) -> Project {
    let folder = TempDir::with_prefix("guest-").expect("a temporary folder");
    std::fs::create_dir(folder.path().join("assembly")).expect("a folder");
    std::fs::write(folder.path().join("asconfig.json"), "{}").expect("it is written");
    std::fs::write(folder.path().join("assembly/index.ts"), source).expect("it is written");
    Project { folder }
}

#[test]
fn the_top_level_of_assemblyscript_runs_once_and_reaches_no_host() {
    if !has(&["node", "npm"]) {
        return;
    }
    let guest = |top: &str| {
        let handle =
            "export function handle(_: http.Request): http.Response { return new http.Response(204); }";
        assemblyscript(&format!(
            "import {{ clock, http }} from \"@flux-run/assemblyscript\";\n{top}\n{handle}"
        ))
    };
    let said = guest("const NOW = clock.now();").flux(&["build"]);
    let error = "error: the guest calls clock.now while it starts, which is before any request\n\
                 hint: move it into the handler\n";
    assert!(said.status == 1 && said.stderr.ends_with(error), "{said:?}");
    let said = guest("assert(1 == 2, \"one is two\");").flux(&["build"]);
    assert!(said.status == 1 && said.stderr.contains("one is two at assembly/index.ts:2:1\n"), "{said:?}");
    built(&guest("const TABLE = new Map<string, i32>(); TABLE.set(\"a\", 1);"), &[]);
}

#[test]
fn without_node_the_hint_says_how_to_come_by_it() {
    let project = assemblyscript("");
    let said: Said = project.command(&["build"]).env("PATH", "").output().expect("flux runs").into();
    let error = "error: node cannot be run\nhint: install Node.js 20 or newer with npm: https://nodejs.org\n";
    assert!(said.status == 1 && said.stderr.ends_with(error), "{said:?}");
}

/// The parts of an SDK's README that are in a language.
fn samples(readme: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(readme)).expect("a README");
    let parts = text.split("\n```").skip(1).step_by(2);
    parts.filter_map(|part| Some(part.strip_prefix(language)?.strip_prefix('\n')?.to_owned())).collect()
}

#[test]
fn the_readme_of_assemblyscript_is_code_that_runs() {
    if !has(&["node", "npm"]) {
        return;
    }
    let folder = TempDir::with_prefix("readme-").expect("a temporary folder");
    let project = Project { folder };
    let write = |path: &str, text: &str| {
        std::fs::create_dir_all(project.path().join("assembly")).expect("a folder");
        std::fs::write(project.path().join(path), text).expect("it is written");
    };
    let sdk = root().join("sdks/assemblyscript");
    let readme = "sdks/assemblyscript/README.md";
    let [handler, job, tests] = samples(readme, "ts").try_into().expect("a handler, a job and a test");
    write("asconfig.json", &samples(readme, "json")[0]);
    write("assembly/index.ts", &handler);
    write("assembly/tests.ts", &tests);
    write("test.mjs", &samples(readme, "js")[0]);
    let package = std::fs::read_to_string(sdk.join("package.json")).expect("the SDK's package");
    let package: Value = serde_json::from_str(&package).expect("JSON");
    let asc = format!(
        "assemblyscript@{}",
        package["devDependencies"]["assemblyscript"].as_str().expect("a version")
    );
    done(tool("npm", &project).args(["install", "--save-dev", &asc]).arg(&sdk));
    done(tool("node", &project).arg("--test"));
    assert_eq!(built(&project, &[])["handlers"], json!(["http"]));
    write("assembly/index.ts", &job);
    assert_eq!(built(&project, &[])["handlers"], json!(["job"]));
}

#[test]
fn a_component_is_checked_and_used_as_it_is() {
    let component = guest("hello_rust", "");
    let project = Project::of_guest(&component, "");
    let component = component.display().to_string();
    for arguments in [&["build", "--json"] as &[_], &["build", "--json", &component]] {
        let built: Value = serde_json::from_str(&done(&mut project.command(arguments)).stdout).expect("JSON");
        assert_eq!((&built[0]["language"], &built[0]["path"]), (&Value::Null, &json!(component)));
        assert_eq!(built[0]["handlers"], json!(["http"]));
    }
    let wrong = project.path().join("wrong.wasm");
    std::fs::write(&wrong, wat::parse_str("(component (import \"a:b/c@1.0.0\" (instance)))").expect("wat"))
        .expect("it is written");
    let said = project.flux(&["build", &wrong.display().to_string()]);
    assert!(said.status == 1 && said.stderr.contains("does not provide: a:b/c@1.0.0"), "{said:?}");
}

#[test]
fn a_handler_that_flux_toml_calls_has_to_be_there() {
    let project = Project::of_guest(&guest("hello_rust", ""), "[queues.mail]\nguest = \"g\"\n");
    let said = project.flux(&["build"]);
    let stderr = "error[FLX0104]: guest 'g' has no handler for jobs, and [queues.mail] calls it\n\
                  hint: export flux:host/job-handler@0.1.0; or take [queues.mail] out of flux.toml\n\
                  more: flux explain FLX0104\n";
    assert_eq!((said.status, said.stderr.as_str()), (1, stderr));
}

/// A cargo that saves another greeting when the first build is over, which is before anything is served.
fn cargo_that_saves() -> TempDir {
    let folder = TempDir::with_prefix("cargo-").expect("a temporary folder");
    let script = "#!/bin/sh\nPATH=${PATH#*:} cargo \"$@\" || exit\n\
                  [ \"$1\" = build ] && [ ! -e \"$0.done\" ] || exit 0\n\
                  sed 's/hello {name}/welcome {name}/' src/lib.rs >\"$0.done\" && cat \"$0.done\" >src/lib.rs\n";
    let path = folder.path().join("cargo");
    std::fs::write(&path, script).expect("it is written");
    done(Command::new("chmod").arg("+x").arg(&path));
    folder
}

fn sees_what_is_saved_during_the_first_build(project: &Project) {
    let source = project.path().join("src/lib.rs");
    let text = std::fs::read_to_string(&source).expect("it is read");
    let cargo = cargo_that_saves();
    let path = std::env::var_os("PATH").expect("PATH is set");
    let folders = std::iter::once(cargo.path().to_owned()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).expect("a path");
    let server = Followed::start(project, &["run", "--watch"], &[("PATH", &path)]);
    server.wait_for("swapped: greeter");
    let answer = request(&server.http, "GET", "/hello/Ada", "").expect("it is answered");
    assert_eq!(answer.body, b"welcome Ada\n");
    std::fs::write(&source, text).expect("it is written");
}

/// The greeting changes twice under requests that never stop, and does not build in between. No request is
/// dropped, and each is answered by one of the guests that were built.
fn swaps(project: &Project) {
    let source = project.path().join("src/lib.rs");
    let text = std::fs::read_to_string(&source).expect("it is read");
    let save = |text: &str| std::fs::write(&source, text).expect("it is written");
    let server = Followed::start(project, &["run", "--watch"], &[]);
    let get = || {
        let answer = request(&server.http, "GET", "/hello/Ada", "").expect("no request is dropped");
        assert_eq!(answer.status, 200, "{answer:?}");
        String::from_utf8(answer.body).expect("text")
    };
    let stop = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let load = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !stop.load(Ordering::Relaxed) {
                seen.insert(get());
            }
            seen
        });
        for word in ["welcome", "good day"] {
            save(&text.replace("hello {name}", &format!("{word} {{name}}")));
            server.wait_for("swapped: greeter");
            assert_eq!(get(), format!("{word} Ada\n"));
            save("this is not Rust");
            server.wait_for("greeter: the old version keeps running");
            assert_eq!(get(), format!("{word} Ada\n"));
        }
        stop.store(true, Ordering::Relaxed);
        load.join().expect("every request was answered")
    });
    assert_eq!(Vec::from_iter(seen), ["good day Ada\n", "hello Ada\n", "welcome Ada\n"]);
    save(&text);
}
