//! Why the boundary has generated types with a derived canonical form, and no dynamic values.
//!
//! Three ways to write a call's result into the journal and to read it back, without the rest of
//! the call. `typed` is what Flux does. `tree` builds a `flux_recorder::Value` and writes that; it
//! has byte strings, so it is the best that a dynamic host could do. `val` is what wasmtime's
//! `Linker::func_new` gives and takes, where every byte of a list is a value of its own. Only the
//! form in memory differs: the bytes written are the same, which is checked before anything is timed.
//! Making the typed value to write is no part of any of them; building the dynamic one from it is, because a
//! host with typed back ends has to. Dropping what was made is in all of them.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_host::bindings::flux::host::kv::{Entry, Error};
use flux_recorder::{Decode, Encode, Value};
use wasmtime::component::Val;

type Answer = Result<Option<Entry>, Error>;

fn answer(size: usize) -> Answer {
    Ok(Some(Entry { value: vec![b'v'; size], version: "17".to_owned() }))
}

fn tree(answer: &Answer) -> Value {
    let Ok(Some(entry)) = answer else {
        return Value::Unit;
    };
    let fields = vec![
        ("value".to_owned(), Value::Bytes(entry.value.clone())),
        ("version".to_owned(), Value::String(entry.version.clone())),
    ];
    Value::Result(Ok(Box::new(Value::Option(Some(Box::new(Value::Record(fields)))))))
}

fn from_tree(value: Value) -> Option<Entry> {
    let Value::Result(Ok(value)) = value else {
        return None;
    };
    let Value::Option(Some(value)) = *value else {
        return None;
    };
    let Value::Record(fields) = *value else {
        return None;
    };
    let mut fields = fields.into_iter().map(|(_, value)| value);
    match (fields.next(), fields.next()) {
        (Some(Value::Bytes(value)), Some(Value::String(version))) => Some(Entry { value, version }),
        _ => None,
    }
}

fn val(answer: &Answer) -> Val {
    let Ok(Some(entry)) = answer else {
        return Val::Bool(false);
    };
    let fields = vec![
        ("value".to_owned(), Val::List(entry.value.iter().copied().map(Val::U8).collect())),
        ("version".to_owned(), Val::String(entry.version.clone())),
    ];
    Val::Result(Ok(Some(Box::new(Val::Option(Some(Box::new(Val::Record(fields))))))))
}

/// The journal's value of wasmtime's: a list of bytes has to be found out to be one.
fn to_tree(value: &Val) -> Value {
    match value {
        Val::Result(Ok(Some(value))) => Value::Result(Ok(Box::new(to_tree(value)))),
        Val::Option(Some(value)) => Value::Option(Some(Box::new(to_tree(value)))),
        Val::Record(fields) => {
            Value::Record(fields.iter().map(|(name, value)| (name.clone(), to_tree(value))).collect())
        }
        Val::List(items) => Value::Bytes(
            items
                .iter()
                .filter_map(|item| if let Val::U8(byte) = item { Some(*byte) } else { None })
                .collect(),
        ),
        Val::String(text) => Value::String(text.clone()),
        _ => Value::Unit,
    }
}

fn write(out: &mut Vec<u8>, value: &impl Encode) {
    out.clear();
    value.encode(out);
    black_box(out);
}

fn measure(criterion: &mut Criterion, name: &str, size: usize) {
    let answer = answer(size);
    let bytes = answer.to_canonical();
    assert_eq!(bytes, tree(&answer).to_canonical(), "the tree has other bytes");
    assert_eq!(bytes, to_tree(&val(&answer)).to_canonical(), "wasmtime's values have other bytes");
    assert_eq!(from_tree(tree(&answer)).map(Some).map(Ok).as_ref(), Some(&answer));

    let mut out = Vec::with_capacity(8192);
    let mut group = criterion.benchmark_group(format!("write kv.get {name}"));
    group.bench_function("typed", |it| it.iter(|| write(&mut out, black_box(&answer))));
    group.bench_function("tree", |it| it.iter(|| write(&mut out, &tree(black_box(&answer)))));
    group.bench_function("val", |it| it.iter(|| write(&mut out, &to_tree(&val(black_box(&answer))))));
    group.finish();

    let mut group = criterion.benchmark_group(format!("read kv.get {name}"));
    group.bench_function("typed", |it| it.iter(|| Answer::from_canonical(black_box(&bytes))));
    group.bench_function("tree", |it| it.iter(|| Value::read(black_box(&bytes)).map(from_tree)));
    group.finish();
}

fn encoding(criterion: &mut Criterion) {
    measure(criterion, "64 B", 64);
    measure(criterion, "4 KiB", 4096);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(1));
    targets = encoding
}
criterion_main!(benches);
