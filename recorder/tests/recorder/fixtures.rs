//! Recordings of every released format are read for ever.

use std::path::Path;

use flux_recorder::{Outcome, Recording, Value};

use crate::transcript::lines;

fn recording(name: &str) -> Recording {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/recordings").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Recording::read(bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(bytes: &[u8]) -> String {
    Value::read(bytes).map_or_else(|error| error.to_string(), |value| value.to_string())
}

/// A recording as text, line by line.
fn dump(recording: &Recording) -> Vec<String> {
    let begin = &recording.begin;
    let parent = begin.parent.map_or("nothing".to_owned(), |id| id.to_string());
    let mut dump = vec![
        format!("begin {} of {parent} on {}", begin.id, begin.engine),
        format!("guest {} started {} seed {}", begin.guest, begin.started_ns, begin.seed[0]),
        format!("{} {} {}", begin.trigger.kind, begin.trigger.name, shown(&begin.trigger.input)),
    ];
    for stream in recording.ambient_streams() {
        let values = (0..recording.ambient_len(stream)).filter_map(|index| recording.ambient(stream, index));
        dump.extend(values.map(|value| format!("ambient {stream} = {}", shown(value))));
    }
    for (index, effect) in recording.effects.iter().enumerate() {
        let result = recording.result(index).map_or("unknown".to_owned(), shown);
        let args = shown(recording.args(index));
        dump.push(format!("call {index} {}{args} -> {result} in {} ns", effect.function, effect.elapsed_ns));
    }
    dump.extend(
        recording.output.iter().map(|line| format!("{} {:?} {:?}", line.level, line.message, line.fields)),
    );
    dump.extend(recording.marks.iter().map(|(name, value)| format!("mark {name} {value}")));
    if let Some(crossings) = recording.answered {
        dump.push(format!("answered after {crossings}, then {:?}", recording.tail));
    }
    dump.extend(recording.limit.map(|limit| format!("{limit:?}")));
    dump.push(ending(recording));
    dump
}

fn ending(recording: &Recording) -> String {
    let end = &recording.end;
    let outcome = match &end.outcome {
        Outcome::Returned(bytes) => shown(bytes),
        Outcome::Failed { kind, message, backtrace } => format!("{} {message:?} {backtrace:?}", kind.name()),
    };
    format!("end {outcome} after {} ns with {} bytes", end.elapsed_ns, end.peak_memory)
}

#[track_caller]
fn check(name: &str, expect: &str) {
    let found = dump(&recording(name)).join("\n");
    let expect = lines(expect).collect::<Vec<_>>().join("\n").replace("GUEST", &"5a".repeat(32));
    assert!(found == expect, "expected:\n{expect}\n\nfound:\n{found}\n");
}

#[test]
fn an_order_of_1_0() {
    check(
        "1.0/order.fluj",
        r#"begin 01990000-0000-7000-8000-000000000000 of nothing on wasmtime 48
           guest GUEST started 1790000000000000000 seed 3
           http /orders {method: post, path: "/orders?limit=2"}
           ambient clock.now = 1790000000000000100
           ambient config.get:region = some("eu")
           ambient config.secret:psp = some(redacted:55dcd1221c6686fba602b5f58f929eab)
           call 0 db.connection.query("select 1", true) -> ok(some([300, -1, 1.5, nan])) in 1500 ns
           call 1 fetch.send("POST", b"{\"token\":\"{{secret psp}}\",\"amount\":100}", none) -> err(denied('é')) in 1500 ns
           info "stored\n" [("order", "17")]
           mark limit fetch.timeout = 30s
           end {status: 201, headers: [("x-api-key", redacted:11111111111111111111111111111111)], body: x"ff00"} after 5000000 ns with 1114112 bytes"#,
    );
}

#[test]
fn a_failed_job_of_1_0() {
    check(
        "1.0/failed-job.fluj",
        r#"begin 01990000-0000-7000-8000-000000000001 of nothing on wasmtime 48
           guest GUEST started 1790000000000000000 seed 3
           job /orders {method: post, path: "/orders?limit=2"}
           call 0 queue.send("mail") -> ok in 1500 ns
           end trap "wasm `unreachable` executed" ["orders::send", "orders::main"] after 5000000 ns with 1114112 bytes"#,
    );
}

#[test]
fn an_interrupted_execution_of_1_0() {
    check(
        "1.0/interrupted.fluj",
        r#"begin 01990000-0000-7000-8000-000000000002 of 01990000-0000-7000-8000-000000000000 on wasmtime 48
           guest GUEST started 1790000000000000000 seed 3
           http /orders {method: post, path: "/orders?limit=2"}
           call 0 kv.bucket.get("cart") -> none in 1500 ns
           call 1 kv.bucket.set("cart", 1) -> unknown in 0 ns
           end interrupted "the process ended while this ran" [] after 0 ns with 0 bytes"#,
    );
}

#[test]
fn a_tail_of_1_1() {
    check(
        "1.1/tail.fluj",
        r#"begin 01990000-0000-7000-8000-000000000003 of nothing on wasmtime 48
           guest GUEST started 1790000000000000000 seed 3
           http /orders {method: post, path: "/orders?limit=2"}
           call 0 kv.bucket.get("cart") -> none in 1500 ns
           mark tail trap: a panic: after the answer
           answered after 0, then Some(TailFailure { kind: Trap, message: "a panic: after the answer" })
           end {status: 202} after 5000000 ns with 1114112 bytes"#,
    );
}

#[test]
fn a_limit_of_1_1() {
    check(
        "1.1/limited.fluj",
        r#"begin 01990000-0000-7000-8000-000000000004 of nothing on wasmtime 48
           guest GUEST started 1790000000000000000 seed 3
           http /orders {method: post, path: "/orders?limit=2"}
           call 0 db.connection.begin("main") -> ok in 1500 ns
           call 1 fetch.send("GET") -> unknown in 0 ns
           call 2 db.transaction.rollback("main#1") -> ok in 1500 ns
           mark limit time-limit while waiting
           mark abandoned fetch.send (call 1)
           LimitAt { kind: TimeLimit, during: Waiting, crossings: 2 }
           end time-limit "it ran longer than 300 ms" [] after 5000000 ns with 1114112 bytes"#,
    );
}

#[test]
fn hidden_values_of_1_1() {
    check(
        "1.1/hidden.fluj",
        r#"begin 01990000-0000-7000-8000-000000000003 of nothing on wasmtime 48
           guest GUEST started 1790000000000000000 seed 3
           http /orders {method: post, path: "/orders?limit=2"}
           ambient config.secret:psp = some("secret-psp-d3b1972474fa3c4a248bab08ed268cc2/-ccce3900931190d3")
           call 0 fetch.send("Bearer secret-psp-d3b1972474fa3c4a248bab08ed268cc2/-ccce3900931190d3", "?key=secret-psp-d3b1972474fa3c4a248bab08ed268cc2%2F-ccce3900931190d3", "{{secret psp}}") -> redacted:11111111111111111111111111111111 in 1500 ns
           end b"{\"key\":\"secret-psp-d3b1972474fa3c4a248bab08ed268cc2\\/-ccce3900931190d3\"}" after 5000000 ns with 1114112 bytes"#,
    );
}
