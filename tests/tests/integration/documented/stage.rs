//! A project in which everything is that the documents name, and what stands for their placeholders.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::projects::{beside, done, has, tool};
use crate::shop::{ask, place, poll, set_price};
use crate::support::{Payments, Project, Server, guest, root};

/// Besides what `orders` has.
const MORE: &str = r#"
[http]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
[kv.sessions]
sqlite = "kv.db"
[queues.mail]
guest = "shop"
max-attempts = 1
[queues.webhooks]
guest = "shop"
max-attempts = 1
[cron.nightly]
guest = "shop"
schedule = "* * * * * *"
max-attempts = 1
[secrets.payments_key]
env = "PAYMENTS_KEY"
hosts = ["127.0.0.1"]
[record.redact]
json = ["**.email"]
columns = ["email"]
"#;

/// The names of builds that the documents replay against: all of them do what the recorded build did.
const BUILDS: [&str; 5] = ["new.wasm", "rewritten.wasm", "other.wasm", "orders_python.wasm", "orders.wasm"];

/// The queues of the project.
const QUEUES: [&str; 3] = ["receipts", "mail", "webhooks"];

/// The queue of the schedule's runs.
const RUNS: &str = "cron.nightly";

/// The project `shop` as it is after some requests, jobs and runs of its schedule.
pub struct Stage {
    project: Project,
    /// An execution that failed.
    execution: String,
    /// A dead letter of each queue.
    dead: BTreeMap<String, String>,
    /// A key that is not used any more.
    key: String,
}

impl Stage {
    pub fn new() -> Self {
        let project = shop();
        let execution = record(&project);
        let queues = QUEUES.into_iter().chain([RUNS]);
        let dead = queues.map(|queue| (queue.to_owned(), dead(&project, queue).expect("a dead letter")));
        let dead = dead.collect();
        assert_eq!(project.flux(&["keys", "rotate", "--after", "0s"]).status, 0);
        let (_, keys) = project.flux_json(&["keys", "list"]);
        let key = keys["keys"][0]["id"].as_str().expect("a key").to_owned();
        export(&project);
        Self { project, execution, dead, key }
    }

    /// A copy: no command line sees what another did.
    pub fn copy(&self) -> Project {
        let folder = TempDir::new().expect("a folder");
        done(Command::new("cp").arg("-a").arg(self.project.path().join(".")).arg(folder.path()));
        Project { folder }
    }

    /// A line with what its placeholders stand for.
    pub fn fill(&self, line: &str) -> String {
        let guests = root().join("guests").display().to_string();
        let is_of_v8 = line.contains("--engine v8");
        let orders = if is_of_v8 { "guests/orders_typescript" } else { "guests/orders_rust" };
        let words: Vec<_> =
            line.split(' ').map(|word| if word == "guests/orders" { orders } else { word }).collect();
        let mut text = words.join(" ");
        if text.ends_with("build --engine v8") {
            // Told of a project in TypeScript, which the stage is not.
            text.push_str(" guests/orders_typescript");
        }
        text = text.replace("guests/", &format!("{guests}/")).replace("target/demo/", "");
        // A project in Rust has the versions that this repository is locked to.
        text = text.replace("cd hello", &format!("cd hello && cp {}/Cargo.lock .", root().display()));
        for (placeholder, value) in PLACEHOLDERS {
            text = text.replace(placeholder, value);
        }
        let words: Vec<_> = text.split(' ').collect();
        let words = words.iter().map(|word| if is_id(word) { self.id(&words).unwrap_or(word) } else { word });
        words.collect::<Vec<_>>().join(" ")
    }

    /// What an id in a line is one of.
    fn id(&self, words: &[&str]) -> Option<&str> {
        match words.get(1) {
            Some(&"queue") => words.iter().find_map(|word| self.dead.get(*word)).map(String::as_str),
            Some(&"keys") => Some(&self.key),
            _ => Some(&self.execution),
        }
    }
}

const PLACEHOLDERS: [(&str, &str); 12] = [
    ("<selection>", "--last 20"),
    ("[--against BUILD]", "--against shop"),
    ("BUILD", "shop"),
    ("<code>", "FLX0404"),
    ("COMMAND", "replay"),
    ("{{built}}", "shop"),
    // The project of docs/tour.md.
    ("--against notes", "--against shop"),
    ("/NAME.wasm", "/shop.wasm"),
    ("{{template}}", "crud"),
    ("-C target/demo ", ""),
    // A port that nobody has.
    ("127.0.0.1:3000", "127.0.0.1:0"),
    ("FILE", "failure.fluj"),
];

