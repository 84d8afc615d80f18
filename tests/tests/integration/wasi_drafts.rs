//! `wasi:config`, `wasi:keyvalue` and the environment: flux.toml's own, recorded as what they are.

use serde_json::{Value, json};

use crate::shop::{ask, trace};
use crate::support::{Project, guest};

const MORE: &str = "[config]\ngreeting = \"hello\"\n[guests.g.env]\nLEVEL = \"debug\"\nEMPTY = \"\"\n";

/// Asks the guest once: what it said, and the calls and inputs of its journal. A replay must agree, also where
/// flux.toml and the buckets are others by then.
fn asked(path: &str) -> (String, Vec<Value>) {
    let project = Project::of_guest(&guest("drafts_wasi_rust", ""), MORE);
    let server = project.serve(&[("FLUX_CONFIG_REGION", "eu")]);
    let answer = ask(&server, "GET", path, "");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(server.stop().status, 0);
    let id = answer.execution.expect("an id");
    let events = trace(&project, &id);
    let file = project.path().join("flux.toml");
    let text = std::fs::read_to_string(&file).expect("flux.toml is read");
    let text = text.replace("hello", "goodbye").replace("debug", "trace").replace("[kv.b]", "[kv.c]");
    std::fs::write(&file, text).expect("flux.toml is written");
    let (status, report) = project.flux_json(&["replay", &id]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report:#}");
    assert_eq!(report["executions"][0]["verdict"], "identical", "{report:#}");
    (String::from_utf8_lossy(&answer.body).into_owned(), events)
}

/// The functions that were called, in order.
fn calls(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["function"].as_str()).collect()
}

#[test]
fn configuration_is_that_of_flux_toml_under_the_names_of_config() {
    let (said, events) = asked("/config");
    let all = r#"Ok([("greeting", "hello"), ("region", "eu")])"#;
    assert_eq!(said, format!("Ok(Some(\"hello\")) Ok(None) {all}"));
    let journal = Value::from(events).to_string();
    for name in ["config.get:greeting", "config.get:unknown", "config.all"] {
        assert!(journal.contains(name), "{name}: {journal}");
    }
}

#[test]
fn the_environment_is_that_of_the_guest_and_nothing_else() {
    let (said, events) = asked("/environment");
    assert_eq!(said, r#"[("EMPTY", ""), ("LEVEL", "debug")] [] None"#);
    assert!(Value::from(events).to_string().contains("wasi.environment"));
}

#[test]
fn buckets_are_those_of_kv_and_so_are_the_calls() {
    let (said, events) = asked("/buckets");
    let expected = "Err(Error::NoSuchStore) Ok(Some(\"1\")) Ok(None) Ok(true) Ok(false) Ok(()) Ok(()) [\"b\"] None \
                    Err(Error::Other(\"the key or the value is over its limit\"))";
    assert_eq!(said, expected);
    let kv = ["set", "set", "get", "get", "get", "get", "delete", "delete", "keys", "set"];
    assert_eq!(calls(&events), kv.map(|name| format!("kv.bucket.{name}")));
}

#[test]
fn a_swap_fails_if_another_wrote_since_and_can_go_on() {
    let (said, _) = asked("/atomics");
    let expected = "Ok(5) Ok(-2) Ok(None) true failed Ok(Some(\"one\")) true Ok(Some(\"three\"))";
    assert_eq!(said, expected);
}

#[test]
fn a_batch_is_one_call_for_each_key() {
    let (said, events) = asked("/batch");
    assert_eq!(said, r#"[("x", Some("1")), ("z", None), ("y", Some("2"))] Ok(()) Ok(false)"#);
    let kv = ["set", "set", "get", "get", "get", "delete", "delete", "delete", "get"];
    assert_eq!(calls(&events), kv.map(|name| format!("kv.bucket.{name}")));
}

#[test]
fn variables_that_are_none_are_refused_where_they_stand() {
    let refused = |more: &str, why: &str| {
        let project = Project::of_guest(&guest("hello_wasi_rust", ""), more);
        let said = project.flux(&["run"]);
        assert_eq!(said.status, 1, "{said:?}");
        assert!(said.stderr.contains(why), "{said:?}");
    };
    refused("[guests.g.env]\n\"A=B\" = \"c\"\n", "'A=B' is no environment variable");
    refused(
        "[guests.v]\nsource = \"v.js\"\nengine = \"v8\"\n[guests.v.env]\nA = \"b\"\n",
        "a guest on V8 has no environment variables",
    );
}
