//! `flux check` and `flux run` find the same, and what may be meant so stops neither.

use serde_json::Value;

use crate::support::{Project, guest, request};

/// A project of a component that answers requests and runs no jobs.
fn project(more: &str) -> Project {
    let component = guest("hello_rust", "");
    Project::new(&format!(
        "[app]\nname = \"t\"\n[guests.g]\nsource = {component:?}\n[http]\nlisten = \"127.0.0.1:0\"\n[admin]\n\
         listen = \"127.0.0.1:0\"\n[[http.routes]]\nroute = \"GET /hello/{{name}}\"\nguest = \"g\"\n{more}"
    ))
}

#[test]
fn what_a_run_would_refuse_is_found_by_a_check() {
    let wrong = [
        "[db.a]\nsqlite = \".\"\n",
        "[kv.a]\nsqlite = \"no/a.db\"\n",
        "[kv.a]\nsqlite = \"../../flux.toml\"\n",
        "[kv.a]\nredis = \"redis://127.0.0.1/x\"\n",
        "[db.a]\npostgres = \"postgres://127.0.0.1:70000/d\"\n",
        "[queues.q]\nguest = \"g\"\n",
        "[[http.routes]]\nroute = \"GET /x?y\"\nguest = \"g\"\n",
        "[[http.routes]]\nroute = \"GET /hello/{other}/\"\nguest = \"g\"\n[[http.routes]]\nroute = \"GET /hello/{name}/{*x}\"\n\
         guest = \"g\"\n",
        "[limits]\nmemory = 1\n",
        "[guests.h]\nsource = \".\"\n[queues.q]\nguest = \"h\"\n",
        "[record.redact]\nkeys = \"flux.toml\"\n",
    ];
    for more in wrong {
        let project = project(more);
        for args in [&["check"][..], &["run"]] {
            let said = project.flux(args);
            assert!(said.status == 1 && said.stderr.contains("\nhint: "), "{args:?} {more}: {said:?}");
        }
    }
}

#[test]
fn a_guest_that_nothing_calls_is_a_warning() {
    let project = project("[guests.idle]\nsource = \"flux.wasm\"\n");
    std::fs::copy(guest("hello_rust", ""), project.path().join("flux.wasm")).expect("it is copied");
    let said = project.flux(&["check"]);
    let warned = said.stderr.starts_with("warning: ")
        && said.stderr.contains("flux.toml:12:1: nothing calls the guest 'idle'\n");
    assert!(said.status == 0 && warned, "{said:?}");
    assert!(said.stdout.ends_with("flux.toml has no mistakes, and 1 warning\n"), "{said:?}");
    let (status, found) = project.flux_json(&["check"]);
    assert_eq!(
        (status, &found[0]["severity"], &found[0]["line"]),
        (0, &Value::from("warning"), &Value::from(12))
    );
    let server = project.serve(&[]);
    assert_eq!(request(&server.http, "GET", "/hello/Ada", "").expect("it answers").status, 200);
}

#[test]
fn variables_of_a_file_are_there_for_every_command() {
    let project = project("[secrets.token]\nenv = \"FLUX_TEST_TOKEN_OF_A_FILE\"\n");
    for args in [&["check"][..], &["doctor"], &["scan"]] {
        let said = project.flux(args);
        assert!(said.status != 0, "{args:?}: {said:?}");
    }
    std::fs::write(project.path().join(".env"), "FLUX_TEST_TOKEN_OF_A_FILE=hush\n").expect("it is written");
    for args in [&["check"][..], &["scan"]] {
        let said = project.flux(args);
        assert_eq!(said.status, 0, "{args:?}: {said:?}");
        let without = project.flux(&[args, &["--no-env-file"]].concat());
        assert_ne!(without.status, 0, "{args:?}: {without:?}");
    }
    let (_, found) = project.flux_json(&["doctor"]);
    let checks = found["checks"].as_array().expect("checks");
    assert!(checks.iter().any(|it| it["area"] == "secret" && it["health"] == "ok"), "{found}");
}

#[test]
fn of_many_mistakes_the_first_are_printed_and_json_has_all() {
    let wrong = "[[http.routes]]\nroute = \"PSOT /\"\nguest = \"g\"\n".repeat(60);
    let project = project(&wrong);
    let said = project.flux(&["check"]);
    assert_eq!(said.stderr.matches("error[FLX0201]").count(), 50, "{said:?}");
    assert!(said.stderr.contains("\nand 10 more: flux check --json prints all\n60 mistakes in "), "{said:?}");
    let (_, found) = project.flux_json(&["check"]);
    assert_eq!(found.as_array().map(Vec::len), Some(60));
}
