//! Guests that go wrong: each ends as a named outcome, alone, and a replay ends in the same way.

use std::path::Path;

use serde_json::{Value, json};

use crate::shop::{ask, document, poll, tail, trace};
use crate::support::{Answer, Project, Server, guest, request};

/// The guest that goes wrong, with limits of flux.toml.
fn trouble(limits: &str) -> Project {
    Project::of_guest(&guest("trouble_rust", ""), &format!("[limits]\n{limits}\n"))
}

fn get(server: &Server, path: &str) -> Answer {
    ask(server, "GET", path, "")
}

/// The last event of the execution that gave an answer.
fn end(project: &Project, answer: &Answer) -> Value {
    let id = answer.execution.as_deref().expect("an id");
    let end = trace(project, id).pop().expect("it has events");
    assert_eq!(end["event"], "end", "{end}");
    end
}

/// Asks for one trouble, and checks what the client and the record say of it; the record's end.
fn fails(limits: &str, path: &str, status: u16, kind: &str, message: &str) -> Value {
    let project = trouble(limits);
    let server = project.serve(&[]);
    let answer = get(&server, path);
    assert_eq!(answer.status, status, "{answer:?}");
    let problem = document(&answer);
    assert_eq!(problem["execution"].as_str(), answer.execution.as_deref());
    assert!(!problem.to_string().contains("trouble_rust"), "a client sees nothing of the inside: {problem}");
    assert_eq!(get(&server, "/sleep?ms=0").status, 200, "the server lives on");
    server.stop();
    let record = tail(&project).into_iter().find(|it| it["id"].as_str() == answer.execution.as_deref());
    let record = record.expect("it is recorded");
    assert_eq!((&record["outcome"], &record["failed"]), (&json!(kind), &json!(true)));
    let end = end(&project, &answer);
    assert_eq!(end["outcome"], format!("{kind}: {message}"));
    assert_replays(&project);
    end
}

