//! What must not be written, through everything that a guest can do with it.

use std::path::Path;

use flux_runtime::{Operations, Query};
use serde_json::{Value, json};

use crate::shop::{files, poll, tail};
use crate::support::{Answer, Payments, Project, Server, guest, request_with, root};

/// The secret of the payment service, and what people send: none of it may be written.
const KEY: &str = "sk-live-0451-hush";
const BEARER: &str = "bearer-of-zoe-777";
const SESSION: &str = "session-5f0c-1122";
const EMAIL: &str = "zoe.quill+shop@mail.example";
const CARD: &str = "4929 4212 3460 0821";
const ACCOUNT: &str = "8820114477";

/// All of them, and the address as a URL has it.
const HIDDEN: [&str; 7] = [KEY, BEARER, SESSION, EMAIL, CARD, ACCOUNT, "zoe.quill+shop%40mail.example"];

/// Where Flux keeps what it writes of executions, journals decompressed: pieces of bytes with a name. The
/// guest's own databases, in `data`, have to have the data; the keys are no record.
pub fn written(project: &Project) -> Vec<(String, Vec<u8>)> {
    let folder = project.path().join(".flux");
    let ours = |path: &Path| !path.starts_with(folder.join("data")) && !path.ends_with("redaction.keys");
    let found = files(&folder).into_iter().filter(|(path, _)| ours(path));
    let mut found: Vec<_> = found.map(|(path, bytes)| (path.display().to_string(), bytes)).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    found.extend(runtime.block_on(async {
        let operations = Operations::open(project.path()).expect("flux.toml");
        let mut journals = Vec::new();
        for execution in operations.executions(&Query::default()).await.expect("the records are read") {
            let (id, journal) = operations.journal(&execution.id).await.expect("it is read");
            journals.push((id.to_string(), journal));
        }
        journals
    }));
    found
}

/// Fails where one of the values stands in what was written.
#[track_caller]
pub fn assert_hidden(written: &[(String, Vec<u8>)], values: &[&str]) {
    for (name, bytes) in written {
        for value in values {
            let at = bytes.windows(value.len()).position(|window| window == value.as_bytes());
            assert_eq!(at, None, "'{value}' is in {name}");
        }
    }
}

/// guests/private_rust, which copies what it is sent wherever it can.
struct Private {
    project: Project,
    payments: Payments,
}

impl Private {
    fn new() -> Self {
        Self::with(|text| text)
    }

    fn with(change: impl FnOnce(String) -> String) -> Self {
        let source = root().join("guests/private_rust");
        let text = std::fs::read_to_string(source.join("flux.toml")).expect("it has a flux.toml");
        let component = guest("private_rust", "").display().to_string();
        let text = text.replace("source = \".\"", &format!("source = {component:?}"));
        let project = Project::new(&change(text));
        std::fs::create_dir(project.path().join("migrations")).expect("a folder");
        let migration = "migrations/0001_people.sql";
        std::fs::copy(source.join(migration), project.path().join(migration)).expect("it is copied");
        Self { project, payments: Payments::start() }
    }

    fn serve(&self) -> Server {
        self.project.serve(&[("FLUX_CONFIG_PAYMENTS_URL", &self.payments.url), ("PAYMENTS_KEY", KEY)])
    }

    /// Every execution replays identically, its output included.
    #[track_caller]
    fn assert_identical(&self) {
        let (status, report) = self.project.flux_json(&["replay", "--last", "100"]);
        assert_eq!(status, 0, "{report:#}");
        for execution in report["executions"].as_array().expect("executions") {
            assert_eq!(execution["verdict"], "identical", "{execution:#}");
            assert_eq!(execution["outputDiffers"], json!(false), "{execution:#}");
        }
    }
}

fn send(server: &Server, path: &str, id: &str) -> Answer {
    let headers = format!("authorization: Bearer {BEARER}\r\ncookie: session={SESSION}\r\n");
    let body = format!(
        "{{\"id\": \"{id}\",\"email\":\"{EMAIL}\" , \"card\":\"{CARD}\", \"account\": {ACCOUNT}, \"plan\": \"tea\"}}"
    );
    request_with(&server.http, "POST", path, &headers, &body).expect("it is answered")
}

