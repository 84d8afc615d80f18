//! What a process that died has left.

use super::*;
use crate::spool::layout::GRAIN;

#[test]
fn an_execution_that_still_runs_is_seen_and_recovered() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let written = pieces(id(1), 40, 900, None);
    let (mut journal, handle) = spool.execution(id(1));
    written.iter().for_each(|piece| journal.append(piece).unwrap());
    journal.append(&[9; 10]).unwrap(); // Half a frame.
    write(&spool, id(2), &pieces(id(2), 0, 8, ok())).unwrap();

    let peeked = peek(dir.path()).unwrap();
    let seen: Vec<_> = peeked.iter().map(|one| (one.id, one.finished)).collect();
    assert_eq!(seen, [(id(1), false), (id(2), true)]);
    assert_eq!(peeked[0].journal().unwrap().unwrap(), written.concat());

    let copy = crash(dir.path());
    let (after, recovered) = Spool::open(copy.path(), options()).unwrap();
    assert_eq!(recovered.executions, 2);
    let shipment = Shipment::read(id(1), drain(&after).remove(&id(1)).unwrap()).unwrap();
    assert_eq!(shipment.journal, written.concat());
    assert_eq!(
        (&*shipment.summary.outcome, shipment.summary.failed, shipment.summary.calls),
        ("interrupted", true, 40)
    );
    drop(handle);
    assert_eq!(drain(&spool).len(), 2);
}

#[test]
fn recovery_invents_nothing_whatever_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let journals: BTreeMap<_, _> =
        (0..30).map(|number| (id(number), pieces(id(number), 12, 40 * number as usize, ok()))).collect();
    journals.iter().for_each(|(id, pieces)| write(&spool, *id, pieces).unwrap());
    let all = |id: Uuid| journals[&id].concat();
    for round in 0..300u64 {
        let copy = crash(dir.path());
        let paths: Vec<_> = segment::list(copy.path()).unwrap().into_iter().map(|(_, path)| path).collect();
        let random = |salt: u64| crc32c::crc32c(&[round.to_le_bytes(), salt.to_le_bytes()].concat()) as usize;
        let path = &paths[random(0) % paths.len()];
        let mut bytes = fs::read(path).unwrap();
        match round % 3 {
            0 => bytes.truncate(random(1) % bytes.len()),
            1 => (0..8).for_each(|salt| {
                let at = random(salt + 2) % bytes.len();
                bytes[at] ^= 1 << (salt % 8);
            }),
            _ => {
                let at = random(1) % bytes.len();
                let end = (at + random(2) % 9000).min(bytes.len());
                bytes[at..end].fill(0);
            }
        }
        // A flipped version is refused, which is no damage that this test is about.
        bytes.iter_mut().zip(layout::segment_header()).skip(8).for_each(|(byte, right)| *byte = right);
        fs::write(path, bytes).unwrap();
        let (after, _) = Spool::open(copy.path(), options()).unwrap();
        for (id, bytes) in drain(&after) {
            if let Ok(shipment) = Shipment::read(id, bytes) {
                assert!(all(id).starts_with(&shipment.journal), "round {round}");
            }
        }
    }
}

/// One thing that is done to the bytes of a segment.
#[derive(Debug, Clone)]
enum Damage {
    Cut(prop::sample::Index),
    Set(prop::sample::Index, u8),
    Zero(prop::sample::Index, usize),
    Copy(prop::sample::Index, prop::sample::Index, usize),
    /// A word of some run's header: length, index, used, state. The checksum is made right again.
    Header(prop::sample::Index, usize, u32),
}

