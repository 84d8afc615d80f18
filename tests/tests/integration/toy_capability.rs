//! What adding a capability takes: one that lives in these tests (`flux_tests::dice`) is called from a component and from
//! TypeScript on V8, recorded, redacted by its description, and replayed.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use flux_host::bindings::exports::flux::host::http_handler::{Request, Response};
use flux_host::section::Purpose;
use flux_host::wasm::EngineOptions;
use flux_host::{
    Capabilities, Declaration, Ended, Environment, Execution, Guest, Input, Limits, Output, System,
};
use flux_recorder::{Begin, Decode, Marking, MemoryJournal, Outcome, Recording, Redact, Session, Value};
use flux_redaction::{Descriptions, Keyed, Names, Policy};
use flux_replay::{Replay, Report, Tolerances, Verdict};
use flux_runtime::{App, Catalog, ConfigError, Engines, Project};
use flux_tests::dice::Dice;
use tempfile::TempDir;

use crate::contract::{files, read};
use crate::support::{cache, guests, root};

/// Who sits at the table. No journal may have it.
const PLAYER: &str = "Ann Example";

/// Flux's capabilities, and the one of these tests.
fn catalog() -> Catalog {
    Catalog::builtin().with::<Dice>()
}

/// What flux.toml says, with a section of its own for the capability.
fn flux_toml(table: &str) -> Result<(Project, TempDir), ConfigError> {
    let folder = TempDir::new().expect("a temporary folder");
    let text = format!("[app]\nname = \"dice\"\n\n[dice.green]\n{table}\n");
    std::fs::write(folder.path().join("flux.toml"), text).expect("flux.toml is written");
    Project::read_with(catalog(), Purpose::Run, folder.path()).map(|project| (project, folder))
}

/// The capabilities that flux.toml names, open.
async fn capabilities() -> Capabilities {
    let (project, _folder) = flux_toml(&format!("player = \"{PLAYER}\"")).expect("it is right");
    let app = App::open(project, Arc::new(System::new()), false).await.expect("it opens");
    Capabilities::clone(app.capabilities())
}

/// All that it took is `tests/src/dice.rs` and `tests/dice/`; in Flux it would be a crate, a file of wit/ and a line of
/// `host/runtime/src/catalog.rs`.
#[test]
fn no_file_of_flux_knows_it() {
    let folders = ["host", "cli/src", "recorder", "wit", "sdks/rust", "sdks/typescript/src"];
    let endings = [".rs", ".js", ".ts", ".wit", ".toml"];
    let files = folders.iter().flat_map(|folder| endings.map(|ending| files(&root().join(folder), ending)));
    let files: Vec<_> = files.flatten().collect();
    assert!(files.len() > 200, "{}", files.len());
    for path in files {
        let text = read(&path);
        for name in ["toy:dice", "dice.table", "\"dice\"", "dice::Dice"] {
            assert!(!text.contains(name), "{} has {name}", path.display());
        }
    }
}

#[tokio::test]
async fn its_section_of_flux_toml_is_read_checked_and_in_the_schema() {
    let Err(ConfigError::Wrong { mistakes, .. }) = flux_toml("plaier = \"Ann\"") else {
        panic!("it has a mistake")
    };
    let found = mistakes.iter().find(|mistake| mistake.message.contains("plaier")).expect("it is told");
    assert_eq!((found.line, found.hint.contains("player")), (5, true), "{found:?}");
    assert!(catalog().tables().contains(&"dice".to_owned()));
    assert!(!Catalog::builtin().tables().contains(&"dice".to_owned()));
}

fn declarations() -> Vec<Declaration> {
    catalog().declarations().expect("WIT")
}

fn engines() -> Engines {
    let cache = Some(cache().join("compiled"));
    let options = EngineOptions { cache, instances: 8, ..EngineOptions::default() };
    Engines::new(&options, Limits::default().memory, &declarations()).expect("engines")
}

/// What redacts an app whose flux.toml names nothing.
fn redact() -> Arc<dyn Redact> {
    let policy = Policy::new(&Names::default(), Descriptions::of(&declarations())).expect("a policy");
    Arc::new(Keyed::new(Arc::new(policy), [1; 32]))
}

/// The component of the guest in Rust. `flux build` would refuse it: the capability is not the command's.
fn component(features: &str) -> Vec<u8> {
    let target = guests().join("dice").join(features);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args(["build", "--locked", "--release", "--target", "wasm32-wasip2"]);
    cargo.args(["-p", "dice_rust", "--features", features]).env("CARGO_TARGET_DIR", &target);
    let built = cargo.output().expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    std::fs::read(target.join("wasm32-wasip2/release/dice_rust.wasm")).expect("it was built")
}

fn request() -> Input {
    let (method, path) = ("GET".to_owned(), "/".to_owned());
    let (headers, body, params) = (Vec::new(), Vec::new(), Vec::new());
    Input::Http(Request { method, path, query: None, headers, body, params })
}

