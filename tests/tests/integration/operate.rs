//! What an operator asks: which execution, which build, which job; where there is no project; and how answers look.

use std::path::Path;
use std::process::{Command, Stdio};

use flux_recorder::{Begin, Digest, Encode, End, Event, Trigger, returned, write_journal};
use flux_store::{Records, Shipment};
use flux_test_services::skip;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::backends::replace;
use crate::replays::served;
use crate::shop::{Shop, ask, mailed, order_id, place, poll, set_price, tail};
use crate::support::{Project, Said, binary, cache, guest};

/// `flux` in a folder that is no project.
fn outside(folder: &Path, args: &[&str]) -> Said {
    let mut command = Command::new(binary("flux"));
    command.current_dir(folder).args(args).env("FLUX_CACHE", cache()).stdin(Stdio::null());
    command.output().expect("flux runs").into()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[test]
fn the_end_of_an_id_as_it_is_shown_names_an_execution_everywhere() {
    let (shop, _) = served();
    let table = shop.project.flux(&["tail", "-n", "1"]).stdout;
    let row = table.lines().nth(1).expect("a row");
    let shown = row.split('\t').next().expect("an id");
    assert_eq!(shown.len(), 12, "{table}");
    let (_, traced) = shop.project.flux_json(&["trace", shown]);
    assert!(text(&traced["events"][0]["id"]).ends_with(shown), "{traced}");
    let (status, report) = shop.project.flux_json(&["replay", shown]);
    assert_eq!((status, &report["replayed"]), (0, &json!(1)), "{report}");
    let (status, scan) = shop.project.flux_json(&["scan", shown]);
    assert_eq!((status, &scan["executions"]), (0, &json!(1)), "{scan}");
}

#[test]
fn the_end_of_a_job_s_id_names_it() {
    let project = Project::of_guest(&guest("trouble_rust", ""), "[queues.mail]\nguest = \"g\"\n");
    let (_, sent) = project.flux_json(&["queue", "send", "mail", "hello"]);
    let id = text(&sent["id"]);
    let (status, job) = project.flux_json(&["queue", "show", "mail", &id[24..]]);
    assert_eq!((status, &job["id"], &job["payload"]), (0, &sent["id"], &json!("hello")), "{job}");
    let (_, other) = project.flux_json(&["queue", "send", "mail", "hello"]);
    let both = text(&other["id"]).chars().zip(id.chars()).take_while(|(a, b)| a == b);
    let both: String = both.map(|(letter, _)| letter).collect();
    let said = project.flux(&["queue", "show", "mail", &both]);
    assert!(said.stderr.contains("beginning or the end of several jobs"), "{said:?}");
    assert!(said.stderr.contains(id) && said.stderr.contains(text(&other["id"])), "{said:?}");
}

/// A journal with one call between many inputs.
fn journal(id: u128) -> Vec<u8> {
    let begin = Begin {
        id: Uuid::from_u128(id),
        parent: None,
        guest: Digest([1; 32]),
        engine: "none".to_owned(),
        seed: [0; 32],
        started_ns: 1,
        trigger: Trigger { kind: "http".to_owned(), name: "GET /".to_owned(), input: ().to_canonical() },
    };
    let (time, args) = (7_u64.to_canonical(), ("prices", "tea").to_canonical());
    let result = Ok::<_, String>(b"{\"cents\": 1250}".to_vec()).to_canonical();
    let input = |stream| Event::Ambient { stream, value: &time };
    let mut events = vec![Event::Begin(Box::new(begin))];
    events.extend((0..50).flat_map(|_| [input("wasi.monotonic"), input("wasi.poll")]));
    events.push(Event::Call { seq: 0, function: "kv.bucket.get", args: &args });
    events.push(Event::Return { seq: 0, elapsed_ns: 1, result: &result });
    events.push(input("wasi.monotonic"));
    events.push(Event::End(End { outcome: returned(&vec![b'x'; 500]), elapsed_ns: 1, peak_memory: 0 }));
    write_journal(events)
}

const OF_2020: u128 = 0x016f_5e66_e800_7000_8000_0000_0000_0000;

#[test]
fn an_ambiguous_id_lists_what_it_may_mean() {
    let project = Project::new("[app]\nname = \"t\"\n");
    let ids = [OF_2020 + 0xabc_def0, OF_2020 + 0xabc_def1];
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    std::fs::create_dir(project.path().join(".flux")).expect("a folder");
    runtime.block_on(async {
        let records = Records::open(project.path().join(".flux/records.db").as_path()).await;
        let records = records.expect("the records");
        let shipments = ids.map(|id| Shipment::read(Uuid::from_u128(id), journal(id)).expect("a shipment"));
        records.insert_batch(shipments.to_vec()).await.expect("they are shipped");
        records.close().await;
    });
    let said = project.flux(&["trace", "016f5e66"]);
    assert_eq!(said.status, 1);
    assert!(said.stderr.starts_with("error: '016f5e66' is the beginning or the end of several executions"));
    for id in ids {
        assert!(said.stderr.contains(&Uuid::from_u128(id).to_string()), "{said:?}");
    }
    assert_eq!(project.flux(&["trace", "abcdef1"]).status, 0, "more digits tell them apart");
}

#[test]
fn inputs_fold_and_nothing_is_cut_in_a_pipe() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("one.fluj"), journal(OF_2020)).expect("it is written");
    let said = outside(folder.path(), &["trace", "one.fluj"]);
    assert_eq!(said.status, 0, "a file needs no project: {said:?}");
    let inputs: Vec<_> = said.stdout.lines().filter(|line| line.contains("wasi.monotonic")).collect();
    let folded = "   . 100 inputs: wasi.monotonic x50, wasi.poll x50  (each: --inputs)";
    assert_eq!(inputs, [folded, "   . wasi.monotonic = 7"], "{said:?}");
    assert!(said.stdout.contains(&"x".repeat(500)), "{said:?}");
    let whole = outside(folder.path(), &["trace", "one.fluj", "--inputs"]);
    assert_eq!(whole.stdout.matches("wasi.monotonic = 7").count(), 51, "{whole:?}");
    let said = outside(folder.path(), &["trace", "one.fluj", "--json"]);
    let traced: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let event = |kind: &str| {
        traced["events"].as_array().expect("events").iter().find(|it| it["event"] == kind).expect("one")
    };
    assert_eq!(event("call")["args"], json!(["prices", "tea"]));
    assert_eq!(event("return")["result"], json!({ "ok": { "cents": 1250 } }));
}