impl Damage {
    fn apply(&self, number: u64, bytes: &mut Vec<u8>) {
        if bytes.len() <= GRAIN {
            return;
        }
        let until = |at: usize, length: usize, all: usize| (at + length).min(all);
        match self {
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Set(at, byte) => *at.get_mut(bytes) = *byte,
            Self::Zero(at, length) => {
                let at = at.index(bytes.len());
                let end = until(at, *length, bytes.len());
                bytes[at..end].fill(0);
            }
            Self::Copy(from, to, length) => {
                let from = from.index(bytes.len() / GRAIN) * GRAIN;
                let to = to.index(bytes.len() / GRAIN) * GRAIN;
                let end = until(from, (*length).min(bytes.len() - to), bytes.len());
                bytes.copy_within(from..end, to);
            }
            Self::Header(run, word, value) => {
                let (found, _) = layout::scan(number, bytes);
                if found.is_empty() {
                    return;
                }
                let at = run.get(&found).at;
                let mut header = run.get(&found).header;
                match word % 4 {
                    0 => header.length = value & !255,
                    1 => header.index = *value,
                    2 => bytes[at + layout::USED_AT..][..4].copy_from_slice(&value.to_le_bytes()),
                    _ => bytes[at + layout::STATE_AT..][..4].copy_from_slice(&value.to_le_bytes()),
                }
                bytes[at..at + layout::FIXED].copy_from_slice(&header.write(number, at));
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    let word = prop_oneof![0..4u32, Just(u32::MAX), Just(u32::MAX - 255), 0..100_000u32, any::<u32>()];
    prop_oneof![
        at().prop_map(Damage::Cut),
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (at(), 1..9000usize).prop_map(|(at, length)| Damage::Zero(at, length)),
        (at(), at(), 1..9000usize).prop_map(|(from, to, length)| Damage::Copy(from, to, length)),
        (at(), 0..4usize, word).prop_map(|(run, word, value)| Damage::Header(run, word, value)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// The short form of host/store/fuzz: real segments, with headers that are made up and checksums that
    /// are right.
    #[test]
    fn no_bytes_panic_and_nobody_gets_more_than_there_are(
        damages in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..12),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let (spool, _) = Spool::open(dir.path(), options()).unwrap();
        for number in 0..12 {
            write(&spool, id(number), &pieces(id(number), 6, 900 * number as usize, ok())).unwrap();
        }
        let copy = crash(dir.path());
        drain(&spool);
        let listed = segment::list(copy.path()).unwrap();
        for (index, damage) in &damages {
            let (number, path) = index.get(&listed);
            let mut bytes = fs::read(path).unwrap();
            damage.apply(*number, &mut bytes);
            // A newer version is refused, which is no damage that this test is about.
            bytes.iter_mut().zip(layout::segment_header()).skip(8).for_each(|(byte, right)| *byte = right);
            fs::write(path, bytes).unwrap();
        }
        let there: u64 = listed.iter().map(|(_, path)| fs::metadata(path).unwrap().len()).sum();
        let size = |found: Vec<Peeked>| {
            let journals = found.iter().filter_map(|one| one.journal().ok().flatten());
            journals.map(|journal| journal.len() as u64).sum::<u64>()
        };
        prop_assert!(size(peek(copy.path()).unwrap()) <= there);
        prop_assert!(size(SpoolWatch::new(copy.path()).look().unwrap()) <= there);
        let (after, _) = Spool::open(copy.path(), options()).unwrap();
        let recovered: u64 = drain(&after).values().map(|bytes| bytes.len() as u64).sum();
        prop_assert!(recovered <= there);
    }
}

#[test]
fn a_run_that_is_missing_cuts_what_follows() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let all = pieces(id(1), 4, 20_000, ok());
    write(&spool, id(1), &all).unwrap();
    let copy = crash(dir.path());
    for (number, path) in segment::list(copy.path()).unwrap() {
        let (found, _) = layout::scan(number, &fs::read(&path).unwrap());
        if found.iter().any(|run| run.header.index == 1) {
            fs::remove_file(path).unwrap();
        }
    }
    let (after, _) = Spool::open(copy.path(), options()).unwrap();
    let shipment = Shipment::read(id(1), drain(&after).remove(&id(1)).unwrap()).unwrap();
    assert!(shipment.journal.len() < all.concat().len());
    assert!(all.concat().starts_with(&shipment.journal));
    drain(&spool);
}

#[test]
fn recorded_bytes_that_look_like_a_run_are_none() {
    let forged = layout::RunHeader { length: 256, id: id(9), index: 0 }.write(1, 512);
    let mut segment = vec![0; 2048];
    segment[1024..1024 + forged.len()].copy_from_slice(&forged);
    assert_eq!(layout::scan(1, &segment).0.len(), 0, "made for another place");
    segment.copy_within(1024..1024 + forged.len(), 512);
    assert_eq!(layout::scan(1, &segment).0.len(), 1);
    assert_eq!(layout::scan(2, &segment).0.len(), 0, "made for another segment");
}
