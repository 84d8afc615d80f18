//! The same random operations on all back ends: the same answers, but for the versions' text.

use flux_host::bindings::flux::host::kv::{Condition, Error, Page, SetOptions};
use proptest::prelude::*;

use crate::backends::backends;
use crate::support::{Guest, live};

/// One call. `Swap` uses the version that was read last for its key, which may be an old one.
#[derive(Debug, Clone)]
enum Operation {
    Get(usize, String),
    Set(usize, String, Vec<u8>, Option<u64>),
    SetAbsent(usize, String, Vec<u8>, Option<u64>),
    Swap(usize, String, Vec<u8>),
    Delete(usize, String),
    Increment(usize, String, i64),
    Keys(usize, String, Option<String>, u32),
    Wait(u64),
}

#[derive(Debug, Clone, PartialEq)]
enum Answer {
    Value(Result<Option<Vec<u8>>, Error>),
    Done(Result<bool, Error>),
    Sum(Result<i64, Error>),
    Page(Page),
    Nothing,
}

fn key() -> impl Strategy<Value = String> {
    // Few, so that operations meet; and of the kinds that back ends may get wrong.
    prop_oneof![
        4 => prop::sample::select(vec!["", "a", "ab", "a%", "a_b", "A", "é", "日本", "a\0b", "🦀", "*", "\n", "}"]).prop_map(str::to_owned),
        1 => "[ab%_é\u{0}]{0,3}",
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let numbers = prop::sample::select(vec![
        "0",
        "41",
        "-7",
        "9223372036854775807",
        "-9223372036854775808",
        "+3",
        "-0",
        "007",
        "x",
        "",
    ]);
    prop_oneof![numbers.prop_map(|it| it.as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..4)]
}

fn operation() -> impl Strategy<Value = Operation> {
    let bucket = || 0..2usize;
    let ttl = || prop::option::of(0..5u64);
    let by = prop_oneof![-3..4i64, Just(i64::MAX), Just(i64::MIN)];
    prop_oneof![
        (bucket(), key()).prop_map(|(b, k)| Operation::Get(b, k)),
        (bucket(), key(), value(), ttl()).prop_map(|(b, k, v, t)| Operation::Set(b, k, v, t)),
        (bucket(), key(), value(), ttl()).prop_map(|(b, k, v, t)| Operation::SetAbsent(b, k, v, t)),
        (bucket(), key(), value()).prop_map(|(b, k, v)| Operation::Swap(b, k, v)),
        (bucket(), key()).prop_map(|(b, k)| Operation::Delete(b, k)),
        (bucket(), key(), by).prop_map(|(b, k, by)| Operation::Increment(b, k, by)),
        (bucket(), key(), prop::option::of(key()), 0..5u32)
            .prop_map(|(b, p, c, l)| Operation::Keys(b, p, c, l)),
        (0..4u64).prop_map(Operation::Wait),
    ]
}

/// A back end, and the versions that were read from it.
struct Side {
    guest: Guest,
    buckets: [u32; 2],
    versions: std::collections::HashMap<(usize, String), String>,
}

impl Side {
    async fn new(mut guest: Guest) -> Self {
        let buckets = [guest.open("main").await.unwrap(), guest.open("other").await.unwrap()];
        Self { guest, buckets, versions: Default::default() }
    }

    async fn set(&mut self, bucket: usize, key: &str, value: &[u8], options: SetOptions) -> Answer {
        Answer::Done(self.guest.set_with(self.buckets[bucket], key, value, options).await)
    }

    async fn run(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Get(bucket, key) => self.get(*bucket, key).await,
            Operation::Set(bucket, key, value, ttl_ms) => {
                self.set(*bucket, key, value, SetOptions { ttl_ms: *ttl_ms, only_if: None }).await
            }
            Operation::SetAbsent(bucket, key, value, ttl_ms) => {
                let options = SetOptions { ttl_ms: *ttl_ms, only_if: Some(Condition::Absent) };
                self.set(*bucket, key, value, options).await
            }
            Operation::Swap(bucket, key, value) => {
                let version = self.versions.get(&(*bucket, key.clone())).cloned().unwrap_or_default();
                let options = SetOptions { ttl_ms: None, only_if: Some(Condition::Version(version)) };
                self.set(*bucket, key, value, options).await
            }
            Operation::Delete(bucket, key) => {
                Answer::Done(Ok(self.guest.delete(self.buckets[*bucket], key).await))
            }
            Operation::Increment(bucket, key, by) => {
                Answer::Sum(self.guest.increment(self.buckets[*bucket], key, *by).await)
            }
            Operation::Keys(bucket, prefix, cursor, limit) => {
                Answer::Page(self.guest.keys(self.buckets[*bucket], prefix, cursor.as_deref(), *limit).await)
            }
            Operation::Wait(ms) => {
                self.guest.clock.advance(*ms);
                Answer::Nothing
            }
        }
    }

    async fn get(&mut self, bucket: usize, key: &str) -> Answer {
        let entry = self.guest.get(self.buckets[bucket], key).await;
        if let Ok(Some(entry)) = &entry {
            self.versions.insert((bucket, key.to_owned()), entry.version.clone());
        }
        Answer::Value(entry.map(|it| it.map(|it| it.value)))
    }
}

async fn compare(operations: &[Operation]) -> Result<(), TestCaseError> {
    let backends = backends().await;
    let mut sides = Vec::new();
    for (name, backend) in &backends.each {
        sides.push((name, Side::new(live(backend)).await));
    }
    for (at, operation) in operations.iter().enumerate() {
        let mut expected = None;
        for (name, side) in &mut sides {
            let answer = side.run(operation).await;
            let expected = expected.get_or_insert_with(|| answer.clone());
            prop_assert_eq!(&answer, &*expected, "{} at operation {}: {:?}", name, at, operation);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn back_ends_agree(operations in prop::collection::vec(operation(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(compare(&operations))?;
    }
}
