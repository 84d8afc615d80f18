//! What others see of a spool that is written.

use super::*;

#[test]
fn a_watch_sees_each_execution_when_it_ends_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut watch = SpoolWatch::new(&dir.path().join("spool"));
    assert_eq!(watch.look().unwrap().len(), 0, "nothing is there yet");
    let (spool, _) = Spool::open(&dir.path().join("spool"), options()).unwrap();
    let journal = |number: u128| pieces(id(number), (number % 7) as usize, 10 << (number % 11), ok());
    let ids = |watch: &mut SpoolWatch| -> Vec<_> {
        let seen = watch.look().unwrap();
        let whole =
            |one: &Peeked| one.journal().unwrap().unwrap() == journal(one.id.as_u128() & 0xffff).concat();
        assert!(seen.iter().all(whole));
        seen.iter().map(|one| one.id.as_u128() & 0xffff).collect()
    };
    let (early, handle) = begun(&spool, id(0), &journal(0)[..1]);
    write(&spool, id(1), &journal(1)).unwrap();
    assert_eq!(ids(&mut watch), [1]);
    (2..400).for_each(|number| write(&spool, id(number), &journal(number)).unwrap());
    let mut early = early;
    journal(0)[1..].iter().for_each(|piece| early.append(piece).unwrap());
    assert_eq!(ids(&mut watch), (2..400).collect::<Vec<_>>());
    handle.finish();
    assert_eq!(ids(&mut watch), [0], "it began first and ended last");
    write(&spool, id(400), &journal(400)).unwrap();
    drain(&spool);
    assert_eq!(ids(&mut watch), [] as [u128; 0], "what was shipped is the record store's");
    write(&spool, id(401), &journal(401)).unwrap();
    assert_eq!(ids(&mut watch), [401]);
    drain(&spool);
}

#[test]
fn a_watch_reads_what_was_added() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let mut watch = SpoolWatch::new(dir.path());
    (0..300).for_each(|number| write(&spool, id(number), &pieces(id(number), 2, 100, ok())).unwrap());
    assert_eq!(watch.look().unwrap().len(), 300);
    // Were it read again, it would be seen as damaged or as new.
    for (_, path) in segment::list(dir.path()).unwrap().iter().rev().skip(2) {
        let length = fs::metadata(path).unwrap().len() as usize;
        let file = fs::File::options().write(true).open(path).unwrap();
        file.write_all_at(&vec![0xff; length], 0).unwrap();
    }
    write(&spool, id(300), &pieces(id(300), 2, 100, ok())).unwrap();
    assert_eq!(watch.look().unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [id(300)]);
}
