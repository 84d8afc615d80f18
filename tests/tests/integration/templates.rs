//! Every template in every language. Its own tests pass before and after a build, a run and a replay, it does what
//! it says, and its fixture is what the code does.
//!
//! The fixtures are recordings of the templates in Rust. `FLUX_WRITE_FIXTURES=1 cargo test templates::rust` records
//! them again; the command has to be built again after that.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::projects::{alone, built, done, has, new_project, shell, tool, tools_of};
use crate::shop::{ask, document, poll, tail};
use crate::support::{Project, Server, root};
use crate::upstream::Upstream;

/// The templates, and the fixture of each.
const TEMPLATES: [(&str, &str); 5] = [
    ("service", "greet"),
    ("crud", "create"),
    ("cache", "count"),
    ("webhook", "deliver"),
    ("cron", "cleanup"),
];
const TOKEN: &str = "token-of-the-receiver";

#[test]
fn rust() {
    all_work("rust");
}

#[test]
fn go() {
    all_work("go");
}

#[test]
fn python() {
    all_work("python");
}

#[test]
fn typescript() {
    all_work("typescript");
}

#[test]
fn assemblyscript() {
    all_work("assemblyscript");
}

fn all_work(language: &str) {
    if has(tools_of(language)) {
        let _alone = alone(language);
        TEMPLATES.into_iter().for_each(|(template, fixture)| works(language, template, fixture));
    }
}

fn works(language: &str, template: &str, fixture: &str) {
    let (project, new) = new_project(language, template);
    assert_eq!((&new["language"], &new["template"]), (&json!(language), &json!(template)));
    let next = |index: usize| new["next"][index].as_str().expect("a command").to_owned();
    if template == "cron" {
        every_second(&project);
    }
    // A clone is built before anything is installed, and a new project usually after that.
    if template == "service" {
        builds_once(&project, language, template);
    }
    done(tool("sh", &project).args(["-c", &next(0)]));
    let tests_pass = |after: &str| {
        let said = shell(&project, next(0).rsplit("&& ").next().expect("the command that tests"));
        assert_eq!(said.status, 0, "{language} {template}, after {after}: {said:?}");
    };
    if template != "service" {
        builds_once(&project, language, template);
    }
    tests_pass("a build");
    let id = serves(&project, template);
    tests_pass("a run");
    if std::env::var_os("FLUX_WRITE_FIXTURES").is_some() && language == "rust" {
        return write_fixture(&project, &id, template, fixture);
    }
    replays(&project, &next(3));
    tests_pass("a replay");
}

fn builds_once(project: &Project, language: &str, template: &str) {
    let first = built(project, &[]);
    let handlers = match template {
        "webhook" => json!(["http", "job"]),
        "cron" => json!(["job"]),
        _ => json!(["http"]),
    };
    let expected = (&handlers, &json!(language), &json!(false));
    assert_eq!((&first["handlers"], &first["language"], &first["cached"]), expected, "{template}");
    let second = built(project, &[]);
    assert_eq!((&second["cached"], &second["digest"]), (&json!(true), &first["digest"]));
}

/// What ran is what would run again, and the fixture is what the code does, by the command that `flux new` printed.
fn replays(project: &Project, command: &str) {
    let (status, report) = project.flux_json(&["replay", "--last", "20"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report:#}");
    let said = shell(project, command);
    assert!(said.status == 0 && said.stdout.contains(": 1 identical"), "{command}: {said:?}");
}

/// Does what the template says; the execution that the fixture is a recording of.
fn serves(project: &Project, template: &str) -> String {
    match template {
        "service" => served(project, greets),
        "crud" => served(project, keeps_notes),
        "cache" => served(project, remembers),
        "webhook" => delivers(project),
        _ => served(project, |server| cleans_up(server, project)),
    }
}

fn served(project: &Project, run: impl FnOnce(&Server) -> String) -> String {
    let server = project.serve(&[]);
    let id = run(&server);
    assert_eq!(server.stop().status, 0);
    id
}

fn greets(server: &Server) -> String {
    let answer = ask(server, "GET", "/hello/Ada", "");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"hello Ada\n".as_slice()));
    answer.execution.expect("an id")
}

