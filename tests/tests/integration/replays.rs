//! Replays: of the code that ran, of a changed build, and with nothing to act with.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};

use flux_runtime::Operations;
use serde_json::{Value, json};

use crate::shop::{Shop, ask, files, order, place, poll, set_price, tail, trace};
use crate::support::{Project, Said, Server, binary, guest, request_with, root};

/// A shop that has served one request of each kind and has stopped, and the execution of the order
/// for three pieces: the only one that shows the changed build's bug.
pub fn served() -> (Shop, String) {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    place(&server, 1, "ann@example.org", 201);
    let three = place(&server, 3, "bob@example.org", 201);
    place(&server, 1, "broke@example.org", 502);
    let unpriced = "{\"sku\":\"coffee\",\"quantity\":1,\"email\":\"ann@example.org\"}";
    assert_eq!(ask(&server, "POST", "/orders", unpriced).status, 404);
    place(&server, 0, "ann@example.org", 422);
    assert_eq!(ask(&server, "GET", "/orders", "").status, 200);
    let is_done = |it: &Value| it["kind"] == "job" && it["outcome"] == "returned";
    poll("both receipts", || {
        (tail(&shop.project).iter().filter(|it| is_done(it)).count() == 2).then_some(())
    });
    server.stop();
    (shop, three.execution.expect("an id"))
}

/// The changed build, as an argument.
fn changed() -> String {
    guest("orders_rust", "changed").display().to_string()
}

fn verdicts(report: &Value) -> Vec<(&str, &str)> {
    let executions = report["executions"].as_array().expect("a report has executions");
    executions.iter().map(|it| (text(&it["id"]), text(&it["verdict"]))).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[test]
fn the_code_that_ran_does_the_same_again() {
    let (shop, _) = served();
    let recorded = tail(&shop.project);
    let (status, report) = shop.project.flux_json(&["replay", "--last", "20"]);
    assert_eq!((status, &report["pass"], &report["against"]), (0, &json!(true), &Value::Null), "{report}");
    let ids = |of: &[Value]| of.iter().map(|it| it["id"].clone()).collect::<Vec<_>>();
    let replayed = report["executions"].as_array().expect("executions");
    assert_eq!(recorded.len(), 9, "seven requests and two receipts");
    assert_eq!(ids(replayed), ids(&recorded));
    for (it, before) in replayed.iter().zip(&recorded) {
        assert_eq!(it["verdict"], "identical", "{it}");
        assert_eq!(
            (&it["calls"]["answered"], &it["calls"]["recorded"]),
            (&before["calls"], &before["calls"])
        );
        assert_eq!((&it["unfaithful"], &it["outputDiffers"]), (&json!(false), &json!(false)));
    }
}

#[test]
fn a_changed_build_diverges_where_its_bug_shows_and_nowhere_else() {
    let (shop, three) = served();
    let (status, report) = shop.project.flux_json(&["replay", "--last", "20", "--against", &changed()]);
    assert_eq!((status, &report["pass"]), (1, &json!(false)), "{report}");
    for (id, verdict) in verdicts(&report) {
        assert_eq!(verdict, if id == three { "diverged" } else { "identical" }, "{id}: {report}");
    }
    let executions = report["executions"].as_array().expect("executions");
    let diverged = executions.iter().find(|it| it["id"] == json!(three)).expect("it was replayed");
    let first = &diverged["divergences"][0];
    assert_eq!((&first["code"], &first["kind"]), (&json!("FLX0401"), &json!("changed")));
    assert_eq!((&first["function"], &first["index"]), (&json!("fetch.send"), &json!(1)));
    let difference = json!([{ "path": "fetch.send.body.amount_cents", "kind": "value", "recorded": "3750", "replayed": "1250" }]);
    assert_eq!(first["differences"], difference);
    let codes: Vec<_> =
        diverged["divergences"].as_array().expect("all of them").iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["FLX0401", "FLX0401", "FLX0405"], "the insert and the answer differ too");
}

/// `flux` in a network namespace with no interface up.
fn without_network(project: &Project, args: &[&str]) -> Said {
    let permitted = Command::new("unshare")
        .args(["-n", "--", "true"])
        .output()
        .expect("unshare (util-linux) is installed");
    let why = String::from_utf8_lossy(&permitted.stderr);
    assert!(permitted.status.success(), "this test needs a network namespace: run it as root ({why})");
    let mut command = Command::new("unshare");
    command.args(["-n", "--"]).arg(binary("flux")).arg("-C").arg(project.path()).args(args);
    command.output().expect("unshare runs").into()
}