/// Everything that was recorded is what a replay does.
fn assert_replays(project: &Project) {
    let (status, report) = project.flux_json(&["replay", "--last", "100"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
    let executions = report["executions"].as_array().expect("executions");
    assert_eq!(executions.len(), tail(project).len());
    assert!(executions.iter().all(|it| it["verdict"] == "identical"), "{report}");
}

/// A line of this repository's guest in which a text stands, as a backtrace has it.
fn place_of(file: &str, text: &str) -> String {
    let path = Path::new("guests/trouble_rust/src").join(file);
    let source = std::fs::read_to_string(crate::support::root().join(&path)).expect("the guest's source");
    let line = source.lines().position(|line| line.contains(text)).expect("the line is there");
    format!("{}:{}", path.display(), line + 1)
}

fn has_frame(end: &Value, function: &str, place: &str) -> bool {
    let frames = end["backtrace"].as_array().expect("it has a backtrace");
    let fits = |frame: &str| frame.contains(function) && frame.ends_with(place);
    frames.iter().filter_map(Value::as_str).any(fits)
}

#[test]
fn a_panic_has_its_message_and_a_backtrace_with_lines() {
    let panic = place_of("traps.rs", "assert!(");
    let message = format!("panicked at {panic}:5: trouble was asked for: the path has 6 characters");
    let end = fails("", "/panic", 500, "trap", &message);
    assert!(has_frame(&end, "traps::inner at ", &panic), "{end}");
    assert!(has_frame(&end, "outer at ", &place_of("traps.rs", "black_box(inner(length))")), "{end}");
    assert!(has_frame(&end, "panic at ", &place_of("traps.rs", "outer(request.path.len())")), "{end}");
}

/// A panic of Rust begins with a dozen frames of its library, which nobody looks for.
#[test]
fn a_trace_begins_at_the_guests_own_frame() {
    let project = trouble("");
    let server = project.serve(&[]);
    let answer = get(&server, "/panic");
    server.stop();
    let id = answer.execution.as_deref().expect("an id");
    let frames = |more: &[&str]| -> Vec<String> {
        let said = project.flux(&[&["trace", id], more].concat()).stdout;
        said.lines().filter_map(|line| line.strip_prefix("          ")).map(str::to_owned).collect()
    };
    let own: Vec<_> = frames(&[]).into_iter().skip_while(|line| !line.starts_with("at ")).collect();
    assert!(own[0].contains("inner at ") && own[0].ends_with(&place_of("traps.rs", "assert!(")), "{own:?}");
    assert!(own.iter().all(|line| !line.contains("std::") && !line.contains("#handle")), "{own:?}");
    let rest = own.last().expect("a line");
    assert!(rest.ends_with("more frames of the language, the SDK and packages  (each: --full)"), "{own:?}");
    let all = frames(&["--full"]);
    assert!(all.iter().any(|line| line.contains("core::panicking::panic_fmt")), "{all:?}");
}

#[test]
fn a_trap_says_which() {
    let end = fails("", "/trap", 500, "trap", "wasm trap: wasm `unreachable` instruction executed");
    assert!(has_frame(&end, "handle at ", &place_of("lib.rs", "traps::trap()")), "{end}");
}

#[test]
fn an_endless_loop_ends_at_the_time_limit() {
    let end = fails("time-ms = 300", "/loop", 504, "time-limit", "it ran longer than 300 ms");
    assert!(end["elapsedNs"].as_u64().is_some_and(|elapsed| elapsed >= 300_000_000), "{end}");
    let frames = end["backtrace"].to_string();
    assert!(frames.contains("endless at "), "{frames}");
}

#[test]
fn a_sleep_ends_at_the_time_limit_too() {
    let project = trouble("time-ms = 300");
    let server = project.serve(&[]);
    let answer = get(&server, "/sleep?ms=20000");
    assert_eq!(answer.status, 504, "{answer:?}");
    server.stop();
    let end = end(&project, &answer);
    assert_eq!(end["outcome"], "time-limit: it ran longer than 300 ms");
    assert!(end["elapsedNs"].as_u64().is_some_and(|elapsed| elapsed < 20_000_000_000), "{end}");
    assert_replays(&project);
}

#[test]
fn a_recursion_ends_at_the_stack_limit() {
    let end = fails("", "/recurse", 500, "stack-limit", "its stack is full");
    let place = place_of("traps.rs", "deeper(depth + 1) + 1");
    assert!(has_frame(&end, "deeper at ", &place), "{end}");
}

#[test]
fn memory_over_the_limit_is_refused_and_the_guest_may_go_on() {
    let project = trouble("memory = 33554432");
    let server = project.serve(&[]);
    let answer = get(&server, "/memory");
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = String::from_utf8(answer.body.clone()).expect("text");
    let got = body.strip_prefix("refused after ").and_then(|rest| rest.strip_suffix(" MiB\n"));
    let got: u64 = got.and_then(|got| got.parse().ok()).unwrap_or_else(|| panic!("{body}"));
    assert!((20..32).contains(&got), "{got} MiB of the 32 that it may have");
    server.stop();
    let peak = end(&project, &answer)["peakMemory"].as_u64().expect("its peak");
    assert!(peak <= 32 << 20 && peak > got << 20, "{peak}");
    assert_replays(&project);
}

#[test]
fn memory_that_a_guest_cannot_do_without_ends_it() {
    let project = trouble("memory = 33554432\nresponse = 100000000");
    let server = project.serve(&[]);
    let answer = get(&server, "/big");
    assert_eq!(answer.status, 500, "{answer:?}");
    server.stop();
    let outcome = end(&project, &answer)["outcome"].as_str().expect("an outcome").to_owned();
    assert!(
        outcome.starts_with("memory-limit: it asked for ") && outcome.ends_with(" bytes of memory"),
        "{outcome}"
    );
    assert_replays(&project);
}

#[test]
fn a_flood_of_log_lines_ends_at_the_output_limit() {
    let message = "it wrote more than 10000 bytes of log lines, stdout and stderr";
    let end = fails("output = 10000", "/flood", 500, "output-limit", message);
    assert!(has_frame(&end, "flood at ", &place_of("limits.rs", "log::info!")), "{end}");
}

#[test]
fn a_response_over_its_limit_is_never_sent() {
    let message = "its response is longer than 1000000 bytes";
    fails("response = 1000000", "/big", 500, "output-limit", message);
}

#[test]
fn calls_over_their_limit_end_a_guest() {
    let message = "it made more than 100 calls to the host";
    let end = fails("calls = 100", "/calls?n=200", 500, "call-limit", message);
    assert!(end["backtrace"].to_string().contains("calls at "), "{end}");
}

#[test]
fn calls_within_their_limit_are_all_recorded() {
    let project = trouble("calls = 100");
    let server = project.serve(&[]);
    let answer = get(&server, "/calls?n=40");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"0 of 40 found\n".as_slice()));
    server.stop();
    let events = trace(&project, answer.execution.as_deref().expect("an id"));
    let keys =
        events.iter().filter(|event| event["function"] == "kv.bucket.get").map(|event| event["args"].clone());
    let expected: Vec<_> = (0..40).map(|call| json!(["b", format!("key-{call}")])).collect();
    assert_eq!(keys.collect::<Vec<_>>(), expected);
    assert_replays(&project);
}