#[test]
fn the_newest_execution_is_traced_by_what_it_has_in_common() {
    let (shop, _) = served();
    let first = |args: &[&str]| {
        let (status, traced) = shop.project.flux_json(&[&["trace", "--last"], args].concat());
        assert_eq!(status, 0, "{traced}");
        traced["events"][0].clone()
    };
    let recorded = tail(&shop.project);
    assert_eq!(first(&[])["id"], recorded.last().expect("some")["id"]);
    let failed = first(&["--route", "POST /orders", "--status", "502"]);
    assert_eq!((&failed["name"], &failed["kind"]), (&json!("POST /orders"), &json!("http")));
    assert_eq!(first(&["--guest", "orders", "--route", "receipts"])["kind"], "job");
    let said = shop.project.flux(&["trace", "--last", "--guest", "order"]);
    assert!(said.stderr.contains("hint: there are: orders"), "{said:?}");
    let (_, several) = shop.project.flux_json(&["trace", "--last", "2"]);
    assert_eq!(several.as_array().map(Vec::len), Some(2));
    let nothing = shop.project.flux(&["trace"]);
    assert!(nothing.stderr.contains("flux trace --last"), "{nothing:?}");
}

#[test]
fn a_job_names_its_sender_and_the_sender_its_job() {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    let answer = place(&server, 1, "ann@example.org", 201);
    place(&server, 2, "bob@example.org", 201);
    mailed(&server, &order_id(&answer));
    let sender = answer.execution.expect("an id");
    let job = poll("the job that the order sent", || {
        let (_, traced) = shop.project.flux_json(&["trace", &sender]);
        Some(traced["jobs"][0]["executions"][0].as_str()?.to_owned())
    });
    server.stop();
    let (_, traced) = shop.project.flux_json(&["trace", &job]);
    let expect = json!({ "id": sender, "kind": "http", "name": "POST /orders", "seq": 5 });
    assert_eq!(traced["sentBy"], expect, "{traced:#}");
    let said = shop.project.flux(&["trace", &job]);
    assert!(said.stdout.contains(&format!("sent by   {sender}  http POST /orders, call 5")), "{said:?}");
    let said = shop.project.flux(&["trace", &sender]);
    assert!(said.stdout.contains(&format!("job of receipts: run by {job}")), "{said:?}");
}

