//! Recordings as files that replay anywhere, retention, and where configuration comes from.

use serde_json::json;

use crate::backends::database;
use crate::shop::{ask, tail};
use crate::support::{Project, guest};

fn trouble(more: &str) -> Project {
    Project::of_guest(&guest("trouble_rust", ""), more)
}

/// Three executions, of which the second fails.
fn three(project: &Project) {
    let server = project.serve(&[]);
    for (path, status) in [("/calls?n=1", 200), ("/panic", 500), ("/calls?n=2", 200)] {
        assert_eq!(ask(&server, "GET", path, "").status, status, "{path}");
    }
    server.stop();
}

#[test]
fn exported_recordings_replay_in_another_project() {
    let here = trouble("");
    three(&here);
    let folder = here.path().join("out");
    let to = folder.display().to_string();
    let (status, exported) = here.flux_json(&["records", "export", "--failed", "--to", &to]);
    assert_eq!((status, &exported["exported"]), (0, &json!(1)), "{exported}");
    let (_, exported) = here.flux_json(&["records", "export", "--to", &to]);
    assert_eq!(exported["exported"], json!(3), "{exported}");
    let there = trouble("");
    let component = guest("trouble_rust", "").display().to_string();
    let (status, report) = there.flux_json(&["replay", &to, "--against", &component]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
    assert_eq!(report["executions"].as_array().map(Vec::len), Some(3));
}

/// Prunes to the newest, with failures kept, and then without.
fn assert_pruned(project: &Project) {
    three(project);
    let prune = ["records", "prune", "--keep", "1", "--keep-failed", "1day"];
    let refused = project.flux(&prune);
    assert!(refused.status == 1 && refused.stderr.contains("1 execution would be deleted"), "{refused:?}");
    assert_eq!(tail(project).len(), 3);
    let (status, pruned) = project.flux_json(&[&prune[..], &["--yes"]].concat());
    assert_eq!((status, &pruned["executions"]), (0, &json!(1)), "{pruned}");
    let outcomes: Vec<_> = tail(project).iter().map(|it| it["outcome"].clone()).collect();
    assert_eq!(outcomes, [json!("trap"), json!("returned")]);
    let (_, pruned) = project.flux_json(&["records", "prune", "--keep", "1", "--yes"]);
    assert_eq!(pruned["executions"], json!(1), "{pruned}");
    assert_eq!(tail(project).len(), 1);
    let nothing = project.flux(&["records", "prune"]);
    assert!(
        nothing.status == 1 && nothing.stderr.contains("hint: set it here (--older-than 30days)"),
        "{nothing:?}"
    );
}

#[test]
fn retention_keeps_the_newest_and_failures_longer() {
    assert_pruned(&trouble(""));
}

#[test]
fn retention_is_the_same_on_postgres() {
    let Some(database) = database() else { return };
    assert_pruned(&trouble(&format!("[record]\npostgres = {:?}\n", database.url())));
}

#[test]
fn another_node_of_one_record_store_sees_and_replays_what_this_one_recorded() {
    let Some(database) = database() else { return };
    let node = |name: &str| trouble(&format!("[record]\nnode = {name:?}\npostgres = {:?}\n", database.url()));
    let (here, there) = (node("here"), node("there"));
    three(&here);
    assert_eq!(tail(&there).len(), 3);
    // It has never loaded the guest: its bytes come from the store too.
    let (status, report) = there.flux_json(&["replay", "--last", "3"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
    let executions = report["executions"].as_array().expect("executions");
    assert!(executions.iter().all(|it| it["verdict"] == "identical"), "{report}");
}

#[test]
fn configuration_comes_from_the_environment_then_the_last_file_then_flux_toml() {
    let greeting = |files: &str, variables: &[(&str, &str)]| {
        let project = trouble("[config]\ngreeting = \"flux.toml\"\n");
        for name in ["first", "last"] {
            let file = project.path().join(format!("{name}.toml"));
            std::fs::write(file, format!("greeting = \"{name}\"\n")).expect("a file");
        }
        crate::backends::replace(&project, &[("name = \"test\"", &format!("name = \"test\"\n{files}"))]);
        let server = project.serve(variables);
        let body = ask(&server, "GET", "/stream", "").body;
        server.stop();
        let text = String::from_utf8(body).expect("text");
        text.lines().find_map(|line| line.strip_prefix("config ")).expect("its line").to_owned()
    };
    let files = "config-files = [\"first.toml\", \"last.toml\"]";
    assert_eq!(greeting("", &[]), "Some(\"flux.toml\")");
    assert_eq!(greeting(files, &[]), "Some(\"last\")");
    assert_eq!(greeting(files, &[("FLUX_CONFIG_GREETING", "environment")]), "Some(\"environment\")");
}