/// A project whose guest is a text of tests/components, and the folder of the guest.
fn written_by_hand(name: &str) -> (Project, tempfile::TempDir) {
    let text = crate::support::root().join("tests/components").join(name);
    let bytes = wat::parse_file(text).expect("a component");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let component = folder.path().join("guest.wasm");
    std::fs::write(&component, bytes).expect("it is written");
    (Project::of_guest(&component, ""), folder)
}

#[test]
fn exceptions_cross_modules_and_one_that_nothing_catches_is_told() {
    let (project, _folder) = written_by_hand("exceptions.wat");
    let server = project.serve(&[]);
    let caught = get(&server, "/caught");
    assert_eq!((caught.status, caught.body.as_slice()), (200, b"caught\n".as_slice()));
    let uncaught = get(&server, "/uncaught");
    assert_eq!(uncaught.status, 500, "{uncaught:?}");
    assert_eq!(get(&server, "/caught").body, b"caught\n", "the server lives on");
    server.stop();
    let outcome = "trap: it threw an exception that nothing caught";
    assert_eq!(end(&project, &uncaught)["outcome"], outcome);
    assert_replays(&project);
}

#[test]
fn a_table_that_grows_ends_at_its_limit() {
    let (project, _folder) = written_by_hand("tables.wat");
    let server = project.serve(&[]);
    let answer = get(&server, "/");
    assert_eq!(answer.status, 500, "{answer:?}");
    server.stop();
    assert_eq!(end(&project, &answer)["outcome"], "memory-limit: it asked for 100001 table elements");
    assert_replays(&project);
}

#[test]
fn a_million_calls_are_all_recorded_or_end_at_their_limit() {
    let message = "it made more than 100000 calls to the host";
    fails("", "/calls?n=1000000", 500, "call-limit", message);
    let project = trouble("calls = 2000000\ntime-ms = 300000");
    let server = project.serve(&[]);
    let answer = get(&server, "/calls?n=1000000");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"0 of 1000000 found\n".as_slice()));
    server.stop();
    let record = tail(&project).pop().expect("it is recorded");
    assert_eq!(record["calls"], 1_000_000, "{record}");
    assert_replays(&project);
}

#[test]
fn arguments_over_their_limit_are_refused_and_others_end_the_guest() {
    let project = trouble("");
    let server = project.serve(&[]);
    assert_eq!(get(&server, "/arguments?mib=1").body, b"taken\n");
    let refused = get(&server, "/arguments?mib=17");
    assert_eq!(refused.body, b"the key or the value is too large for the bucket\n", "{refused:?}");
    let ended = get(&server, "/arguments?mib=200");
    assert_eq!(ended.status, 500, "{ended:?}");
    assert_eq!(get(&server, "/arguments?mib=1").body, b"taken\n", "the server lives on");
    server.stop();
    let outcome = "output-limit: the arguments of one call are longer than 134217728 bytes";
    assert_eq!(end(&project, &ended)["outcome"], outcome);
    assert_replays(&project);
}