fn keeps_notes(server: &Server) -> String {
    let created = ask(server, "POST", "/notes", "{\"text\": \"buy milk\"}");
    let note = document(&created);
    assert_eq!((created.status, &note["text"]), (201, &json!("buy milk")));
    let path = format!("/notes/{}", note["id"].as_str().expect("an id"));
    assert_eq!(document(&ask(server, "GET", &path, "")), note);
    let changed = ask(server, "PUT", &path, "{\"text\": \"buy tea\"}");
    assert_eq!((changed.status, &document(&changed)["text"]), (200, &json!("buy tea")));
    assert_eq!(document(&ask(server, "GET", "/notes", "")), json!([document(&changed)]));
    assert_eq!(ask(server, "POST", "/notes", "{\"text\": \"\"}").status, 422);
    let statuses = [("DELETE", 204), ("DELETE", 404), ("GET", 404)];
    for (method, status) in statuses {
        assert_eq!(ask(server, method, &path, "").status, status, "{method}");
    }
    assert_eq!(ask(server, "PUT", &path, "{\"text\": \"buy tea\"}").status, 404);
    created.execution.expect("an id")
}

fn remembers(server: &Server) -> String {
    let first = ask(server, "GET", "/primes/1000", "");
    assert_eq!(document(&first), json!({ "primes": 168, "cached": false }));
    let second = ask(server, "GET", "/primes/1000", "");
    assert_eq!(document(&second), json!({ "primes": 168, "cached": true }));
    assert_eq!(ask(server, "GET", "/primes/many", "").status, 400);
    first.execution.expect("an id")
}

/// An event reaches its receiver with the secret, which no recording has.
fn delivers(project: &Project) -> String {
    let receiver = Upstream::start();
    let url = receiver.url("/events");
    let server = project.serve(&[("FLUX_CONFIG_TARGET_URL", &url), ("TARGET_TOKEN", TOKEN)]);
    let event = "{\"id\": \"event-1\", \"text\": \"paid\"}";
    let answer = ask(&server, "POST", "/events", event);
    assert_eq!((answer.status, document(&answer)["job"].as_str().map(str::len)), (202, Some(36)));
    let id = ended(project, "job");
    assert_eq!(server.stop().status, 0);
    let arrived = receiver.seen();
    assert!(arrived.len() == 1 && arrived[0].method == "POST", "{arrived:?}");
    let trace = project.flux(&["trace", &id, "--full"]).stdout;
    assert!(trace.contains("{{secret target_token}}") && !trace.contains(TOKEN), "{trace}");
    id
}

fn every_second(project: &Project) {
    let path = project.path().join("flux.toml");
    let text = std::fs::read_to_string(&path).expect("it is read");
    std::fs::write(&path, text.replace("\"* * * * *\"", "\"* * * * * *\"")).expect("it is written");
}

fn cleans_up(_: &Server, project: &Project) -> String {
    let id = ended(project, "cron");
    let trace = project.flux(&["trace", &id]).stdout;
    assert!(trace.contains("sessions deleted") && trace.contains("count=2"), "{trace}");
    id
}

/// Waits until the first execution of a kind was done.
fn ended(project: &Project, kind: &str) -> String {
    let is_done = |it: &Value| it["kind"] == kind && it["outcome"] == "returned" && it["failed"] == false;
    let found = poll("an execution that was done", || tail(project).into_iter().find(is_done));
    found["id"].as_str().expect("an id").to_owned()
}

fn write_fixture(project: &Project, id: &str, template: &str, fixture: &str) {
    let out = project.path().join("out");
    let export = ["records", "export", "--last", "1000", "--to", &out.display().to_string()];
    assert_eq!(project.flux(&export).status, 0);
    let shared: PathBuf = root().join("cli/src/templates/shared").join(template);
    // Not copied: an export is for its owner only, a fixture is for everybody.
    let recording = std::fs::read(out.join(format!("{id}.fluj"))).expect("the recording");
    std::fs::write(shared.join(format!("{fixture}.fluj")), recording).expect("it is written");
}