/// `ID`, `<id>`, or digits such as `3f9a41c2b7d0`.
fn is_id(word: &str) -> bool {
    let is_hex = word.len() >= 8 && word.chars().all(|it| it.is_ascii_hexdigit());
    is_hex || ["ID", "<id>", "<ID>"].contains(&word)
}

fn shop() -> Project {
    let project = Project::orders();
    let file = project.path().join("flux.toml");
    let text = std::fs::read_to_string(&file).expect("flux.toml");
    let component = guest("orders_rust", "").display().to_string();
    let source = root().join("guests/orders_rust").display().to_string();
    let text = text.replace(&component, &source).replace("\"orders\"", "\"shop\"");
    let text =
        text.replace("[guests.orders]", "[guests.shop]").replace("max-attempts = 5", "max-attempts = 1");
    std::fs::write(&file, text + MORE).expect("it is written");
    project
}

/// Requests, jobs and schedules, served by the build with the bug and then by the right one; an execution that failed.
fn record(project: &Project) -> String {
    let payments = Payments::start();
    let serve = |more: &[&str]| {
        let mut flux = tool("flux", project);
        done(flux.args(["build"]).args(more).env("CARGO_TARGET_DIR", beside("guests-target")));
        let server = project.serve_with(&["--no-build"], &variables(&payments.url));
        set_price(&server);
        place(&server, 1, "ann@example.org", 201);
        server
    };
    serve(&["--features", "changed"]).stop();
    let server = serve(&[]);
    place(&server, 3, "bob@example.org", 201);
    let failed = place(&server, 1, "broke@example.org", 502).execution.expect("an id");
    assert_eq!(ask(&server, "GET", "/orders", "").status, 200);
    fail_jobs(project, server);
    failed
}

pub fn variables(payments: &str) -> [(&'static str, &str); 2] {
    [("FLUX_CONFIG_PAYMENTS_URL", payments), ("PAYMENTS_KEY", "not-to-be-recorded")]
}

/// A dead letter in each queue, and a run of the schedule, which then is due at night only.
fn fail_jobs(project: &Project, server: Server) {
    for queue in QUEUES {
        assert_eq!(project.flux(&["queue", "send", queue, "no order"]).status, 0);
    }
    for queue in QUEUES {
        poll("the dead letter", || dead(project, queue));
    }
    poll("a run that failed", || dead(project, RUNS));
    server.stop();
    let file = project.path().join("flux.toml");
    let text = std::fs::read_to_string(&file).expect("flux.toml");
    std::fs::write(&file, text.replace("* * * * * *", "0 3 * * *")).expect("it is written");
}

fn dead(project: &Project, queue: &str) -> Option<String> {
    let (_, jobs) = project.flux_json(&["queue", "list", queue, "--state", "dead"]);
    jobs[0]["id"].as_str().map(str::to_owned)
}

/// The files and folders that the documents name.
fn export(project: &Project) {
    let folder = project.path();
    for name in ["failures", "fixtures", "before"] {
        let to = folder.join(name).display().to_string();
        assert_eq!(project.flux(&["records", "export", "--failed", "--to", &to]).status, 0);
    }
    let failure = std::fs::read_dir(folder.join("failures")).expect("a folder").next().expect("a failure");
    copy(&failure.expect("an entry").path(), &folder.join("failure.fluj"));
    std::fs::create_dir_all(folder.join("target")).expect("a folder");
    for name in BUILDS.into_iter().chain(["target/new.wasm"]) {
        copy(&guest("orders_rust", ""), &folder.join(name));
    }
    copy(&guest("orders_rust", "changed"), &folder.join("orders_go_changed.wasm"));
    if can_v8() {
        copy(&guest("orders_v8", ""), &folder.join("orders.js"));
    }
    for name in ["staging.env", ".env"] {
        std::fs::write(folder.join(name), "PAYMENTS_KEY=not-to-be-recorded\n").expect("it is written");
    }
    for name in ["empty", "home"] {
        std::fs::create_dir(folder.join(name)).expect("a folder");
    }
}

/// Whether V8 is in the command, and what its guests are built with is here.
pub fn can_v8() -> bool {
    cfg!(feature = "v8") && has(&["node", "npm"])
}

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).expect("it is copied");
}