#[test]
fn handles_that_are_kept_are_calls_like_others_and_made_up_ones_trap() {
    let project = trouble("calls = 50000");
    let server = project.serve(&[]);
    assert_eq!(get(&server, "/leak?n=40000").body, b"40000 kept\n");
    let leaked = get(&server, "/leak?n=60000");
    let (closed, foreign) = (get(&server, "/closed"), get(&server, "/foreign"));
    assert_eq!((leaked.status, closed.status, foreign.status), (500, 500, 500));
    assert_eq!(get(&server, "/bucket/b").body, b"open\n", "the server lives on");
    server.stop();
    let outcome = |answer: &Answer| end(&project, answer)["outcome"].as_str().map(str::to_owned);
    assert_eq!(outcome(&leaked).as_deref(), Some("call-limit: it made more than 50000 calls to the host"));
    assert_eq!(outcome(&closed).as_deref(), Some("trap: unknown handle index 1"));
    assert_eq!(outcome(&foreign).as_deref(), Some("trap: unknown handle index 77"));
    assert_replays(&project);
}

#[test]
fn a_storm_of_traps_leaves_nothing_behind() {
    let project = trouble("time-ms = 30000");
    let server = project.serve(&[]);
    let clients = [(); 8].map(|()| {
        let http = server.http.clone();
        std::thread::spawn(move || {
            for round in 0..100 {
                let path = ["/trap", "/panic", "/recurse", "/closed"][round % 4];
                let answer = request(&http, "GET", path, "").expect("it is answered");
                assert_eq!(answer.status, 500, "{path}: {answer:?}");
            }
        })
    });
    for _ in 0..50 {
        let answer = get(&server, "/sleep?ms=1");
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"slept 1 ms\n".as_slice()));
    }
    clients.into_iter().for_each(|client| client.join().expect("every trap was answered"));
    server.stop();
    let records = tail(&project);
    let named = |outcome: &str| records.iter().filter(|record| record["outcome"] == outcome).count();
    assert_eq!((named("trap"), named("stack-limit"), named("returned")), (600, 200, 50));
    assert_eq!(records.len(), 850);
}

#[test]
fn what_is_denied_names_the_lines_that_would_allow_it() {
    let project = trouble("");
    let server = project.serve(&[]);
    let answer = get(&server, "/bucket/other");
    let text = String::from_utf8(answer.body).expect("text");
    assert_eq!(answer.status, 200);
    assert!(text.contains("denied: bucket 'other' is not in flux.toml"), "{text}");
    assert!(text.contains("add [kv.other] with sqlite = \"kv.db\""), "{text}");
    assert_eq!(get(&server, "/bucket/b").body, b"open\n");
    server.stop();
    assert_replays(&project);
    // The hint is right: with its lines, the bucket opens.
    let path = project.path().join("flux.toml");
    let config = std::fs::read_to_string(&path).expect("flux.toml");
    std::fs::write(&path, config + "[kv.other]\nsqlite = \"kv.db\"\n").expect("flux.toml");
    let server = project.serve(&[]);
    assert_eq!(get(&server, "/bucket/other").body, b"open\n");
    server.stop();
}

#[test]
fn neighbours_are_answered_while_guests_go_wrong() {
    let project = trouble("time-ms = 30000");
    let server = project.serve(&[]);
    let loops = [(); 4].map(|()| {
        let http = server.http.clone();
        std::thread::spawn(move || request(&http, "GET", "/loop", ""))
    });
    let running = || tail(&project).iter().filter(|it| it["outcome"] == "running").count();
    // More loops than a small machine has cores.
    poll("the loops", || (running() == loops.len()).then_some(()));
    // So many that a second for each would outlast the loops.
    for _ in 0..60 {
        let answer = get(&server, "/sleep?ms=1");
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"slept 1 ms\n".as_slice()));
    }
    assert_eq!(get(&server, "/panic").status, 500);
    assert_eq!(running(), loops.len(), "the neighbours waited until the loops had ended");
    server.kill();
    for ended in loops {
        assert!(ended.join().expect("the client ended").is_err(), "a loop has no answer");
    }
}