/// A project of two guests, the first of which ran in two builds, and the digests of these, the older first.
fn two_builds() -> (Project, [String; 2]) {
    let path = |name: &str| guest(name, "").display().to_string();
    let route = |route: &str, guest: &str| format!("[[http.routes]]\nroute = {route:?}\nguest = {guest:?}\n");
    let project = Project::new(&format!(
        "[app]\nname = \"two\"\n[guests.shop]\nsource = {:?}\n[guests.hello]\nsource = {:?}\n{}{}[kv.b]\nmemory = true\n",
        path("trouble_rust"),
        path("hello_rust"),
        route("GET /hello", "hello"),
        route("GET /{*rest}", "shop"),
    ));
    let once = |paths: &[&str]| {
        let server = project.serve(&[]);
        for path in paths {
            ask(&server, "GET", path, "");
        }
        server.stop();
    };
    once(&["/calls?n=1", "/hello"]);
    // The build of this name that ran before: the same code with another name for its bytes.
    let component = std::fs::read(guest("trouble_rust", "")).expect("a component");
    let other = project.path().join("other.wasm");
    // A custom section: an id of 0, a length, and a name.
    std::fs::write(&other, [component.as_slice(), b"\0\x05\x04note"].concat()).expect("it is written");
    replace(&project, &[(&path("trouble_rust"), "other.wasm")]);
    once(&["/calls?n=2", "/hello", "/hello", "/hello"]);
    let (_, guests) = project.flux_json(&["guests"]);
    let guests = guests.as_array().expect("a list").iter().filter(|it| it["name"] == "shop");
    let digests: Vec<_> = guests.map(|it| text(&it["digest"]).to_owned()).collect();
    let [new, old] = digests.try_into().expect("two builds");
    (project, [old, new])
}

#[test]
fn a_build_is_named_by_its_file_its_guest_its_version_or_its_digest() {
    let (project, [old, new]) = two_builds();
    let file = project.path().join("other.wasm").display().to_string();
    for (against, digest) in [
        (file.as_str(), &new),
        ("shop", &new),
        ("shop@previous", &old),
        (&old[..8], &old),
        (&format!("shop@{}", &old[..6]), &old),
    ] {
        let (status, report) = project.flux_json(&["replay", "--last", "2", "--against", against]);
        assert_eq!((status, &report["against"]), (0, &json!(digest)), "{against}: {report:#}");
        let names: Vec<_> =
            report["executions"].as_array().expect("some").iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["GET /{*rest}"; 2], "{against}: the last two of this guest");
    }
    let said = project.flux(&["replay", "--last", "2", "--against", "shpo"]);
    assert!(said.status == 2 && said.stderr.contains("a guest (hello, shop)"), "{said:?}");
    let said = project.flux(&["replay", "--last", "2", "--against", "hello@previous"]);
    assert!(said.stderr.contains("hint: see what ran here: flux guests"), "{said:?}");
    let said = project.flux(&["replay", "--last", "2", "--against", "nosuch.wasm"]);
    assert!(said.stderr.contains("cannot read nosuch.wasm"), "{said:?}");
}

#[test]
fn recordings_replay_where_there_is_no_project() {
    let project = Project::of_guest(&guest("trouble_rust", ""), "");
    let server = project.serve(&[]);
    ask(&server, "GET", "/calls?n=1", "");
    server.stop();
    let folder = TempDir::new().expect("a folder");
    let to = folder.path().join("exported").display().to_string();
    assert_eq!(project.flux(&["records", "export", "--to", &to]).status, 0);
    let component = guest("trouble_rust", "").display().to_string();
    let said = outside(folder.path(), &["replay", "exported", "--against", &component, "--json"]);
    let report: Value =
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    assert_eq!((said.status, &report["executions"][0]["verdict"]), (0, &json!("identical")), "{report:#}");
    let entries = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(entries, 1, "a replay of files leaves nothing behind");
    let said = outside(folder.path(), &["replay", "--last", "5"]);
    assert!(said.status == 2 && said.stderr.contains("FLX0202"), "{said:?}");
}

