//! FORMAT.md's examples are true: they are read from the page.

use flux_recorder::{Digest, Encode, End, Event, Recording, Value, returned, write_journal};

use crate::transcript::begin;

const PAGE: &str = include_str!("../../FORMAT.md");

fn bytes_of(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|pair| u8::from_str_radix(pair, 16).expect("two hex digits")).collect()
}

#[test]
fn each_tag_has_a_true_example() {
    let mut tags = Vec::new();
    for line in PAGE.lines() {
        let cells: Vec<_> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' ', '`'])).collect();
        let [tag, .., example, hex] = cells[..] else {
            continue;
        };
        let Ok(tag) = tag.parse::<u8>() else { continue };
        if cells.len() != 5 {
            continue;
        }
        let bytes = bytes_of(hex);
        let value = Value::read(&bytes).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!((value.to_string().as_str(), bytes[0]), (example, tag), "{line}");
        assert_eq!(value.to_canonical(), bytes, "{line}");
        tags.push(tag);
    }
    tags.dedup();
    assert_eq!(tags, (0..=19).collect::<Vec<_>>());
}

#[test]
fn the_whole_journal_is_what_a_writer_writes() {
    let (_, block) = PAGE.split_once("```hex\n").expect("an example");
    let (block, _) = block.split_once("```").expect("its end");
    let bytes = block.lines().flat_map(|line| bytes_of(line.split_once('#').map_or(line, |(hex, _)| hex)));
    let bytes: Vec<_> = bytes.collect();
    let mut begin = begin();
    begin.guest = Digest([0xaa; 32]);
    let args = ("cart",).to_canonical();
    let result = Some(b"3".to_vec()).to_canonical();
    let end = End { outcome: returned(&200u16), elapsed_ns: 9_000, peak_memory: 65_536 };
    let written = write_journal([
        Event::Begin(Box::new(begin)),
        Event::Call { seq: 0, function: "kv.bucket.get", args: &args },
        Event::Return { seq: 0, elapsed_ns: 700, result: &result },
        Event::End(end),
    ]);
    let hex: Vec<_> = written.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(bytes == written, "a writer writes:\n{}", hex.join(" "));
    assert_eq!(Recording::read(bytes).expect("a journal").effects[0].function, "kv.bucket.get");
}

#[test]
fn versions_and_bounds_are_those_of_the_code() {
    let (major, minor) = (flux_recorder::format::MAJOR, flux_recorder::format::MINOR);
    assert!(PAGE.starts_with(&format!("# The recording format, version {major}.{minor}\n")));
    assert!(PAGE.contains(&format!("from 1 to {}", flux_recorder::format::MAX_FRAME)));
    assert!(PAGE.contains(&format!("deeper than {} levels", flux_recorder::canonical::MAX_DEPTH)));
    assert!(PAGE.contains(&format!(
        "{} · N bytes + {} MiB",
        crate::bounds::PER_BYTE,
        crate::bounds::BESIDES >> 20
    )));
}
