//! What the report of a replay says: how far a fix came, what looks alike, which layout, which line of the log.
//!
//! Each recording is one that `flux run` made, and edited as if another build had made it.

use std::path::{Path, PathBuf};

use flux_recorder::format::Frames;
use flux_recorder::{Begin, Digest, Encode, Event, FailureKind, Outcome, Value as Recorded, write_journal};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shop::{Shop, ask, order_id, place, set_price};
use crate::support::{Project, guest, in_all_languages};

/// The build that is said to have made the recordings.
const OLD_BUILD: Digest = Digest([7; 32]);

/// A shop with an order, and the recording of its execution and that of another trigger.
fn shop() -> (Shop, String) {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    let id = order_id(&place(&server, 1, "ann@example.org", 201));
    assert_eq!(ask(&server, "GET", &format!("/orders/{id}"), "").status, 200);
    server.stop();
    (shop, id)
}

fn begin_of(journal: &[u8]) -> Begin {
    let first = Frames::of(journal).expect("a header").next().expect("an event").expect("it is whole");
    match first {
        Event::Begin(begin) => *begin,
        event => panic!("{event:?}"),
    }
}

/// The recording of a project's execution with this trigger.
fn recording(project: &Project, trigger: &str) -> Vec<u8> {
    let folder = project.path().join("exported");
    let (status, said) = project.flux_json(&["records", "export", "--to", &folder.display().to_string()]);
    assert_eq!(status, 0, "{said}");
    let files = std::fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("a file").path());
    let mut journals = files.map(|file| std::fs::read(file).expect("a recording"));
    journals.find(|journal| begin_of(journal).trigger.name == trigger).expect("it was recorded")
}