/// One that joins, one that is there already, one that panics, and the job of the first.
fn serve_all(private: &Private, server: &Server) {
    let joined = send(server, "/join", "p1");
    let body = String::from_utf8_lossy(&joined.body);
    assert_eq!(joined.status, 201, "{body}");
    let has = |text: &str| assert!(body.contains(text), "the client gets its own data: {body}");
    [KEY, SESSION, EMAIL, CARD].iter().for_each(|text| has(text));
    assert_eq!(send(server, "/join", "p2").status, 409);
    assert_eq!(send(server, "/panic", "p3").status, 500);
    let is_done = |it: &Value| it["kind"] == "job" && it["outcome"] == "returned";
    poll("the job", || tail(&private.project).iter().any(is_done).then_some(()));
}

#[test]
fn nothing_of_it_is_in_what_flux_writes_and_replays_are_identical() {
    let private = Private::new();
    let server = private.serve();
    serve_all(&private, &server);
    let said = server.stop();
    assert!(said.stderr.contains("no room for redacted-"), "{said:?}");
    assert_hidden(&[("stderr".to_owned(), said.stderr.into_bytes())], &HIDDEN);
    let written = written(&private.project);
    assert!(written.len() >= 7, "four journals, records, spool: {}", written.len());
    assert_hidden(&written, &HIDDEN);
    private.assert_identical();
}

