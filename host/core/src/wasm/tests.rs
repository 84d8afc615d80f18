//! Components of many modules and memories: the pool has room for them, or they are refused at load.

use std::sync::Arc;

use flux_recorder::{FailureKind, Outcome, Session};
use futures_util::future::join_all;

use crate::bindings::exports::flux::host::job_handler::Job;
use crate::hint::Hint;
use crate::wasm::{Engine, EngineOptions, LoadError, WasmGuest};
use crate::{Capabilities, Execution, Guest, Input, Limits, System};

const BODY: &str = "i32.const 16";
const ENDLESS: &str = "(loop $l (br $l)) i32.const 16";

/// A job handler whose core module has more in it, in a component that has more in it.
fn component(body: &str, in_module: &str, in_component: &str) -> Vec<u8> {
    let types = r#"(record (field "id" string) (field "queue" string) (field "payload" (list u8)) (field "attempt" u32))"#;
    let failure = r#"(variant (case "retry" string) (case "discard" string))"#;
    let text = format!(
        r#"(component
        (core module $m
            (memory (export "memory") 2)
            (global $next (mut i32) (i32.const 1024))
            {in_module}
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
                (global.get $next)
                (global.set $next (i32.add (global.get $next) (local.get 3))))
            (func (export "run") (param i32 i32 i32 i32 i32 i32 i32) (result i32) {body}))
        (core instance $i (instantiate $m))
        {in_component}
        (type $job {types})
        (type $failure {failure})
        (func $run (param "job" $job) (result (result (error $failure)))
            (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
        (component $shim
            (type $a {types}) (import "import-type-job" (type $job (eq $a)))
            (type $b {failure}) (import "import-type-failure" (type $failure (eq $b)))
            (import "import-func-run" (func $run (param "job" $job) (result (result (error $failure)))))
            (export $c "job" (type $job))
            (export $d "failure" (type $failure))
            (export "run" (func $run) (func (param "job" $c) (result (result (error $d))))))
        (instance $handler (instantiate $shim
            (with "import-type-job" (type $job))
            (with "import-type-failure" (type $failure))
            (with "import-func-run" (func $run))))
        (export "flux:host/job-handler@0.1.0" (instance $handler)))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn engine(instances: u32) -> Engine {
    Engine::new(&EngineOptions { instances, ..EngineOptions::default() }).expect("an engine")
}

async fn run(guest: &WasmGuest, limits: Limits) -> Outcome {
    let (environment, nothing) = (Arc::new(System::new()), Arc::new(Capabilities::default()));
    let execution = Execution::new(Session::live([0; 32]), environment, nothing, limits);
    let (id, queue) = ("1".to_owned(), "jobs".to_owned());
    guest.call(Input::Job(Job { id, queue, payload: vec![1, 2, 3], attempt: 1 }), execution).await.end.outcome
}

fn kind(outcome: &Outcome) -> Option<FailureKind> {
    match outcome {
        Outcome::Returned(_) => None,
        Outcome::Failed { kind, .. } => Some(*kind),
    }
}

/// As many executions at once as the engine has places for: all of them run until their time is over.
async fn all_places(engine: &Engine, instances: usize, in_module: &str, in_component: &str) {
    let endless = engine.load(&component(ENDLESS, in_module, in_component)).expect("it can run here");
    let limits = Limits { time_ms: 60, ..Limits::default() };
    let outcomes = join_all((0..instances).map(|_| run(&endless, limits))).await;
    for outcome in outcomes {
        assert_eq!(kind(&outcome), Some(FailureKind::TimeLimit), "{outcome:?}");
    }
    let guest = engine.load(&component(BODY, in_module, in_component)).expect("it can run here");
    let outcome = run(&guest, Limits::default()).await;
    assert_eq!(kind(&outcome), None, "{outcome:?}");
}

#[tokio::test]
async fn every_place_has_room_for_what_a_component_needs() {
    let more = "(core module $n (memory 1) (table 3 funcref)) ";
    let modules: String = (0..40).map(|_| "(core instance (instantiate $n))").collect();
    let tables = "(table 1 funcref) ".repeat(9);
    for instances in [1, 2] {
        let engine = engine(instances as u32);
        all_places(&engine, instances, "", "").await;
        all_places(&engine, instances, "(memory 1)", "").await;
        all_places(&engine, instances, "", &format!("{more}(core instance (instantiate $n))")).await;
        all_places(&engine, instances, &tables, "").await;
        all_places(&engine, instances, "", &format!("{more}{modules}")).await;
    }
}

/// More and more exceptions, of which none is kept: their heap takes a place as well.
const THROWS: &str = "(tag $t (param i32)) (func $throws (local $n i32) (loop $l
    (block $caught (result i32) (try_table (catch $t $caught) (throw $t (local.get $n))) unreachable) drop
    (br_if $l (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100000)))))";