#[test]
fn a_replay_needs_no_database_no_endpoint_and_no_network() {
    let (Shop { project, payments }, _) = served();
    let against = changed();
    let replay = ["replay", "--last", "20", "--against", &against];
    let before = [project.flux(&replay), project.flux(&[&replay[..], &["--json"]].concat())];
    drop(payments);
    std::fs::rename(project.path().join(".flux/data"), project.path().join("moved")).expect("they move away");
    let after =
        [without_network(&project, &replay), without_network(&project, &[&replay[..], &["--json"]].concat())];
    for (before, after) in before.iter().zip(&after) {
        assert!(before.stdout.contains("3750"), "{before:?}");
        assert_eq!((&before.stdout, before.status), (&after.stdout, after.status), "{after:?}");
    }
    assert!(!project.path().join(".flux/data").exists(), "a replay made a database");
    let said = without_network(&project, &["replay", "--last", "20"]);
    assert_eq!(said.status, 0, "{said:?}");
}

#[test]
fn a_replay_changes_nothing_that_was_stored() {
    let (shop, _) = served();
    let stored = || {
        let mut found = files(&shop.project.path().join(".flux"));
        // The index of a write-ahead log says who reads; it is no data.
        found.retain(|path, _| !path.display().to_string().ends_with("-shm"));
        found.retain(|_, bytes| !bytes.is_empty());
        found
    };
    let before = stored();
    assert!(before.keys().any(|path| path.ends_with("data/orders.db")), "{:?}", before.keys());
    assert_eq!(shop.project.flux(&["replay", "--last", "20"]).status, 0);
    assert_eq!(shop.project.flux(&["replay", "--last", "20", "--against", &changed()]).status, 1);
    let after = stored();
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (path, bytes) in &before {
        assert!(&after[path] == bytes, "{} changed", path.display());
    }
}

#[test]
fn replays_one_by_one_and_at_once_give_one_report() {
    let (shop, _) = served();
    let against = changed();
    let replay =
        |jobs| shop.project.flux(&["replay", "--last", "20", "--against", &against, "--json", "-j", jobs]);
    let (one, four) = (replay("1"), replay("4"));
    assert_eq!((one.status, four.status), (1, 1), "{one:?}");
    assert_eq!(one.stdout, four.stdout);
}

/// The journal of an execution, as a file.
fn export(project: &Project, id: &str, file: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let journal = runtime.block_on(async {
        let operations = Operations::open(project.path()).expect("flux.toml");
        operations.journal(id).await.expect("the records are read").1
    });
    std::fs::write(file, journal).expect("it is written");
}

#[test]
fn recordings_replay_from_files_and_folders() {
    let (shop, three) = served();
    let folder = shop.project.path().join("recordings");
    std::fs::create_dir(&folder).expect("a folder");
    let ids: Vec<_> =
        tail(&shop.project).iter().take(3).map(|it| it["id"].as_str().expect("an id").to_owned()).collect();
    for id in &ids {
        export(&shop.project, id, &folder.join(format!("{id}.fluj")));
    }
    std::fs::write(folder.join("README"), "not a recording").expect("it is written");
    let file = folder.join("three.fluj");
    export(&shop.project, &three, &file);
    let (status, report) =
        shop.project.flux_json(&["replay", &file.display().to_string(), "--against", &changed()]);
    assert_eq!((status, verdicts(&report)), (1, vec![(three.as_str(), "diverged")]));
    let (status, report) = shop.project.flux_json(&["replay", &folder.display().to_string()]);
    let mut expected: Vec<_> = ids.iter().map(|id| (id.as_str(), "identical")).collect();
    expected.push((&three, "identical"));
    assert_eq!((status, verdicts(&report)), (0, expected));
}

/// The elements of a document, with their attributes; panics where it is not well-formed.
fn elements(xml: &str) -> Vec<String> {
    let body = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        let entities = text.split('&').skip(1).chain(tag.split('&').skip(1));
        let known = ["amp;", "lt;", "gt;", "quot;"];
        entities.for_each(|entity| assert!(known.iter().any(|known| entity.starts_with(known)), "&{entity}"));
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default().to_owned();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{xml}");
            continue;
        }
        assert!(tag.matches('"').count() % 2 == 0, "{tag}");
        found.push(tag.to_owned());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} are never closed: {xml}");
    found
}

#[test]
fn a_junit_report_has_a_case_for_every_execution() {
    let (shop, three) = served();
    let file = shop.project.path().join("report.xml");
    let file_text = file.display().to_string();
    let said = shop.project.flux(&["replay", "--last", "20", "--against", &changed(), "--junit", &file_text]);
    assert_eq!(said.status, 1, "{said:?}");
    let found = elements(&std::fs::read_to_string(&file).expect("it is written"));
    let heading = "testsuite name=\"flux replay\" tests=\"9\" failures=\"1\" errors=\"0\"";
    assert_eq!(found[0].trim_end(), heading);
    assert_eq!(found.iter().filter(|tag| tag.starts_with("testcase ")).count(), 9);
    let failure = found.iter().position(|tag| tag == "failure type=\"diverged\"").expect("a failure");
    assert!(found[failure - 1].contains(&three), "{found:?}");
}

