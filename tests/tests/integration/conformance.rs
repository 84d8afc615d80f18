//! The scenario of guests/CONFORMANCE.md: every language passes to the host what Rust passes, and takes
//! its answers as exactly; and a recording of any replays against any other.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use flux_host::bindings::exports::flux::host::http_handler::Request;
use flux_host::bindings::exports::flux::host::job_handler::Job;
use flux_host::wasm::EngineOptions;
use flux_host::{Capabilities, Ended, Environment, Execution, Guest, Input, Limits};
use flux_recorder::{Begin, KeepAll, MemoryJournal, Outcome, Recording, Session, Value};
use flux_replay::{Replay, Report, Tolerances};
use flux_runtime::{Catalog, Engines};
use flux_tests::compare::{apart, differences, replayed_differences};
use flux_tests::scripted::{self, BYTES, Server, Still, TEXT, large};
use tokio::sync::OnceCell;

use crate::support::{cache, in_all_languages, root};

/// One execution of the scenario.
struct Case {
    name: String,
    input: Input,
}

/// A language that takes part: its guest, and what that left of each case.
struct Speaker {
    language: &'static str,
    guest: Arc<dyn Guest>,
    recordings: Vec<Arc<Recording>>,
}

/// All languages, the reference first, and the server that answered them.
struct Stage {
    speakers: Vec<Speaker>,
    server: Server,
}

/// Set once for all tests; none where the tools of a language are missing.
async fn stage() -> Option<&'static Stage> {
    static STAGE: OnceCell<Option<Stage>> = OnceCell::const_new();
    STAGE.get_or_init(Stage::set).await.as_ref()
}

impl Stage {
    async fn set() -> Option<Self> {
        let components = in_all_languages("conformance")?;
        let options = EngineOptions {
            cache: Some(cache().join("compiled")),
            instances: 16,
            ..EngineOptions::default()
        };
        let engines = Engines::new(
            &options,
            Limits::default().memory,
            &Catalog::builtin().declarations().expect("WIT"),
        )
        .expect("engines");
        let server = Server::start().expect("a server");
        let capabilities = Arc::new(scripted::capabilities(&server).expect("capabilities"));
        let mut waiting = Vec::new();
        for (language, path) in components {
            let bytes = std::fs::read(path).expect("it was built");
            let guest = engines.load(&bytes).expect("it runs here");
            let recordings = tokio::spawn(record_all(guest.clone(), capabilities.clone()));
            waiting.push((language, guest, recordings));
        }
        let mut speakers = Vec::new();
        for (language, guest, recordings) in waiting {
            let recordings = recordings.await.unwrap_or_else(|error| panic!("{language}: {error}"));
            speakers.push(Speaker { language, guest, recordings });
        }
        Some(Self { speakers, server })
    }
}

async fn record_all(guest: Arc<dyn Guest>, capabilities: Arc<Capabilities>) -> Vec<Arc<Recording>> {
    let mut recordings = Vec::new();
    for case in cases() {
        recordings.push(Arc::new(record(&*guest, &case, capabilities.clone()).await));
    }
    recordings
}

async fn record(guest: &dyn Guest, case: &Case, capabilities: Arc<Capabilities>) -> Recording {
    let environment = Still::default();
    let begin = Begin {
        id: environment.id(),
        parent: None,
        guest: guest.digest(),
        engine: guest.engine().to_owned(),
        seed: [7; 32],
        started_ns: environment.now_ns(),
        trigger: case.input.trigger(&case.name),
    };
    let journal = MemoryJournal::default();
    let session = Session::record(begin, Box::new(journal.clone()), Arc::new(KeepAll)).expect("a session");
    call(guest, case.input.clone(), session, capabilities).await;
    Recording::read(journal.bytes()).expect("a journal")
}

/// Runs a handler. Its clock stands at 2^53 + 1 ns, so only a limit beyond that lets it go on.
async fn call(guest: &dyn Guest, input: Input, session: Session, capabilities: Arc<Capabilities>) -> Ended {
    let limits = Limits { time_ms: 1 << 40, ..Limits::default() };
    let execution = Execution::new(session, Arc::new(Still::default()), capabilities, limits);
    let ended = tokio::time::timeout(Duration::from_secs(300), guest.call(input, execution)).await;
    ended.expect("it ends")
}

async fn replay(recording: &Arc<Recording>, guest: &dyn Guest) -> Report {
    let tolerances = Arc::new(Tolerances::default());
    let mut replay = Replay::new(recording.clone(), tolerances, Arc::new(KeepAll), guest.digest());
    loop {
        let input = Input::from_recording(recording).expect("an input");
        call(guest, input, replay.session(), Arc::default()).await;
        if let Some(report) = replay.report().expect("it ended") {
            return report;
        }
    }
}

fn cases() -> Vec<Case> {
    let called = ["/kv", "/db", "/queue", "/fetch", "/ambient", "/problem", "/uncaught"];
    let mut cases: Vec<_> = called.map(|path| http(path, request("GET", path))).into();
    cases.extend(described());
    cases.extend(mirrored());
    cases.extend(jobs());
    cases
}

fn http(name: &str, request: Request) -> Case {
    Case { name: name.to_owned(), input: Input::Http(request) }
}

