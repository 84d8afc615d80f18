//! The engine by itself, with bundles written by hand over `__fluxHost`, as the SDK's are.

use std::sync::Arc;

use flux_host::bindings::exports::flux::host::http_handler::{Request, Response};
use flux_host::wasm::{EngineOptions, LoadError};
use flux_host::{Capabilities, Ended, Environment, Execution, Guest, Input, Limits, Output, System};
use flux_recorder::{Begin, Decode, FailureKind, KeepAll, MemoryJournal, Outcome, Recording, Session};
use flux_replay::{Replay, Report, Verdict};
use flux_runtime::{BUNDLE, Catalog, Engines};

/// What a guest's heap may hold, in bytes.
const MEMORY: usize = 64 << 20;

fn started(code: &str) -> Result<Arc<dyn Guest>, LoadError> {
    let options = EngineOptions { cache: None, instances: 8, ..EngineOptions::default() };
    let engines =
        Engines::new(&options, MEMORY, &Catalog::builtin().declarations().expect("WIT")).expect("engines");
    engines.load(format!("{BUNDLE}{code}").as_bytes())
}

fn load(code: &str) -> Arc<dyn Guest> {
    started(code).expect("it starts")
}

/// A bundle with one handler, whose body is given; what it returns is the response's body.
fn handler(body: &str) -> Arc<dyn Guest> {
    load(&format!(
        "const host = globalThis.__fluxHost;\n\
         async function handle(request) {{ {body} }}\n\
         export const httpHandler = {{ async handle(request) {{\n\
         const text = String(await handle(request));\n\
         return {{ status: 200, headers: [], body: new TextEncoder().encode(text) }}; }} }};"
    ))
}

fn request() -> Input {
    let (method, path) = ("GET".to_owned(), "/".to_owned());
    let (headers, body, params) = (Vec::new(), Vec::new(), Vec::new());
    Input::Http(Request { method, path, query: None, headers, body, params })
}

async fn run(guest: &dyn Guest, limits: Limits) -> Ended {
    let session = Session::live([7; 32]);
    let execution =
        Execution::new(session, Arc::new(System::new()), Arc::new(Capabilities::default()), limits);
    guest.call(request(), execution).await
}

async fn said(body: &str) -> String {
    let ended = run(&*handler(body), Limits::default()).await;
    match ended.output {
        Some(Output::Http(response)) => String::from_utf8(response.body).expect("text"),
        _ => panic!("{ended:?}"),
    }
}