#[test]
fn what_a_selection_leaves_out_is_counted() {
    let project = Project::of_guest(&guest("trouble_rust", ""), "");
    let server = project.serve(&[]);
    ask(&server, "GET", "/calls?n=1", "");
    let address = server.http.strip_prefix("http://").expect("an address").to_owned();
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    std::io::Write::write_all(&mut stream, b"GET /sleep?ms=60000 HTTP/1.1\r\nhost: test\r\n\r\n")
        .expect("sent");
    poll("it runs", || tail(&project).iter().any(|it| it["outcome"] == "running").then_some(()));
    let (status, report) = project.flux_json(&["replay", "--last", "5"]);
    assert_eq!((status, &report["running"], &report["replayed"]), (0, &json!(1), &json!(1)), "{report:#}");
    server.kill();
    // The next start finds what was interrupted.
    project.serve(&[]).stop();
    let (status, report) = project.flux_json(&["replay", "--last", "5"]);
    assert_eq!(
        (status, &report["interrupted"], &report["replayed"]),
        (0, &json!(1), &json!(1)),
        "{report:#}"
    );
    let said = project.flux(&["replay", "--last", "5", "--failed"]);
    assert!(said.stderr.contains("no execution fits: 1 interrupted left out"), "{said:?}");
}

#[test]
fn a_code_is_explained_without_a_project() {
    let folder = TempDir::new().expect("a folder");
    let flux = |args: &[&str]| outside(folder.path(), args);
    let said = flux(&["explain", "404"]);
    assert!(said.status == 0 && said.stdout.starts_with("FLX0404: divergence: blocked\n"), "{said:?}");
    assert!(!said.stdout.contains("**") && !said.stdout.contains("]("), "{said:?}");
    let all = flux(&["explain"]).stdout;
    assert!(all.lines().count() > 20 && all.contains("FLX0201\t"), "{all}");
    let unknown = flux(&["explain", "FLX0494"]);
    assert!(unknown.status == 1 && unknown.stderr.contains("did you mean FLX04"), "{unknown:?}");
    let page: Value = serde_json::from_str(&flux(&["explain", "FLX0304", "--json"]).stdout).expect("JSON");
    assert_eq!((&page["code"], &page["title"]), (&json!("FLX0304"), &json!("an unknown execution")));
}

#[test]
fn a_wrong_call_is_json_where_json_is_asked_for() {
    let folder = TempDir::new().expect("a folder");
    for args in [
        &["replay", "--json", "--lst", "5"][..],
        &["--json=lines", "nosuch"],
        &["trace", "--last", "x", "--json"],
    ] {
        let said = outside(folder.path(), args);
        let problem: Value =
            serde_json::from_str(&said.stderr).unwrap_or_else(|error| panic!("{error}: {said:?}"));
        assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{said:?}");
        assert!(problem["error"].is_string() && problem["hint"].is_string(), "{args:?}: {problem}");
    }
    let said = outside(folder.path(), &["replay", "--lst", "5"]);
    assert!(said.status == 2 && said.stderr.starts_with("error: unexpected argument '--lst'"), "{said:?}");
}

#[test]
fn a_list_is_an_array_or_lines_as_one_asks() {
    let (shop, _) = served();
    let (_, array) = shop.project.flux_json(&["guests"]);
    assert_eq!(array.as_array().map(Vec::len), Some(1));
    let said = shop.project.flux(&["guests", "--json=lines"]);
    assert_eq!(said.stdout.lines().map(serde_json::from_str::<Value>).filter_map(Result::ok).count(), 1);
    let said = shop.project.flux(&["tail", "--json=array", "-n", "3"]);
    let array: Value = serde_json::from_str(&said.stdout).expect("one document");
    assert_eq!(array.as_array().map(Vec::len), Some(3));
}

#[test]
fn a_reader_that_goes_away_ends_the_command_without_a_word() {
    let (shop, _) = served();
    for args in [
        &["tail"][..],
        &["replay", "--last", "9", "--json"],
        &["schema"],
        &["completions", "bash"],
        &["explain"],
    ] {
        let mut command = shop.project.command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("flux runs");
        drop(child.stdout.take());
        let said = Said::from(child.wait_with_output().expect("it ends"));
        assert_eq!((said.status, said.stderr.as_str()), (141, ""), "{args:?}");
    }
}

