//! One value has one encoding, and its bytes are one value.

use flux_recorder::{Decode, Encode, Event, Value, format::Frames, write_journal};
use proptest::prelude::*;

use crate::generate::{event, value};

proptest! {
    #[test]
    fn a_value_survives_its_bytes(value in value()) {
        let bytes = value.to_canonical();
        let read = Value::read(&bytes).expect("own bytes");
        prop_assert_eq!(&read, &value);
        prop_assert_eq!(read.to_canonical(), bytes);
    }

    #[test]
    fn values_are_equal_exactly_when_their_bytes_are(a in value(), b in value()) {
        prop_assert_eq!(a == b, a.to_canonical() == b.to_canonical());
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_are_the_only_encoding(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = Value::read(&bytes) {
            prop_assert_eq!(value.to_canonical(), bytes);
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_is_another_value(value in value(), at: prop::sample::Index, flip in 1u8..) {
        let mut bytes = value.to_canonical();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(read) = Value::read(&bytes) {
            prop_assert_eq!(read.to_canonical(), bytes);
            prop_assert_ne!(read, value);
        }
    }

    #[test]
    fn events_survive_their_bytes(events in prop::collection::vec(event(), 0..8)) {
        let bytes = write_journal(events.iter().map(|event| event.event()));
        let read: Result<Vec<_>, _> = Frames::of(&bytes).expect("a header").collect();
        let events: Vec<Event<'_>> = events.iter().map(|event| event.event()).collect();
        prop_assert_eq!(read, Ok(events));
    }
}

#[track_caller]
fn refused(bytes: &[u8]) {
    assert!(Value::read(bytes).is_err(), "{bytes:02x?}");
}

#[test]
fn another_encoding_of_a_value_is_refused() {
    refused(&[7, 0x80, 0]);
    refused(&[7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]);
    refused(&[9, 1, 0, 0xc0, 0x7f]);
    refused(&[9, 0, 0, 0xc0, 0xff]);
    refused(&[10, 1, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
    refused(&[11, 0x80, 0xb0, 0x03]);
    refused(&[12, 1, 0xff]);
    refused(&[14, 5, 0]);
    refused(&[20]);
    refused(&[0, 0]);
}

#[test]
fn nesting_has_a_bound_and_what_is_below_it_reads() {
    let nested = |depth: usize, leaf: &[u8]| [vec![4; depth].as_slice(), leaf].concat();
    for leaf in [&[0][..], &[17, 1, b'a'], &[13, 0], &[12, 0]] {
        assert!(Value::read(&nested(64, leaf)).is_ok(), "{leaf:?}");
        refused(&nested(65, leaf));
    }
    refused(&nested(1 << 20, &[0]));
}

#[test]
fn typed_readers_take_exactly_their_type() {
    assert_eq!(<Vec<u8>>::from_canonical(&[13, 2, 1, 2]), Ok(vec![1, 2]));
    assert!(<Vec<u8>>::from_canonical(&[14, 1, 7, 1]).is_err());
    assert!(u8::from_canonical(&[7, 0x80, 2]).is_err());
    assert!(<(u64, u64)>::from_canonical(&[15, 3, 7, 1, 7, 1, 7, 1]).is_err());
    assert_eq!(<Option<()>>::from_canonical(&[4, 0]), Ok(Some(())));
    let token = [&[19][..], &[0xab; 16]].concat();
    assert_eq!(String::from_canonical(&token), Ok(format!("redacted:{}", "ab".repeat(16))));
}