/// A dump as an operator makes it; its journals are in hexadecimal digits.
fn dump(url: &str) -> Vec<u8> {
    let output = std::process::Command::new("pg_dump").arg(url).output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn nothing_of_it_is_in_a_dump_of_a_shared_record_store() {
    let Some(database) = crate::backends::database() else { return };
    let record = format!("[record]\npostgres = {:?}\n[record.redact]", database.url());
    let private = Private::with(|text| text.replace("[record.redact]", &record));
    let server = private.serve();
    serve_all(&private, &server);
    server.stop();
    assert_hidden(&written(&private.project), &HIDDEN);
    let dump = dump(&database.url());
    let text = String::from_utf8_lossy(&dump);
    let journal: String = b"redacted".iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(text.contains("COPY flux.executions") && text.contains(&journal), "the journals are in the dump");
    let hex = HIDDEN.map(|value| value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
    let values = [&HIDDEN[..], &hex.each_ref().map(String::as_str)].concat();
    assert_hidden(&[("the dump".to_owned(), dump)], &values);
    private.assert_identical();
}

#[test]
fn what_was_recorded_before_and_after_a_rotation_replays_under_its_own_key() {
    let private = Private::new();
    let server = private.serve();
    serve_all(&private, &server);
    let token = |it: &str| {
        let at = it.find("redacted-").expect("a stand-in");
        it[at..at + 41].to_owned()
    };
    let email = |path: &str, id: &str| {
        let execution = send(&server, path, id).execution.expect("an id");
        token(&private.project.flux(&["trace", &execution, "--full"]).stdout)
    };
    let before = email("/panic", "p4");
    assert_eq!(email("/panic", "p5"), before);
    // Longer than the server takes to see it: it looks once a second.
    let (status, keys) = private.project.flux_json(&["keys", "rotate", "--after", "3s"]);
    assert_eq!((status, &keys["keys"][1]["state"]), (0, &json!("next")), "{keys}");
    // Nobody tells when it is valid: the tokens do.
    poll("the new key", || (email("/join", "p6") != before).then_some(()));
    server.stop();
    assert_hidden(&written(&private.project), &HIDDEN);
    private.assert_identical();
}

#[test]
fn a_build_that_writes_to_somebody_else_diverges_and_shows_neither() {
    let private = Private::new();
    let server = private.serve();
    serve_all(&private, &server);
    server.stop();
    let changed = guest("private_rust", "changed").display().to_string();
    let (status, report) = private.project.flux_json(&["replay", "--last", "100", "--against", &changed]);
    assert_eq!(status, 1, "{report}");
    let executions = report["executions"].as_array().expect("executions");
    for it in executions {
        let expected = if it["kind"] == "job" { "diverged" } else { "identical" };
        assert_eq!(it["verdict"], expected, "{it:#}");
    }
    let text = report.to_string();
    assert_hidden(&[("the report".to_owned(), text.into_bytes())], &HIDDEN);
}

#[test]
fn a_scan_finds_what_an_older_policy_let_through_and_says_where() {
    let strict = "json = [\"email\", \"**.card\", \"account\"]\ncolumns = [\"email\", \"main.card\"]\nbuckets = [\"sessions\"]\n";
    let private = Private::with(|text| {
        assert!(text.contains(strict), "{text}");
        text.replace(strict, "headers = []\n")
    });
    let server = private.serve();
    serve_all(&private, &server);
    server.stop();
    let scan = |arguments: &[&str], key: &str| {
        let mut command = private.project.command(&[&["scan", "--json"], arguments].concat());
        let said = crate::support::Said::from(command.env("PAYMENTS_KEY", key).output().expect("flux runs"));
        assert_hidden(&[("the scan".to_owned(), said.stdout.clone().into_bytes())], &HIDDEN);
        (said.status, serde_json::from_str::<Value>(&said.stdout).expect("JSON"))
    };
    let (status, report) = scan(&[], KEY);
    assert_eq!((status, &report["found"]), (0, &json!(0)), "{report}");
    let toml = private.project.path().join("flux.toml");
    let text = std::fs::read_to_string(&toml).expect("it has one");
    std::fs::write(&toml, text.replace("headers = []\n", strict)).expect("it is written");
    let (status, report) = scan(&[], KEY);
    assert_eq!((status, &report["executions"]), (1, &json!(4)));
    let findings = report["findings"].as_array().expect("findings");
    let found =
        |event: &str, path: &str| findings.iter().any(|it| it["event"] == event && it["path"] == path);
    for (event, path) in [
        ("begin", "trigger.body.email"),
        ("begin", "trigger.body.account"),
        ("begin", "trigger.headers.authorization"),
        ("call 0", "kv.bucket.set[1]"),
        ("output", "info"),
        ("end", "response.body.email"),
        ("end", "message"),
    ] {
        assert!(found(event, path), "{event} {path}: {report:#}");
    }
    // A value that is in the clear, taken for a secret.
    let (status, report) = scan(&["--files"], EMAIL);
    let kinds: Vec<_> =
        report["findings"].as_array().expect("findings").iter().map(|it| &it["kind"]).collect();
    assert_eq!(status, 1);
    assert!(kinds.contains(&&json!("secret")) && report["files"].as_u64() > Some(3), "{report:#}");
    let (_, report) = scan(&["--patterns", "--last", "1"], KEY);
    assert_eq!(report["executions"], json!(1));
    let mut command = private.project.command(&["scan", "--json"]);
    let said = crate::support::Said::from(command.env_remove("PAYMENTS_KEY").output().expect("flux runs"));
    let report: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(report["unchecked"][0]["secret"], "payments_key", "{report}");
    assert_eq!(said.status, 1, "what was found goes before what was not looked for");
    std::fs::write(&toml, text).expect("it is written");
    let mut command = private.project.command(&["scan"]);
    let said = crate::support::Said::from(command.env_remove("PAYMENTS_KEY").output().expect("flux runs"));
    assert_eq!(said.status, 3, "nothing was found, and the secret was not looked for: {said:?}");
}

#[test]
fn keys_are_listed_rotated_and_forgotten_and_never_shown() {
    let project = Project::new("[app]\nname = \"t\"\n");
    let said = project.flux(&["keys", "list"]);
    assert_eq!((said.status, said.stdout.as_str()), (0, "ID\tFROM\tSTATE\n"));
    assert!(said.stderr.contains("the first flux run makes one, or: flux keys rotate"), "{said:?}");
    let (status, none) = project.flux_json(&["keys", "list"]);
    assert_eq!((status, &none["keys"]), (0, &json!([])));
    let ids = |keys: &Value| -> Vec<(String, String)> {
        let keys = keys["keys"].as_array().expect("keys").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        keys.map(|key| (text(&key["id"]), text(&key["state"]))).collect()
    };
    let (_, keys) = project.flux_json(&["keys", "rotate"]);
    let [first, second] = &ids(&keys)[..] else { panic!("{keys}") };
    assert_eq!((first.1.as_str(), second.1.as_str()), ("in use", "next"));
    let refused = project.flux(&["keys", "forget", &first.0, "--yes"]);
    assert!(refused.status == 1 && refused.stderr.contains("is not retired"), "{refused:?}");
    let (_, keys) = project.flux_json(&["keys", "rotate", "--after", "0s"]);
    assert_eq!(ids(&keys).len(), 2, "a key that was not valid yet gave way");
    let asked = project.flux(&["keys", "forget", &first.0]);
    assert!(asked.stderr.contains(&format!("flux keys forget {} --yes", first.0)), "{asked:?}");
    let (status, keys) = project.flux_json(&["keys", "forget", &first.0, "--yes"]);
    assert_eq!((status, ids(&keys).len()), (0, 1));
    let ring = std::fs::read_to_string(project.path().join(".flux/redaction.keys")).expect("a ring");
    let key = ring.lines().nth(1).and_then(|line| line.rsplit(' ').next()).expect("a key");
    let listed = project.flux(&["keys", "list"]);
    assert!(key.len() == 64 && !listed.stdout.contains(key), "{listed:?}");
}