/// What a command shows on a terminal of so many columns; none where no terminal can be had.
fn on_terminal(project: &Project, columns: usize, args: &str) -> Option<String> {
    let flux = binary("flux").display().to_string();
    let inner = format!("stty cols {columns}; '{flux}' -C '{}' {args}", project.path().display());
    let mut script = Command::new("script");
    script.args(["-qec", &inner, "/dev/null"]).env_remove("COLUMNS").stdin(Stdio::null());
    let Ok(output) = script.output() else {
        skip("there is no program 'script', which makes a terminal");
        return None;
    };
    Some(Said::from(output).stdout.replace('\r', ""))
}

#[test]
fn a_table_fits_the_terminal_and_keeps_its_ids() {
    let (shop, _) = served();
    let ids: Vec<_> = tail(&shop.project).iter().map(|it| text(&it["id"])[24..].to_owned()).collect();
    for columns in [80, 50] {
        let Some(shown) = on_terminal(&shop.project, columns, "tail") else { return };
        assert_eq!(shown.lines().count(), ids.len() + 1, "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= columns), "{columns}: {shown}");
        assert!(ids.iter().all(|id| shown.contains(id.as_str())), "{shown}");
        assert!(shown.contains("POST /orders"), "{shown}");
    }
    let Some(shown) = on_terminal(&shop.project, 0, "tail") else { return };
    assert!(shown.contains("GUEST") && shown.contains("STARTED") && !shown.contains('…'), "{shown}");
}

#[test]
fn the_doctor_looks_at_everything_and_makes_nothing() {
    let project = Project::of_guest(
        &guest("trouble_rust", ""),
        "[queues.mail]\nguest = \"g\"\n[db.main]\nsqlite = \"a.db\"\n",
    );
    replace(
        &project,
        &[(
            "[app]\nname = \"test\"\n",
            "[app]\nname = \"test\"\n[http]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n",
        )],
    );
    let text_of = std::fs::read_to_string(project.path().join("flux.toml")).expect("flux.toml");
    let (status, diagnosis) = project.flux_json(&["doctor"]);
    assert_eq!((status, &diagnosis["ok"]), (0, &json!(true)), "{diagnosis:#}");
    assert!(!project.path().join(".flux").exists(), "nothing was made");
    let promises = diagnosis["promises"].as_array().expect("promises");
    let memory = promises.iter().find(|it| it["label"] == "[kv.b]").expect("its bucket");
    assert_eq!((&memory["survivesKill"], &memory["powerCut"]), (&json!(false), &json!("lost")));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let broken = text_of.replacen("127.0.0.1:0", &address, 1)
        + "[db.away]\npostgres = \"postgres://u:s3cret@127.0.0.1:1/x\"\n[secrets]\nkey = { env = \"NO_SUCH_VARIABLE_FLUX\" }\n";
    std::fs::write(project.path().join("flux.toml"), broken).expect("it is written");
    let (status, diagnosis) = project.flux_json(&["doctor"]);
    assert_eq!((status, &diagnosis["ok"]), (1, &json!(false)));
    let failed = |name: &str| {
        let checks = diagnosis["checks"].as_array().expect("checks").iter();
        let check =
            checks.clone().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name}: {diagnosis:#}"));
        assert_eq!(check["health"], "failed", "{check}");
        assert!(check["hint"].is_string(), "{check}");
        check["detail"].as_str().expect("what was found").to_owned()
    };
    let owner = failed("[http] listen");
    assert!(owner.contains(&format!("process {}", std::process::id())), "{owner}");
    assert!(failed("key").contains("NO_SUCH_VARIABLE_FLUX"));
    assert!(!failed("[db.away]").contains("s3cret"));
    let said = project.flux(&["doctor"]);
    assert!(said.status == 1 && said.stdout.contains("3 will not work"), "{said:?}");
}

#[test]
fn languages_are_named_as_people_call_them() {
    let folder = TempDir::new().expect("a folder");
    for (called, file) in [
        ("py", "pyproject.toml"),
        ("ts", "package.json"),
        ("js", "package.json"),
        ("rs", "Cargo.toml"),
        ("golang", "go.mod"),
    ] {
        let said = outside(folder.path(), &["new", &format!("app-{called}"), "--lang", called]);
        assert_eq!(said.status, 0, "{called}: {said:?}");
        assert!(folder.path().join(format!("app-{called}")).join(file).is_file(), "{called}");
    }
}
