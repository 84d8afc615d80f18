//! `flux run` and `flux up`: what is built, what is said, what a change of flux.toml does, and how it ends.

use std::ffi::OsStr;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use flux_test_services::{REDIS, service};
use serde_json::Value;

use crate::shop::poll;
use crate::support::{Followed, Project, guest, request, signal};

const RUN: [&str; 5] = ["run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

fn trouble(more: &str) -> Project {
    Project::of_guest(&guest("trouble_rust", ""), more)
}

fn get(server: &Followed, path: &str) -> u16 {
    request(&server.http, "GET", path, "").expect("it is answered").status
}

fn body(server: &Followed, path: &str) -> String {
    let answer = request(&server.http, "GET", path, "").expect("it is answered");
    String::from_utf8(answer.body).expect("text")
}

fn write(project: &Project, file: &str, text: &str) {
    std::fs::write(project.path().join(file), text).expect("it is written");
}

fn read(project: &Project, file: &str) -> String {
    std::fs::read_to_string(project.path().join(file)).expect("it is read")
}

#[test]
fn every_execution_is_a_line_with_the_guest_s_own_lines_and_each_refusal_with_its_hint() {
    let queue = "[queues.outbox]\nguest = \"g\"\nmax-attempts = 2\n";
    let project = trouble(queue);
    let server = Followed::start(&project, &["run"], &[]);
    assert_eq!(get(&server, "/stdout"), 200);
    server.wait_for(" | stdout: a line on stdout");
    server.wait_for(" | stderr: a line on stderr");
    server.wait_for(" GET /stdout  200  ");
    assert_eq!(get(&server, "/bucket/nosuch"), 200);
    server.wait_for(" ! kv.open: bucket 'nosuch' is not in flux.toml [FLX0501]");
    server.wait_for("    hint: add [kv.nosuch] with sqlite = \"kv.db\"");
    assert_eq!(get(&server, "/stream"), 200);
    server.wait_for(" warn: a guest asked for the config key 'greeting', which is not set");
    server.wait_for("FLUX_CONFIG_GREETING");
    server.wait_for(" warn: a guest asked for the secret 'password', which is not in flux.toml");
    assert_eq!(get(&server, "/panic"), 500);
    server.wait_for(" GET /panic  500  ");
    server.wait_for("trouble was asked for");
    server.wait_for("    flux trace ");
    assert_eq!(request(&server.http, "POST", "/x", "").expect("it is answered").status, 405);
    server.wait_for(" POST /x  405  no route of flux.toml has this method for the path");
    assert_eq!(get(&server, "/send/retry"), 200);
    for (attempt, more) in [("1 of 2", "the next one begins in "), ("2 of 2", "the job is a dead letter now")]
    {
        server.wait_for(" | info: a job ran payload=retry");
        server.wait_for(" job outbox  retry  ");
        let line = server.wait_for(&format!("attempt {attempt} failed"));
        assert!(line.contains(more) && line.contains("it was asked to"), "{line}");
    }
    server.wait_for("    hint: flux queue show outbox ");
    server.signal("TERM");
    let said = server.ended();
    assert_eq!(said.status, 0, "{said:?}");
}

/// A way to a server that can be cut.
struct Way {
    address: SocketAddr,
    is_cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let way = Self {
            address: listener.local_addr().expect("an address"),
            is_cut: Arc::default(),
            open: Arc::default(),
        };
        let (is_cut, open) = (way.is_cut.clone(), way.open.clone());
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if is_cut.load(Ordering::Relaxed) {
                    continue;
                }
                let far = TcpStream::connect(&server).expect("the server is there");
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) =
                        (from.try_clone().expect("a copy"), to.try_clone().expect("a copy"));
                    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
                }
                open.lock().expect("nobody panics").extend([near, far]);
            }
        });
        way
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
        for stream in self.open.lock().expect("nobody panics").drain(..) {
            // The other end may be gone already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

#[test]
fn a_store_that_goes_away_is_told_with_a_hint() {
    let Some(redis) = service(REDIS) else { return };
    let way = Way::to(redis.trim_start_matches("redis://").to_owned());
    let project = Project::new(&format!(
        "[app]\nname = \"gone\"\n[guests.g]\nsource = {:?}\n[[http.routes]]\nroute = \"GET /calls\"\n\
         guest = \"g\"\n[kv.b]\nredis = \"redis://{}\"\n",
        guest("trouble_rust", "").display().to_string(),
        way.address,
    ));
    let server = Followed::start(&project, &["run"], &[]);
    assert_eq!(get(&server, "/calls?n=1"), 200);
    way.cut();
    assert_eq!(get(&server, "/calls?n=1"), 500);
    server.wait_for(" ! kv.bucket.get: ");
    server.wait_for("    hint: ");
    server.wait_for(" GET /calls  500  ");
}

#[test]
fn quiet_is_what_fails_and_json_is_an_object_a_line() {
    let project = trouble("");
    let quiet = Followed::start(&project, &["run", "--quiet"], &[]);
    assert_eq!(
        (get(&quiet, "/stdout"), get(&quiet, "/bucket/nosuch"), get(&quiet, "/panic")),
        (200, 200, 500)
    );
    quiet.signal("TERM");
    let said = quiet.ended();
    assert!(said.status == 0 && said.stderr.contains("trouble was asked for"), "{said:?}");
    assert!(!said.stderr.contains("stdout") && !said.stderr.contains("nosuch"), "{said:?}");
    let json = Followed::start(&project, &["run", "--log", "json"], &[]);
    assert_eq!((get(&json, "/stdout"), get(&json, "/bucket/nosuch"), get(&json, "/panic")), (200, 200, 500));
    json.signal("TERM");
    let said = json.ended();
    let lines: Vec<Value> = said
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let find = |kind: &str, name: &str, value: &str| -> &Value {
        let found = lines.iter().find(|line| line["kind"] == kind && line[name] == value);
        found.unwrap_or_else(|| panic!("no {kind} whose {name} is {value}: {lines:#?}"))
    };
    let line = find("execution", "path", "/stdout");
    assert_eq!(
        (&line["method"], &line["status"], &line["level"]),
        (&"GET".into(), &200.into(), &"info".into())
    );
    assert!(line["elapsedUs"].is_u64() && line["id"].as_str().is_some_and(|id| id.len() == 36), "{line}");
    assert_eq!(find("guest", "stream", "stdout")["id"], line["id"]);
    let hint = find("call", "call", "kv.open")["hint"].as_str().unwrap_or_default();
    assert!(hint.starts_with("add [kv.nosuch]"), "{hint}");
    let panic = find("execution", "path", "/panic");
    assert!(
        panic["frames"].is_array() && panic["kind"] == "execution" && panic["failure"] == "trap",
        "{panic}"
    );
}

#[test]
fn where_the_log_is_json_all_that_is_said_is() {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    let server = Followed::start(&project, &["run", "--watch", "--log", "json"], &[]);
    let text = read(&project, "flux.toml");
    write(&project, "flux.toml", &format!("{text}[kv.a]\nsqlit = \"a.db\"\n"));
    let line = |text: &str| -> Value {
        let line = server.wait_for(text);
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    };
    let error = line("there is no key 'sqlit'");
    assert!(error["kind"] == "error" && error["level"] == "error" && error["time"].is_string(), "{error}");
    assert_eq!(error["mistakes"][0]["code"], "FLX0201", "{error}");
    let note = line("the new flux.toml is not used");
    assert_eq!((&note["kind"], &note["level"]), (&"note".into(), &"info".into()), "{note}");
    server.signal("TERM");
    for line in server.ended().stderr.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

/// Ends `flux run` by Ctrl-C while a request runs, and looks at what it says.
#[test]
fn ctrl_c_says_what_it_waits_for_and_a_second_one_ends_at_once() {
    let project = trouble("");
    let server = Followed::start(&project, &["run"], &[]);
    let http = server.http.clone();
    let slow = std::thread::spawn(move || request(&http, "GET", "/sleep?ms=1500", "").map(|it| it.status));
    running(&project, 1);
    server.signal("INT");
    server.wait_for("finishing 1 request; Ctrl-C again to stop now");
    assert_eq!(slow.join().expect("a thread").expect("it is answered"), 200);
    assert_eq!(server.ended().status, 0);
    let server = Followed::start(&project, &["run"], &[]);
    let http = server.http.clone();
    let slow = std::thread::spawn(move || request(&http, "GET", "/sleep?ms=29000", "").map(|it| it.status));
    running(&project, 1);
    server.signal("INT");
    server.wait_for("finishing 1 request; Ctrl-C again to stop now");
    server.signal("INT");
    assert_eq!(server.ended().status, 130);
    assert!(slow.join().expect("a thread").is_err(), "it was not waited for");
}

/// Waits until so many executions run.
fn running(project: &Project, count: usize) {
    poll("an execution that runs", || {
        let said = project.flux(&["tail", "--json"]);
        let running = said.stdout.lines().filter(|line| line.contains("\"outcome\":\"running\""));
        (running.count() == count).then_some(())
    });
}

#[test]
fn what_is_missing_is_told_before_anything_is_built() {
    let project = Project::new(
        "[app]\nname = \"t\"\n[guests.g]\nsource = \".\"\n[secrets.key]\nenv = \"FLUX_TEST_NOT_SET\"\n",
    );
    std::fs::write(project.path().join("Cargo.toml"), "this is not TOML").expect("it is written");
    let said = project.flux(&RUN);
    let expect = "the secret 'key' is not in the environment variable FLUX_TEST_NOT_SET";
    assert!(
        said.status == 1 && said.stderr.contains(expect) && said.stderr.contains("hint: set"),
        "{said:?}"
    );
    assert!(!said.stderr.contains("TOML parse error"), "nothing is built: {said:?}");
    let project = Project::new("[app]\nname = \"t\"\n[guests.g]\nsource = \"./nosuch\"\n");
    let said = project.flux(&RUN);
    assert!(said.status == 1 && said.stderr.contains("nosuch"), "{said:?}");
    assert!(said.stderr.contains("hint: "), "{said:?}");
}

#[test]
fn variables_of_a_file_are_read_and_env_by_itself() {
    let project = trouble("");
    write(&project, ".env", "FLUX_CONFIG_GREETING=from-env\n");
    write(&project, "other.env", "FLUX_CONFIG_GREETING=from-other\n");
    let other = project.path().join("other.env").display().to_string();
    let greeting = |args: &[&str], variables: &[(&str, &OsStr)]| {
        let server = Followed::start(&project, args, variables);
        body(&server, "/stream")
    };
    assert!(greeting(&["up"], &[]).contains("from-env"));
    assert!(greeting(&["up", "--env-file", &other], &[]).contains("from-other"));
    assert!(greeting(&["run"], &[]).contains("from-env"));
    assert!(greeting(&["run", "--no-env-file"], &[]).contains("config None"));
    assert!(greeting(&["run", "--env-file", &other], &[]).contains("from-other"));
    let set = [("FLUX_CONFIG_GREETING", OsStr::new("from-shell"))];
    assert!(greeting(&["run", "--env-file", &other], &set).contains("from-shell"));
    let said = project.flux(&["run", "--env-file", "/nowhere/.env"]);
    assert!(said.status == 1 && said.stderr.starts_with("error: cannot read /nowhere/.env\n"), "{said:?}");
}

#[test]
fn a_flux_toml_that_changes_is_taken_in_whole_and_one_that_is_wrong_is_not() {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    let server = Followed::start(&project, &["run", "--watch"], &[]);
    let text = read(&project, "flux.toml");
    let post = || request(&server.http, "POST", "/new", "").expect("no request is dropped").status;
    assert_eq!(post(), 405);
    write(&project, "flux.toml", &format!("{text}[[http.routes]]\nroute = \"POST /new\"\nguest = \"g\"\n"));
    server.wait_for("restarted with the new flux.toml");
    assert_eq!(post(), 200);
    for wrong in
        ["this is not TOML", "[secrets.key]\nenv = \"FLUX_TEST_NOT_SET\"\n", "[db.a]\nsqlite = \"/\"\n"]
    {
        write(&project, "flux.toml", &format!("{text}{wrong}"));
        server.wait_for("the new flux.toml is not used");
        assert_eq!(get(&server, "/"), 200);
    }
    write(&project, "flux.toml", &text);
    server.wait_for("restarted with the new flux.toml");
    assert_eq!(post(), 405);
    server.signal("TERM");
    assert_eq!(server.ended().status, 0);
}

#[test]
fn a_migration_that_is_wrong_leaves_the_old_version_running_until_it_is_right() {
    let more = "[db.main]\nsqlite = \"main.db\"\nmigrations = \"migrations\"\n";
    let project = Project::of_guest(&guest("hello_rust", ""), more);
    std::fs::create_dir(project.path().join("migrations")).expect("a folder");
    write(&project, "migrations/0001_notes.sql", "CREATE TABLE notes (id INTEGER);\n");
    let server = Followed::start(&project, &["up"], &[]);
    let second = "migrations/0002_more.sql";
    write(&project, second, "-- more\nCREATE TABLE more (id INTEGER);\n\nALTER TABEL notes ADD text TEXT;\n");
    let error: Value = serde_json::from_str(&server.wait_for("0002_more.sql:4")).expect("JSON");
    assert!(
        error["causes"][1].as_str().is_some_and(|it| it.contains("near \"TABEL\": syntax error")),
        "{error}"
    );
    assert!(error["hint"].as_str().is_some_and(|hint| hint.starts_with("correct ")), "{error}");
    server.wait_for("the new migrations/0002_more.sql is not used: the old version keeps running");
    assert_eq!(get(&server, "/"), 200);
    write(&project, second, "CREATE TABLE more (id INTEGER);\n");
    server.wait_for("restarted with the new migrations/0002_more.sql");
    assert_eq!(get(&server, "/"), 200);
    write(&project, second, "CREATE TABLE more (id INTEGER, text TEXT);\n");
    let error: Value =
        serde_json::from_str(&server.wait_for("it ran before, and was edited since")).expect("JSON");
    let hint = "undo the edit, and write the change into a new file beside it";
    assert!(error["hint"].as_str().is_some_and(|it| it.starts_with(hint)), "{error}");
    assert_eq!(get(&server, "/"), 200);
    server.signal("TERM");
    assert_eq!(server.ended().status, 0);
}

/// The greeting of a project in Rust.
fn greet(project: &Project, word: &str) {
    let source = read(project, "src/lib.rs");
    let (before, after) = source.split_once("format!(\"").expect("a greeting");
    let (_, after) = after.split_once(' ').expect("a word");
    write(project, "src/lib.rs", &format!("{before}format!(\"{word} {after}"));
}

/// What changed is built, and output in the project is no change; of a project in Rust that greets.
pub fn builds_what_changed(project: &Project) {
    let answers = |args: &[&str]| {
        let server = Followed::start(project, args, &[]);
        (body(&server, "/hello/Ada"), server.began["guests"]["greeter"].clone())
    };
    let (answer, digest) = answers(&["run"]);
    assert_eq!(answer, "hello Ada\n");
    greet(project, "welcome");
    assert_eq!(answers(&["run", "--no-build"]), ("hello Ada\n".to_owned(), digest.clone()));
    let (answer, other) = answers(&["run"]);
    assert!(answer == "welcome Ada\n" && other != digest, "{answer}: {other}");
    a_replay_builds_what_changed(project, &digest, &other);
    output_is_no_change(project);
}

/// By the guest's name: the build is that of its source, unless it is told to take the existing one.
fn a_replay_builds_what_changed(project: &Project, before: &Value, now: &Value) {
    let against = |more: &[&str]| {
        let said =
            project.flux(&[&["replay", "--last", "1", "--against", "greeter", "--json"], more].concat());
        let report: Value =
            serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"));
        report["against"].clone()
    };
    greet(project, "hello");
    assert_eq!(against(&["--no-build"]), *now);
    assert_eq!(against(&[]), *before);
    let said = project.flux(&["replay", "--last", "1", "--against", "greeter"]);
    let digest = &before.as_str().expect("a digest")[..12];
    assert!(said.stderr.contains(&format!("replaying against greeter, build {digest}, ")), "{said:?}");
    greet(project, "welcome");
    assert_eq!(against(&[]), *now);
}

/// Its output goes to files of the project, and others change that are not watched.
fn output_is_no_change(project: &Project) {
    write(project, ".gitignore", "ignored.txt\n");
    let output = |name: &str| std::fs::File::create(project.path().join(name)).expect("it is made");
    let mut flux = project.command(&["up", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    let mut child = flux.stdout(output("out.txt")).stderr(output("err.txt")).spawn().expect("flux runs");
    let page = poll("where it listens", || Some(read(project, "out.txt")).filter(|it| it.contains("GET ")));
    assert!(page.contains("\n  guest greeter  "), "{page}");
    for (swaps, word) in [(1, "good day"), (2, "good night")] {
        write(project, "ignored.txt", word);
        write(project, "some.log", word);
        greet(project, word);
        let swapped = || read(project, "err.txt").matches("swapped: greeter").count() == swaps;
        poll("a swap", || swapped().then_some(()));
    }
    signal(child.id(), "TERM");
    assert!(child.wait().expect("it ended").success());
    // Cargo was asked at the start, and once for each of the two changes.
    let said = read(project, "err.txt");
    assert_eq!(said.matches("building greeter").count(), 3, "{said}");
}