async fn failed(guest: &dyn Guest, limits: Limits) -> (FailureKind, String) {
    match run(guest, limits).await.end.outcome {
        Outcome::Failed { kind, message, .. } => (kind, message),
        Outcome::Returned(_) => panic!("it returned"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_answers() {
    assert_eq!(said("return `${request.method} ${request.path} ${request.query}`;").await, "GET / undefined");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_platform_is_there() {
    for (code, expected) in [
        ("new URL('/b?c=1', 'https://a.example').searchParams.get('c')", "1"),
        ("new TextDecoder().decode(new TextEncoder().encode('gr\u{fc}n'))", "grün"),
        ("structuredClone(new Map([[1, [2]]])).get(1)[0]", "2"),
        ("atob(btoa('flux'))", "flux"),
        ("new AbortController().signal.aborted", "false"),
        (
            "[...new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array()))].slice(0, 3)",
            "227,176,196",
        ),
        ("new Intl.NumberFormat('de-DE').format(1234.5)", "1.234,5"),
        ("new Date(0).getTimezoneOffset()", "0"),
        (
            "(Date.now = () => 0, new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC' }).format())",
            "01/01/1970",
        ),
        ("new Date(0).toLocaleDateString(undefined, { timeZone: 'UTC' })", "1/1/1970"),
        (
            "await new Promise((done) => AbortSignal.timeout(1).addEventListener('abort', (it) => done(it.target.reason.name)))",
            "TimeoutError",
        ),
    ] {
        assert_eq!(said(&format!("return {code};")).await, expected, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_says_its_name() {
    for name in [
        "process",
        "Deno",
        "WebAssembly",
        "SharedArrayBuffer",
        "Atomics",
        "Temporal",
        "require",
        "__bootstrap",
    ] {
        assert_eq!(said(&format!("return typeof {name};")).await, "undefined", "{name}");
    }
    let (kind, message) = failed(&*handler("return process.env;"), Limits::default()).await;
    let told = message.contains("process is not defined") && message.contains("config.get");
    assert_eq!((kind, told), (FailureKind::Trap, true), "{message}");
    let (kind, message) = failed(&*handler("return eval('1 + 1');"), Limits::default()).await;
    assert_eq!((kind, message.contains("EvalError")), (FailureKind::Trap, true), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_from_one_execution_to_the_next() {
    let guest = load(
        "let calls = 0;\n\
         export const httpHandler = { async handle() {\n\
         calls += 1; globalThis.seen = (globalThis.seen ?? 0) + 1;\n\
         return { status: 200, headers: [], body: new TextEncoder().encode(`${calls} ${globalThis.seen}`) }; } };",
    );
    for _ in 0..3 {
        let Some(Output::Http(response)) = run(&*guest, Limits::default()).await.output else {
            panic!("it answers");
        };
        assert_eq!(response.body, b"1 1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_named_and_the_host_goes_on() {
    let limits = Limits { time_ms: 300, ..Limits::default() };
    let cases = [
        ("for (;;) {}", FailureKind::TimeLimit),
        ("await new Promise(() => {});", FailureKind::Trap),
        ("await host.clock.sleep(60_000);", FailureKind::TimeLimit),
        ("(function again() { again(); })();", FailureKind::StackLimit),
        ("const all = []; for (;;) all.push(new Array(1000).fill(all.length));", FailureKind::MemoryLimit),
        ("return new Uint8Array(1 << 30).length;", FailureKind::MemoryLimit),
        ("for (;;) try { host.clock.now(); } catch {}", FailureKind::CallLimit),
        ("for (;;) host.log.write('info', 'x'.repeat(10_000), []);", FailureKind::OutputLimit),
        ("return 'x'.repeat(20 << 20);", FailureKind::OutputLimit),
    ];
    for (body, kind) in cases {
        let limits = if kind == FailureKind::TimeLimit { limits } else { Limits::default() };
        assert_eq!(failed(&*handler(body), limits).await.0, kind, "{body}");
    }
    assert_eq!(said("return 1;").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_collected_is_not_seen() {
    let body = "let big = { big: new Array(100_000).fill(1) }; const ref = new WeakRef(big); big = undefined;\n\
                for (let i = 0; i < 200; i += 1) new Array(100_000).fill(i);\n\
                return ref.deref() !== undefined;";
    assert_eq!(said(body).await, "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn start_up_has_no_host_and_ends() {
    let refused = |code: &str| started(code).err().expect("it does not start").to_string();
    let text = refused("globalThis.__fluxHost.clock.now(); export const httpHandler = {};");
    assert!(text.contains("no handler runs") && text.contains("guest.js:2"), "{text}");
    assert!(refused("export const httpHandler = ;").contains("SyntaxError"));
    assert!(refused("export const other = 1;").contains("no handler"));
    let text = refused("const all = []; for (;;) all.push(new Array(1000).fill(all.length));");
    assert!(text.contains("does not start"), "{text}");
}

/// Records an execution, and replays it.
async fn recorded_and_replayed(guest: &dyn Guest) -> (Recording, Report) {
    let (input, environment) = (request(), System::new());
    let begin = Begin {
        id: environment.id(),
        parent: None,
        guest: guest.digest(),
        engine: guest.engine().to_owned(),
        seed: [7; 32],
        started_ns: environment.now_ns(),
        trigger: input.trigger("GET /"),
    };
    let journal = MemoryJournal::default();
    let session = Session::record(begin, Box::new(journal.clone()), Arc::new(KeepAll)).expect("a session");
    call(guest, session).await;
    let recording = Recording::read(journal.bytes()).expect("a journal");
    let shared = Arc::new(Recording::read(journal.bytes()).expect("a journal"));
    let mut replay = Replay::by_the_same(shared);
    call(guest, replay.session()).await;
    let report = replay.report().expect("it ended").expect("one run is enough");
    (recording, report)
}

async fn call(guest: &dyn Guest, session: Session) -> Ended {
    let nothing = Arc::new(Capabilities::default());
    guest.call(request(), Execution::new(session, Arc::new(System::new()), nothing, Limits::default())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_overlapped_ends_in_the_recorded_order_again() {
    let guest = handler(
        "const order = []; const nap = (ms) => host.clock.sleep(ms).then(() => order.push(ms));\n\
         await Promise.all([nap(60), nap(1), nap(30)]);\n\
         const first = await Promise.race([host.clock.sleep(50).then(() => 'slow'), host.clock.sleep(2).then(() => 'quick')]);\n\
         return `${order} ${first}`;",
    );
    let (recording, report) = recorded_and_replayed(&*guest).await;
    assert_eq!(report.verdict, Verdict::Identical, "{report:?}");
    let Outcome::Returned(response) = recording.end.outcome else { panic!("it returned") };
    let response = Response::from_canonical(&response).expect("a response");
    assert_eq!(String::from_utf8_lossy(&response.body), "1,30,60 quick");
}

/// A project of one bundle, and how its one execution ended.
fn served(
    body: &str,
    more: &str,
) -> (crate::support::Project, crate::support::Answer, Vec<serde_json::Value>) {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("guest.js");
    let code = format!(
        "{BUNDLE}const host = globalThis.__fluxHost;\n\
         const get = (url) => host.fetch.send({{ method: 'GET', url, headers: [], body: new Uint8Array() }});\n\
         export const httpHandler = {{ async handle(request) {{\n{body}\n\
         return {{ status: 200, headers: [], body: new Uint8Array() }}; }} }};"
    );
    std::fs::write(&bundle, code).expect("a file");
    let project = crate::support::Project::of_guest(&bundle, more);
    let server = project.serve(&[]);
    let answer = crate::shop::ask(&server, "GET", "/", "");
    server.stop();
    let events = crate::shop::trace(&project, answer.execution.as_deref().expect("an id"));
    let (status, report) = project.flux_json(&["replay", "--last", "10"]);
    assert_eq!(status, 0, "{report:#}");
    assert_eq!(report["executions"][0]["verdict"], "identical", "{report:#}");
    (project, answer, events)
}

fn marks<'a>(events: &'a [serde_json::Value], name: &str) -> Vec<&'a str> {
    let marks = events.iter().filter(|event| event["event"] == "mark" && event["name"] == name);
    marks.filter_map(|mark| mark["value"].as_str()).collect()
}

#[test]
fn what_is_under_way_when_a_guest_throws_is_given_up() {
    let upstream = crate::upstream::Upstream::start();
    let more = format!("[fetch]\nallow = [\"{}\"]\n", upstream.address);
    let never = upstream.url("/never");
    let together = format!(
        "try {{ await Promise.all([get('http://nowhere.example/'), get('{never}')]); }} catch {{ throw new Error('no'); }}"
    );
    let later = format!("get('{never}'); await host.clock.sleep(1); throw new Error('no');");
    let bucket = "const bucket = host.kv.Bucket.open('b');";
    let queued = format!(
        "{bucket} await Promise.all([bucket.get('a').then(() => {{ throw new Error('no'); }}), bucket.get('b'), get('{never}')]);"
    );
    for body in [together, later, queued] {
        let (_, answer, events) = served(&body, &more);
        assert_eq!(answer.status, 500, "{answer:?}");
        assert_eq!(marks(&events, "abandoned").len(), 1, "{body}: {events:#?}");
    }
}

#[test]
fn what_a_handler_does_not_wait_for_does_not_delay_its_answer() {
    let upstream = crate::upstream::Upstream::start();
    let more = format!("[fetch]\nallow = [\"{}\"]\n[limits]\ntime-ms = 500\n", upstream.address);
    let (_, answer, events) = served(&format!("get('{}');", upstream.url("/never")), &more);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(marks(&events, "tail"), ["time-limit: it ran longer than 500 ms"], "{events:#?}");
}

#[test]
fn a_guest_on_v8_that_its_time_limit_ended_replays_as_itself() {
    let upstream = crate::upstream::Upstream::start();
    let more = format!("[fetch]\nallow = [\"{}\"]\n[limits]\ntime-ms = 500\n", upstream.address);
    for (body, during) in [
        ("for (;;) {}".to_owned(), "computing"),
        ("host.clock.now(); for (;;) {}".to_owned(), "computing"),
        ("await host.clock.sleep(3600000);".to_owned(), "waiting"),
        (format!("await get('{}');", upstream.url("/never")), "waiting"),
        (
            format!(
                "await host.fetch.sendAll([{{ method: 'GET', url: '{}', headers: [], body: new Uint8Array() }}]);",
                upstream.url("/never")
            ),
            "calling",
        ),
    ] {
        let (_, answer, events) = served(&body, &more);
        assert_eq!(answer.status, 504, "{body}: {answer:?}");
        assert_eq!(marks(&events, "limit"), [format!("time-limit while {during}")], "{body}: {events:#?}");
    }
}

#[test]
fn a_transaction_that_a_guest_on_v8_leaves_open_is_rolled_back_at_its_end() {
    let more = "[db.main]\nsqlite = \"main.db\"\n";
    for (end, status) in [("", 200), ("throw new Error('no');", 500)] {
        let body = format!("const db = host.db.Connection.open('main'); await db.begin(); {end}");
        let (_, answer, events) = served(&body, more);
        assert_eq!(answer.status, status, "{answer:?}");
        let calls: Vec<_> = events.iter().filter(|event| event["event"] == "call").collect();
        assert_eq!(calls.last().expect("calls")["function"], "db.transaction.rollback", "{events:#?}");
    }
}