/// What no byte of the data folder may have.
const AUTHORIZATION: &str = "Bearer the-client-s-token-81e2";
const SECRET: &str = "the-key-of-the-shop-5f0c";
const COOKIE: &str = "session-of-the-payments-77ab";

/// A payment endpoint that sets a cookie, and passes on each request as it came.
fn listening_payments() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, requests) = channel();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| charge(stream, &sender)));
    (url, requests)
}

fn charge(mut stream: TcpStream, requests: &Sender<String>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        head += &std::mem::take(&mut line);
    }
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).expect("a body");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nset-cookie: s={COOKIE}\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    stream.write_all(answer.as_bytes()).expect("it is answered");
    // The test may be over.
    let _ = requests.send(head);
}

/// orders with a secret.
fn with_secret() -> Project {
    let project = Project::orders();
    let path = project.path().join("flux.toml");
    let text = std::fs::read_to_string(&path).expect("flux.toml");
    let text = text + "\n[secrets]\npayments_key = { env = \"TEST_PAYMENTS_KEY\" }\n";
    std::fs::write(&path, text).expect("flux.toml");
    project
}

/// The files of the data folder that have a text in them.
fn with_text(project: &Project, text: &str) -> Vec<PathBuf> {
    let mut found = files(&project.path().join(".flux"));
    found.retain(|_, bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()));
    found.into_keys().collect()
}

/// A header that is kept, and so shows that records are looked at.
const KEPT: &str = "this-is-in-the-record-93d1";

/// An order with an authorization header; the execution's id, and the payment's request.
fn pay(project: &Project) -> (Server, String, String) {
    let (url, requests) = listening_payments();
    let server = project.serve(&[("FLUX_CONFIG_PAYMENTS_URL", &url), ("TEST_PAYMENTS_KEY", SECRET)]);
    set_price(&server);
    let headers = format!("authorization: {AUTHORIZATION}\r\nx-kept: {KEPT}\r\n");
    let body = order(3, "ann@example.org");
    let answer = request_with(&server.http, "POST", "/orders", &headers, &body).expect("it is answered");
    assert_eq!(answer.status, 201);
    let sent = requests.recv().expect("the payment was asked for");
    (server, answer.execution.expect("an id"), sent)
}

#[test]
fn what_is_secret_is_nowhere_in_the_data_folder() {
    let project = with_secret();
    let (server, id, sent) = pay(&project);
    assert!(sent.contains(&format!("Bearer {SECRET}")), "the guest has the real secret: {sent}");
    // The first time with the journal as it is in the spool, the second with the record store.
    assert!(!with_text(&project, KEPT).is_empty(), "the journal is not where this looks");
    assert_secret(&project);
    server.stop();
    assert_secret(&project);
    let file = project.path().join(".flux/exported.fluj");
    export(&project, &id, &file);
    assert!(with_text(&project, KEPT).contains(&file));
    assert_secret(&project);
    let events = json!(trace(&project, &id)).to_string();
    let hidden = events.matches("redacted-").count();
    assert!(hidden >= 2, "the header and the cookie: {events}");
    assert!(events.contains("Bearer secret-payments_key-"), "what was sent, by reference: {events}");
    let (status, report) = project.flux_json(&["replay", "--last", "20"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
    assert!(verdicts(&report).iter().all(|(_, it)| *it == "identical"), "{report}");
}

fn assert_secret(project: &Project) {
    for text in ["the-client-s-token-81e2", SECRET, COOKIE] {
        assert_eq!(with_text(project, text), Vec::<PathBuf>::new(), "{text}");
    }
}

#[test]
fn recordings_of_every_version_are_still_read() {
    let project = Project::new("[app]\nname = \"old\"\n");
    let folder = root().join("tests/recordings/1.0");
    let found = files(&root().join("tests/recordings"));
    assert!(found.len() >= 4, "{:?}", found.keys());
    for path in found.keys() {
        let path = path.display().to_string();
        let events = trace(&project, &path);
        assert_eq!(events[0]["event"], "begin", "{path}");
        let said = project.flux(&["trace", &path]);
        assert!(said.status == 0 && said.stdout.starts_with("execution "), "{path}: {said:?}");
    }
    let events = trace(&project, &folder.join("order.fluj").display().to_string());
    assert_eq!(events.last().map(|end| &end["event"]), Some(&json!("end")));
}