fn request(method: &str, path: &str) -> Request {
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: None,
        headers: Vec::new(),
        body: Vec::new(),
        params: Vec::new(),
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Requests that the handler writes down as it took them.
fn described() -> [Case; 4] {
    let many = pairs(&[("x", "1"), ("x", "2"), ("empty", ""), ("text", TEXT)]);
    [
        http("described: nothing", request("", "/")),
        http("described: empty query", Request { query: Some(String::new()), ..request("GET", "/a%2Fb") }),
        http(
            "described: everything",
            Request {
                query: Some(format!("a=1&b=&c={TEXT}")),
                headers: many.clone(),
                body: BYTES.to_vec(),
                params: many,
                ..request("PROPFIND", "/é")
            },
        ),
        http("described: 1 MiB", Request { body: large(), ..request("POST", "/large") }),
    ]
}

/// Responses of every shape.
fn mirrored() -> [Case; 4] {
    let mirror =
        |status: &str| Request { params: pairs(&[("status", status)]), ..request("POST", "/mirror") };
    let headers = pairs(&[("x", "1"), ("X", "2"), ("x", "1"), ("", ""), ("text", TEXT)]);
    [
        http("mirrored: nothing", mirror("204")),
        http("mirrored: highest status", Request { headers, ..mirror("65535") }),
        http("mirrored: no UTF-8", Request { body: BYTES.to_vec(), ..mirror("0") }),
        http("mirrored: 1 MiB", Request { body: large(), ..mirror("200") }),
    ]
}

fn jobs() -> [Case; 7] {
    let job = |name: &str, payload: Vec<u8>, attempt| {
        let job = Job { id: "0198-é".to_owned(), queue: TEXT.to_owned(), payload, attempt };
        Case { name: format!("job: {name}"), input: Input::Job(job) }
    };
    let no_id = Job { id: String::new(), queue: String::new(), payload: b"cron".to_vec(), attempt: 0 };
    [
        job("done", Vec::new(), 1),
        job("retry", [b"retry", BYTES].concat(), u32::MAX),
        job("discard", b"discard".to_vec(), 2),
        job("empty reason", b"empty".to_vec(), 1),
        job("uncaught", b"uncaught".to_vec(), 1),
        job("1 MiB", large(), 1),
        Case { name: "cron".to_owned(), input: Input::Cron(no_id) },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_makes_the_calls_of_rust_and_takes_the_answers_of_rust() {
    let Some(Stage { speakers, .. }) = stage().await else { return };
    let (rust, others) = speakers.split_first().expect("the reference");
    let mut found = String::new();
    for other in others {
        for (reference, recording) in rust.recordings.iter().zip(&other.recordings) {
            for difference in differences(reference, recording) {
                let name = &reference.begin.trigger.name;
                let _ = writeln!(found, "{}, {name}: {difference}", other.language);
            }
        }
    }
    assert!(found.is_empty(), "not as in Rust:\n{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_any_language_replays_against_any_other() {
    let Some(Stage { speakers, .. }) = stage().await else { return };
    // One at a time of each language: an instance of some has dozens of megabytes.
    let running: Vec<_> = speakers.iter().map(|it| tokio::spawn(replay_others(speakers, it))).collect();
    let mut found = String::new();
    for differences in running {
        found += &differences.await.expect("it ends");
    }
    assert!(found.is_empty(), "not identical:\n{found}");
}

/// What differs when one language answers for all others.
async fn replay_others(speakers: &[Speaker], replayed: &Speaker) -> String {
    let mut found = String::new();
    for recorded in speakers.iter().filter(|it| it.language != replayed.language) {
        for recording in &recorded.recordings {
            for difference in replayed_differences(&replay(recording, &*replayed.guest).await) {
                let name = &recording.begin.trigger.name;
                let pair = format!("{} against {}", recorded.language, replayed.language);
                let _ = writeln!(found, "{pair}, {name}: {difference}");
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answers_are_those_that_were_scripted() {
    let Some(Stage { speakers, server }) = stage().await else { return };
    let here = server.url("http").replace("http://", "");
    for path in ["kv", "db", "queue", "fetch", "ambient"] {
        let is_of_path = |it: &&Arc<Recording>| it.begin.trigger.name == format!("/{path}");
        let recording = speakers[0].recordings.iter().find(is_of_path).expect("it is a case");
        let answers = body(&recording.end.outcome).replace(&here, "{server}");
        let file = root().join(format!("guests/conformance_rust/answers/{path}.txt"));
        // To write them anew after a change of the scenario; what changed is then read in the diff.
        if std::env::var_os("FLUX_WRITE_ANSWERS").is_some() {
            std::fs::write(&file, &answers).expect("they are written");
        }
        let expected = std::fs::read_to_string(&file).expect("there are answers");
        assert!(expected == answers, "{path}: {}", apart(&expected, &answers));
    }
}

/// The text of a response.
fn body(outcome: &Outcome) -> String {
    let Outcome::Returned(response) = outcome else { panic!("no response: {outcome:?}") };
    match Value::read(response).expect("a value").field("body") {
        Some(Value::Bytes(bytes)) => String::from_utf8(bytes.clone()).expect("text"),
        body => panic!("no body: {body:?}"),
    }
}
