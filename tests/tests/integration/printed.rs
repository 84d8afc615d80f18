//! What others wrote reaches no terminal as it is, whatever command shows it.

use flux_host::is_printable;
use flux_recorder::{
    Begin, Digest, Encode, End, Event, FailureKind, Outcome, Output, Trigger, write_journal,
};
use serde_json::Value;

use crate::shop::{poll, tail};
use crate::support::{Project, Said, guest, request_with};

/// As the guest has it.
const HOSTILE: &str =
    "\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{200b}\u{7f}\u{7}\u{2028}\r\n   0 -> forged\nforged\thint: forged";

/// Nothing but letters, and no line that somebody else made up.
#[track_caller]
fn check(what: &str, text: &str) {
    for letter in text.chars() {
        let plain = is_printable(letter) || matches!(letter, '\n' | '\t');
        assert!(plain, "{what} has U+{:04X}:\n{}", u32::from(letter), text.escape_debug());
    }
    for line in text.lines() {
        let forged = ["0 -> forged", "forged", "hint: forged"];
        assert!(
            !forged.iter().any(|it| line.trim_start().starts_with(it)),
            "{what} has a forged line: {line}"
        );
    }
}

fn check_command(project: &Project, args: &[&str]) -> Said {
    for more in [&[][..], &["--json"]] {
        let said = project.flux(&[args, more].concat());
        check(&format!("{args:?} {more:?}"), &said.stdout);
        check(&format!("{args:?} {more:?}, stderr"), &said.stderr);
    }
    project.flux(args)
}

#[test]
fn a_guest_that_says_hostile_things_is_shown_as_letters() {
    let queue = "[queues.outbox]\nguest = \"g\"\n";
    let project = Project::of_guest(&guest("trouble_rust", ""), queue);
    let server = project.serve_with(&["--verbose"], &[]);
    let path = "/hostile?a=%1B%5B2J%C2%9B%E2%80%AE%0A";
    let answer = request_with(&server.http, "GET", path, "x-hostile: \u{1b}[2J\u{9b}\u{202e}\r\n", "");
    // A server may refuse such a header, and then has nothing to show of it.
    if answer.is_err() || answer.is_ok_and(|answer| answer.execution.is_none()) {
        request_with(&server.http, "GET", path, "", "").expect("it is answered");
    }
    for payload in ["hostile", HOSTILE] {
        assert_eq!(project.flux(&["queue", "send", "outbox", payload]).status, 0);
    }
    let dead = poll("the dead letter", || {
        let (_, jobs) = project.flux_json(&["queue", "list", "outbox", "--state", "dead"]);
        jobs[0]["id"].as_str().map(str::to_owned)
    });
    poll("three executions", || (tail(&project).len() >= 3).then_some(()));
    let said = server.stop();
    check("flux run", &said.stderr);
    assert!(said.stderr.contains("\\u{1b}[2J"), "{said:?}");
    let id = tail(&project).iter().find(|it| it["outcome"] == "trap").expect("the trap")["id"].clone();
    let id = id.as_str().expect("an id");
    let exports = project.path().join("exports\u{202e}").display().to_string();
    let traced = check_command(&project, &["trace", id, "--full"]);
    assert!(traced.stdout.matches("0 -> forged").count() >= 4, "it is all there: {}", traced.stdout);
    for args in [
        &["tail"][..],
        &["queue", "list", "outbox"],
        &["queue", "show", "outbox", &dead],
        &["queue", "show", "outbox", HOSTILE],
        &["queue", "list", HOSTILE],
        &["replay", "--last", "9"],
        &["trace", HOSTILE],
        &["guests"],
        &["scan", HOSTILE],
        &["keys", "forget", HOSTILE],
        &["keys", "forget", HOSTILE, "--yes"],
        &["records", "export", "--to", &exports],
    ] {
        check_command(&project, args);
    }
}

/// A journal of which every text is hostile, as a file from anywhere can be.
fn hostile_journal() -> Vec<u8> {
    let text = HOSTILE.to_owned();
    let trigger = Trigger { kind: text.clone(), name: text.clone(), input: text.to_canonical() };
    let begin = Begin {
        id: uuid::Uuid::from_u128(7 << 76 | 1),
        parent: None,
        guest: Digest([1; 32]),
        engine: text.clone(),
        seed: [0; 32],
        started_ns: 1,
        trigger,
    };
    let args = text.to_canonical();
    let output =
        Output { level: text.clone(), message: text.clone(), fields: vec![(text.clone(), text.clone())] };
    let outcome =
        Outcome::Failed { kind: FailureKind::Trap, message: text.clone(), backtrace: vec![text.clone()] };
    write_journal([
        Event::Begin(Box::new(begin)),
        Event::Output(output),
        Event::Mark { name: HOSTILE, value: HOSTILE },
        Event::Ambient { stream: HOSTILE, value: &args },
        Event::Call { seq: 0, function: HOSTILE, args: &args },
        Event::Return { seq: 0, elapsed_ns: 1, result: &args },
        Event::End(End { outcome, elapsed_ns: 1, peak_memory: 0 }),
    ])
}

#[test]
fn a_recording_of_which_every_text_is_hostile_is_shown_as_letters() {
    let project = Project::new(&format!("[app]\nname = {}\n", Value::from("a\u{202e}b")));
    let file = project.path().join("hostile\u{202e}.fluj");
    std::fs::write(&file, hostile_journal()).expect("it is written");
    let file = file.to_str().expect("a path");
    let traced = check_command(&project, &["trace", file, "--full"]);
    assert!(traced.stdout.contains("0 -> \\u{1b}[2J"), "{traced:?}");
    check_command(&project, &["replay", file]);
    check_command(&project, &["scan", file]);
}