async fn call(guest: &dyn Guest, session: Session, capabilities: Capabilities) -> Ended {
    let environment = Arc::new(System::new());
    let execution = Execution::new(session, environment, Arc::new(capabilities), Limits::default());
    guest.call(request(), execution).await
}

/// One execution: what the client got, and the journal.
async fn recorded(guest: &dyn Guest) -> (String, Vec<u8>) {
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
    let session = Session::record(begin, Box::new(journal.clone()), redact()).expect("a session");
    let ended = call(guest, session, capabilities().await).await;
    let Some(Output::Http(response)) = ended.output else { panic!("{ended:?}") };
    (String::from_utf8(response.body).expect("text"), journal.bytes())
}

/// A replay, with nothing to act with.
async fn replayed(journal: &[u8], guest: &dyn Guest) -> Report {
    let recording = Arc::new(Recording::read(journal.to_vec()).expect("a recording"));
    let mut replay = Replay::new(recording, Arc::new(Tolerances::default()), redact(), guest.digest());
    loop {
        call(guest, replay.session(), Capabilities::default()).await;
        if let Some(report) = replay.report().expect("it ended") {
            return report;
        }
    }
}

/// Every call as the journal has it, with `#` for what stands for a hidden text.
fn calls(recording: &Recording) -> Vec<String> {
    let marking = Marking::of(recording.begin.seed);
    let shown = |bytes: &[u8]| {
        let mut value = Value::read(bytes).expect("a value");
        value.visit(&mut |part| {
            let is_hidden = match &*part {
                Value::String(text) => marking.whole_of(text.as_bytes()).is_some(),
                part => matches!(part, Value::Redacted(_)),
            };
            if is_hidden {
                *part = Value::Enum("#".to_owned());
            }
        });
        value.to_string()
    };
    let effects = recording.effects.iter().enumerate();
    let call = |(index, effect): (usize, &flux_recorder::Effect)| {
        let result = recording.result(index).map(shown).unwrap_or_default();
        format!("{}{} = {result}", effect.function, shown(recording.args(index)))
    };
    effects.map(call).collect()
}

#[track_caller]
fn is_hidden(journal: &[u8]) {
    for text in [PLAYER, "may it be high", "has 5"] {
        let found = journal.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!found, "'{text}' is in the journal");
    }
}

/// Called, recorded, redacted and replayed; what another build does differently is told.
async fn works(guest: &dyn Guest, changed: &dyn Guest) -> Vec<u8> {
    let (said, journal) = recorded(guest).await;
    assert_eq!(said, format!("{PLAYER} threw 5; 1. {PLAYER} has 5"));
    is_hidden(&journal);
    let recording = Recording::read(journal.clone()).expect("a recording");
    assert_eq!(
        calls(&recording),
        [
            r#"dice.table.roll("green", #, 6) = ok({player: #, eyes: 5})"#,
            // Nobody described this one.
            "dice.note(#) = [#]",
        ]
    );
    let Outcome::Returned(response) = &recording.end.outcome else { panic!("it returned") };
    assert!(Response::from_canonical(response).is_ok());
    let report = replayed(&journal, guest).await;
    assert_eq!(report.verdict, Verdict::Identical, "{report:?}");
    let report = replayed(&journal, changed).await;
    assert_eq!(report.verdict, Verdict::Diverged, "{report:?}");
    journal
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_calls_it_and_it_is_recorded_redacted_and_replayed() {
    let engines = engines();
    let load = |features| engines.load(&component(features)).expect("it runs here");
    works(&*load(""), &*load("changed")).await;
}

#[cfg(feature = "v8")]
#[tokio::test(flavor = "multi_thread")]
async fn typescript_on_v8_calls_it_and_its_recordings_replay_against_the_component() {
    let Some(bundle) = bundle() else { return };
    let changed = bundle.replace("\"may it be high\",6", "\"may it be high\",12");
    assert_ne!(bundle, changed);
    let engines = engines();
    let load = |bundle: &str| engines.load(bundle.as_bytes()).expect("it runs here");
    let journal = works(&*load(&bundle), &*load(&changed)).await;
    let report = replayed(&journal, &*engines.load(&component("")).expect("it runs here")).await;
    assert_eq!(report.verdict, Verdict::Identical, "{report:?}");
}

/// The guest in TypeScript, built by the command: until it is called, it needs nothing that the command has not.
#[cfg(feature = "v8")]
fn bundle() -> Option<String> {
    use crate::support::{binary, tools};
    let path: PathBuf = guests().join("dice.js");
    let mut flux = Command::new(binary("flux"));
    flux.arg("build")
        .arg(root().join("tests/dice/guest_typescript"))
        .args(["--engine", "v8", "-o"])
        .arg(&path);
    let built = flux.env("FLUX_CACHE", cache()).env("FLUX_TOOLS", tools()).output().expect("flux runs");
    if !built.status.success() {
        flux_test_services::skip(&String::from_utf8_lossy(&built.stderr));
        return None;
    }
    Some(std::fs::read_to_string(path).expect("it was built"))
}