#[tokio::test]
async fn every_place_has_room_for_exceptions() {
    for instances in [1, 2] {
        all_places(&engine(instances as u32), instances, THROWS, "").await;
    }
}

#[tokio::test]
async fn exceptions_that_are_caught_are_forgotten() {
    let engine = engine(1);
    let guest = engine.load(&component("(call $throws) i32.const 16", THROWS, "")).expect("it can run here");
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    assert_eq!(run(&guest, limits).await, run(&guest, limits).await);
    let outcome = run(&guest, limits).await;
    assert_eq!(kind(&outcome), None, "{outcome:?}");
}

#[tokio::test]
async fn an_exception_that_nothing_catches_is_a_trap_with_its_frames() {
    let engine = engine(1);
    let bytes = component("(throw $t (i32.const 1))", "(tag $t (param i32))", "");
    let outcome = run(&engine.load(&bytes).expect("it can run here"), Limits::default()).await;
    let Outcome::Failed { kind, message, backtrace } = outcome else { panic!("{outcome:?}") };
    assert_eq!((kind, message.as_str()), (FailureKind::Trap, "it threw an exception that nothing caught"));
    assert_eq!(backtrace.len(), 1, "{backtrace:?}");
}

#[tokio::test]
async fn a_guest_keeps_its_place_when_a_larger_one_is_loaded() {
    let engine = engine(1);
    let before = engine.load(&component(BODY, "", "")).expect("it can run here");
    let larger = engine.load(&component(BODY, "(memory 1) (memory 1)", "")).expect("it can run here");
    for guest in [&before, &larger, &before] {
        assert_eq!(kind(&run(guest, Limits::default()).await), None);
    }
}

#[tokio::test]
async fn a_pool_that_is_full_all_the_same_is_no_trap_of_the_guest() {
    let engine = engine(1);
    let guest = engine.load(&component(ENDLESS, "", "")).expect("it can run here");
    let limits = Limits { time_ms: 60, ..Limits::default() };
    let mut kinds: Vec<_> =
        join_all([run(&guest, limits), run(&guest, limits)]).await.iter().map(kind).collect();
    kinds.sort_by_key(|kind| *kind == Some(FailureKind::Host));
    assert_eq!(kinds, [Some(FailureKind::TimeLimit), Some(FailureKind::Host)]);
}

#[tokio::test]
async fn a_component_that_begins_over_a_limit_is_refused_with_the_setting() {
    let limits = Limits { memory: 1 << 20, table_elements: 50, ..Limits::default() };
    let engine =
        Engine::new(&EngineOptions { instances: 1, limits, ..EngineOptions::default() }).expect("an engine");
    let hint = |in_module: &str| {
        let error = engine.load(&component(BODY, in_module, "")).expect_err("it begins over a limit");
        (error.code().unwrap_or_default(), error.hint().unwrap_or_default())
    };
    let memory = ("FLX0108", "in flux.toml: [limits] memory = 1114112, or more".to_owned());
    assert_eq!(hint("(memory 17)"), memory);
    let table = ("FLX0108", "in flux.toml: [limits] table-elements = 51, or more".to_owned());
    assert_eq!(hint("(table 51 funcref)"), table);
    // Each is within the limit, together they are not: that is known when an instance begins.
    let guest = engine.load(&component(BODY, "(memory 15)", "")).expect("it can run here");
    assert_eq!(kind(&run(&guest, limits).await), Some(FailureKind::MemoryLimit));
}

#[test]
fn a_component_for_which_there_is_no_room_is_refused_with_the_setting() {
    let engine = engine(512);
    let error = engine.load(&component(BODY, &"(memory 1) ".repeat(99), "")).expect_err("no room");
    assert!(matches!(error, LoadError::NoRoom { memories: 100, executions: 512, .. }), "{error}");
    assert_eq!(error.code(), Some("FLX0108"));
    assert!(error.hint().unwrap_or_default().contains("[limits] concurrency"), "{error}");
}