/// The same recording as an old build's, with its events edited.
fn edited(journal: &[u8], edit: impl FnMut(Event<'static>) -> Option<Event<'static>>) -> Vec<u8> {
    // Events borrow from the journal; those that are edited have bytes of their own.
    let journal: &'static [u8] = Vec::leak(journal.to_vec());
    let events = Frames::of(journal).expect("a header").map(|event| match event.expect("it is whole") {
        Event::Begin(begin) => Event::Begin(Box::new(Begin { guest: OLD_BUILD, ..*begin })),
        event => event,
    });
    write_journal(events.filter_map(edit).collect::<Vec<_>>())
}

fn written(project: &Project, name: &str, journal: &[u8]) -> PathBuf {
    let file = project.path().join(format!("{name}.fluj"));
    std::fs::write(&file, journal).expect("it is written");
    file
}

fn replay(project: &Project, recordings: &Path, component: &Path, more: &[&str]) -> (i32, Value) {
    let (recordings, component) = (recordings.display().to_string(), component.display().to_string());
    project
        .flux_json(&[&["replay", &recordings, "--against", &component, "--guest", "orders"], more].concat())
}

fn shown(project: &Project, recordings: &Path, component: &Path, more: &[&str]) -> String {
    let (recordings, component) = (recordings.display().to_string(), component.display().to_string());
    project
        .flux(&[&["replay", &recordings, "--against", &component, "--guest", "orders"], more].concat())
        .stdout
}

/// A recording that failed before its third call.
fn failed_early(journal: &[u8]) -> Vec<u8> {
    edited(journal, |event| match event {
        Event::Call { seq, .. } | Event::Return { seq, .. } if seq > 1 => None,
        Event::End(mut end) => {
            let message = "panicked at src/place.rs:9:5: no price".to_owned();
            end.outcome = Outcome::Failed { kind: FailureKind::Trap, message, backtrace: Vec::new() };
            Some(Event::End(end))
        }
        event => Some(event),
    })
}

/// The most usual fix of all: the new code does not fail, and makes the call that the bug prevented.
#[test]
fn a_fix_before_a_call_that_the_bug_prevented_has_progressed() {
    let (shop, _) = shop();
    let project = &shop.project;
    let file = written(project, "failed", &failed_early(&recording(project, "POST /orders")));
    for (language, component) in in_all_languages("orders").into_iter().flatten() {
        let (status, report) = replay(project, &file, &component, &[]);
        let it = &report["executions"][0];
        assert_eq!((status, &it["verdict"]), (0, &json!("progressed")), "{language}: {report:#}");
        assert_eq!(it["divergences"][0]["code"], "FLX0404", "{language}: {report:#}");
        assert_eq!(it["divergences"][0]["asked"], 2, "{language}: {report:#}");
        let hint = it["hint"].as_str().expect("how to go on");
        assert!(hint.contains("flux run") && hint.contains("send the request again"), "{language}: {hint}");
    }
    let component = guest("orders_rust", "");
    let (status, report) = replay(project, &file, &component, &["--strict"]);
    assert_eq!((status, &report["pass"]), (1, &json!(false)), "{report:#}");
    let junit = project.path().join("report.xml");
    let text = shown(project, &file, &component, &["--junit", &junit.display().to_string()]);
    for line in [
        "progressed ",
        "  the recorded failure is gone",
        "  FLX0404 blocked: call 2, ",
        "  hint: to see the rest, ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.ends_with(": 1 progressed\n"), "{text}");
    let junit = std::fs::read_to_string(junit).expect("it is written");
    assert!(junit.contains("failures=\"0\"") && junit.contains("<system-out>progressed "), "{junit}");
}

#[test]
fn a_call_before_the_place_of_the_failure_is_no_progress() {
    let (shop, _) = shop();
    let project = &shop.project;
    // The recorded build made another call in the place of the second, and failed after it.
    let failed = edited(&failed_early(&recording(project, "POST /orders")), |event| match event {
        Event::Call { seq: 1, args, .. } => Some(Event::Call { seq: 1, function: "queue.send", args }),
        event => Some(event),
    });
    let file = written(project, "elsewhere", &failed);
    let text = shown(project, &file, &guest("orders_rust", ""), &[]);
    assert!(text.starts_with("blocked "), "{text}");
    assert!(
        text.contains("  it was stopped before it reached the place where the recording failed\n"),
        "{text}"
    );
    assert!(text.contains("  hint: to follow it further, run the new build"), "{text}");
}

#[test]
fn executions_that_look_alike_are_one_group() {
    let (shop, _) = shop();
    let project = &shop.project;
    let journal = failed_early(&recording(project, "POST /orders"));
    let folder = project.path().join("many");
    std::fs::create_dir(&folder).expect("a folder");
    for number in 0..40_u128 {
        let copy = edited(&journal, |event| match event {
            Event::Begin(mut begin) => {
                begin.id = Uuid::from_u128(0x016f_5e66_e800_7000_8000_0000_0000_0000 + number);
                Some(Event::Begin(begin))
            }
            event => Some(event),
        });
        std::fs::write(folder.join(format!("{number:02}.fluj")), copy).expect("it is written");
    }
    let component = guest("orders_rust", "");
    let text = shown(project, &folder, &component, &[]);
    assert_eq!(text.matches("FLX0404 blocked: call ").count(), 1, "{text}");
    assert!(text.contains("40 executions look alike: progressed, FLX0404 blocked: db."), "{text}");
    assert!(text.contains("no price, now stopped\n"), "{text}");
    let ids = "http POST /orders (40): 000000000000, 000000000001, 000000000002, 000000000003, …";
    assert!(text.contains(ids), "{text}");
    assert!(text.ends_with(": 40 progressed\n"), "{text}");
    let all = shown(project, &folder, &component, &["--all"]);
    assert_eq!(all.matches("FLX0404 blocked: call ").count(), 40, "{all}");
    assert!(!all.contains("look alike"), "{all}");
    let (_, report) = replay(project, &folder, &component, &[]);
    assert_eq!(report["executions"].as_array().map(Vec::len), Some(40));
}

/// Writes the names of headers in capitals, and the body with one more space.
fn respelled(value: &mut Recorded) {
    let Recorded::Record(fields) = value else { return };
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("headers", Recorded::List(headers)) => headers.iter_mut().for_each(|header| {
                if let Recorded::Tuple(pair) = header
                    && let Some(Recorded::String(name)) = pair.first_mut()
                {
                    name.make_ascii_uppercase();
                }
            }),
            ("body", Recorded::Bytes(body)) if body.starts_with(b"{") => body.insert(1, b' '),
            _ => {}
        }
    }
}

