//! Arbitrary values, events and executions.

use flux_recorder::{End, Event, FailureKind, Outcome, Output, Value};
use proptest::collection::vec;
use proptest::prelude::*;

pub fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(5, 48, 6, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let record = vec(("[a-z]{1,6}", inner.clone()), 0..5);
        prop_oneof![
            boxed.clone().prop_map(|value| Value::Option(Some(value))),
            boxed.clone().prop_map(|value| Value::Result(Ok(value))),
            boxed.clone().prop_map(|value| Value::Result(Err(value))),
            vec(inner.clone(), 0..6).prop_map(Value::List),
            vec(inner.clone(), 0..6).prop_map(Value::Tuple),
            record.clone().prop_map(Value::Record),
            record.prop_map(pairs),
            ("[a-z-]{0,8}", boxed).prop_map(|(name, value)| Value::Variant(name, value)),
        ]
    })
}

fn leaf() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<u64>().prop_map(Value::Unsigned),
        any::<i64>().prop_map(Value::Signed),
        any::<u32>().prop_map(|bits| Value::F32(f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| Value::F64(f64::from_bits(bits))),
        Just(Value::F64(0.0)),
        Just(Value::F64(-0.0)),
    ];
    let text = prop_oneof![
        any::<char>().prop_map(Value::Char),
        any::<String>().prop_map(Value::String),
        vec(any::<u8>(), 0..20).prop_map(Value::Bytes),
        r#"\{"[a-c]": ?[0-9]\}"#.prop_map(|json| Value::Bytes(json.into_bytes())),
        "[a-z-]{0,8}".prop_map(Value::Enum),
        any::<[u8; 16]>().prop_map(Value::Redacted),
    ];
    let rest = prop_oneof![Just(Value::Unit), any::<bool>().prop_map(Value::Bool), Just(Value::Option(None))];
    prop_oneof![number, text, rest]
}

/// Headers and the like.
fn pairs(fields: Vec<(String, Value)>) -> Value {
    let pair = |(name, value)| Value::Tuple(vec![Value::String(name), value]);
    Value::List(fields.into_iter().map(pair).collect())
}

pub fn outcome() -> impl Strategy<Value = Outcome> {
    let kinds = vec![FailureKind::Trap, FailureKind::TimeLimit, FailureKind::Host, FailureKind::Interrupted];
    let failed = (proptest::sample::select(kinds), any::<String>(), vec(any::<String>(), 0..4));
    prop_oneof![
        value().prop_map(|value| flux_recorder::returned(&value)),
        vec(any::<u8>(), 0..20).prop_map(Outcome::Returned),
        failed.prop_map(|(kind, message, backtrace)| Outcome::Failed { kind, message, backtrace }),
    ]
}

pub fn output() -> impl Strategy<Value = Output> {
    let fields = vec((any::<String>(), any::<String>()), 0..3);
    ("[a-z]{0,6}", any::<String>(), fields).prop_map(|(level, message, fields)| Output {
        level,
        message,
        fields,
    })
}

/// An event that owns what it shows.
#[derive(Debug, Clone)]
pub enum Owned {
    Call(u64, String, Vec<u8>),
    Return(u64, u64, Vec<u8>),
    Ambient(String, Vec<u8>),
    Mark(String, String),
    Output(Output),
    End(End),
}

impl Owned {
    pub fn event(&self) -> Event<'_> {
        match self {
            Self::Call(seq, function, args) => Event::Call { seq: *seq, function, args },
            Self::Return(seq, elapsed_ns, result) => {
                Event::Return { seq: *seq, elapsed_ns: *elapsed_ns, result }
            }
            Self::Ambient(stream, value) => Event::Ambient { stream, value },
            Self::Mark(name, value) => Event::Mark { name, value },
            Self::Output(output) => Event::Output(output.clone()),
            Self::End(end) => Event::End(end.clone()),
        }
    }
}

pub fn event() -> impl Strategy<Value = Owned> {
    let bytes = || vec(any::<u8>(), 0..200);
    let end = (outcome(), any::<u64>(), any::<u64>());
    prop_oneof![
        (any::<u64>(), any::<String>(), bytes()).prop_map(|(seq, name, args)| Owned::Call(seq, name, args)),
        (any::<u64>(), any::<u64>(), bytes()).prop_map(|(seq, ns, result)| Owned::Return(seq, ns, result)),
        (any::<String>(), bytes()).prop_map(|(stream, value)| Owned::Ambient(stream, value)),
        (any::<String>(), any::<String>()).prop_map(|(name, value)| Owned::Mark(name, value)),
        output().prop_map(Owned::Output),
        end.prop_map(|(outcome, elapsed_ns, peak_memory)| Owned::End(End {
            outcome,
            elapsed_ns,
            peak_memory
        })),
    ]
}

/// A call of an execution: function, arguments, result.
pub type Call = (&'static str, Value, Value);

pub fn call() -> impl Strategy<Value = Call> {
    let function = proptest::sample::select(vec!["kv.get", "kv.set", "fetch.send"]);
    (function, vec(value(), 1..4).prop_map(Value::Tuple), value())
}