fn respelled_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut value = Recorded::read(bytes).expect("a value");
    respelled(&mut value);
    value.to_canonical()
}

#[test]
fn json_in_another_layout_is_one_line_and_header_names_have_no_case() {
    let (shop, _) = shop();
    let project = &shop.project;
    let journal = edited(&recording(project, "POST /orders"), |event| match event {
        Event::Call { seq, function, args } if function == "fetch.send" => {
            Some(Event::Call { seq, function, args: Vec::leak(respelled_bytes(args)) })
        }
        Event::End(mut end) => {
            let Outcome::Returned(response) = &end.outcome else { panic!("{:?}", end.outcome) };
            end.outcome = Outcome::Returned(respelled_bytes(response));
            Some(Event::End(end))
        }
        event => Some(event),
    });
    let (file, component) = (written(project, "layout", &journal), guest("orders_rust", ""));
    let (status, report) = replay(project, &file, &component, &[]);
    let divergences = report["executions"][0]["divergences"].as_array().expect("divergences");
    let layouts: Vec<_> = divergences.iter().map(|it| &it["layout"]).collect();
    assert_eq!(status, 1, "{report:#}");
    assert_eq!(layouts, [&json!(["fetch.send.body"]), &json!(["response.body"])], "{report:#}");
    assert!(!report.to_string().contains("headers"), "{report:#}");
    let text = shown(project, &file, &component, &[]);
    for path in ["fetch.send.body", "response.body"] {
        let line = format!("      {path}: the same JSON in another layout (white space or escapes)\n");
        let hint = format!("add \"{path}\" to layout under [replay] in flux.toml");
        assert!(text.contains(&line) && text.contains(&hint), "{text}");
    }
    let config = project.path().join("flux.toml");
    let config_text = std::fs::read_to_string(&config).expect("flux.toml");
    let layout = "[replay]\nlayout = [\"fetch.send.body\", \"response.body\"]\n";
    std::fs::write(&config, format!("{config_text}\n{layout}")).expect("it is written");
    let (status, report) = replay(project, &file, &component, &[]);
    assert_eq!((status, &report["executions"][0]["verdict"]), (0, &json!("equivalent")), "{report:#}");
    assert_eq!(report["tolerated"][0], json!({ "entry": "layout = \"fetch.send.body\"", "count": 1 }));
}

#[test]
fn a_log_that_differs_is_told_by_its_first_line() {
    let (shop, _) = shop();
    let project = &shop.project;
    let journal = edited(&recording(project, "PUT /prices/{sku}"), |event| match event {
        Event::Output(mut output) => {
            output.message = "the price was set".to_owned();
            Some(Event::Output(output))
        }
        event => Some(event),
    });
    let (file, component) = (written(project, "log", &journal), guest("orders_rust", ""));
    let text = shown(project, &file, &component, &[]);
    assert!(text.contains("  note: its log or output differs, first in line 1 "), "{text}");
    assert!(text.contains("      recorded  info: the price was set sku="), "{text}");
    assert!(text.contains("      now       info: price set sku="), "{text}");
    let (status, report) = replay(project, &file, &component, &[]);
    let it = &report["executions"][0];
    assert_eq!((status, &it["verdict"], &it["output"]["line"]), (0, &json!("identical"), &json!(1)));
    assert_eq!(it["output"]["recorded"]["message"], "the price was set");
}
