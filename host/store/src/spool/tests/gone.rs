//! A spool whose folder is removed while it is used, and one whose process is gone.

use std::path::PathBuf;

use super::*;

/// A spool that has made its files: `remove_dir_all` would fail if another came while it works.
fn settled(path: &Path) -> Spool {
    let (spool, _) = Spool::open(path, options()).unwrap();
    spool.0.roller.settle();
    spool
}

/// A spool, and that of another process in the same folder after it was removed: tried until it is faster than the first
/// one, which looks each second.
fn taken_over(dir: &Path) -> (PathBuf, Spool, Spool) {
    let path = dir.join("spool");
    let first = settled(&path);
    let second = loop {
        fs::remove_dir_all(&path).ok();
        if let Ok((second, _)) = Spool::open(&path, options()) {
            break second;
        }
    };
    second.0.roller.settle();
    (path, first, second)
}

#[test]
fn a_folder_that_is_removed_is_made_again_and_nothing_that_ended_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/spool");
    let spool = settled(&path);
    write(&spool, id(1), &pieces(id(1), 2, 100, ok())).unwrap();
    fs::remove_dir_all(dir.path().join("data")).unwrap();
    assert_eq!(spool.lacking(), None);
    write(&spool, id(2), &pieces(id(2), 2, 100, ok())).unwrap();
    let seen: Vec<_> = peek(&path).unwrap().into_iter().map(|it| it.id).collect();
    assert_eq!(seen, [id(2)], "what begins now survives the process");
    let second = Spool::open(&path, options()).unwrap_err();
    assert!(matches!(second, StoreError::SpoolInUse { .. }), "{second}");
    assert_eq!(drain(&spool).len(), 2);
}

#[test]
fn a_segment_that_is_removed_takes_no_further_execution() {
    let dir = tempfile::tempdir().unwrap();
    let spool = settled(dir.path());
    write(&spool, id(1), &pieces(id(1), 2, 100, ok())).unwrap();
    for (_, path) in segment::list(dir.path()).unwrap() {
        fs::remove_file(path).unwrap();
    }
    assert_eq!(spool.lacking(), None);
    write(&spool, id(2), &pieces(id(2), 2, 100, ok())).unwrap();
    assert_eq!(peek(dir.path()).unwrap().len(), 1);
    assert_eq!(drain(&spool).len(), 2);
}

#[test]
fn a_folder_that_another_process_has_by_now_is_left_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let (_, first, second) = taken_over(dir.path());
    let why = first.lacking().unwrap();
    assert!(why.contains("is in use by process") && why.contains("hint: restart"), "{why}");
    let refused = write(&first, id(1), &pieces(id(1), 2, 100, ok())).unwrap_err();
    assert!(refused.0.contains("is in use by process"), "{}", refused.0);
    write(&second, id(2), &pieces(id(2), 2, 100, ok())).unwrap();
    drop(second);
    assert_eq!(first.lacking(), None, "nobody has it any more");
}

#[test]
fn nothing_is_made_or_removed_in_the_folder_that_another_process_has() {
    let dir = tempfile::tempdir().unwrap();
    let (path, first, _second) = taken_over(dir.path());
    let listed = segment::list(&path).unwrap();
    assert_eq!(listed.len(), 2, "the one that is written, and the spare one");
    first.0.roller.dedicated(1).unwrap_err();
    drop(first);
    assert_eq!(segment::list(&path).unwrap(), listed);
}

#[test]
fn what_a_dead_process_left_open_is_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let spool = settled(dir.path());
    let (_journal, _handle) = begun(&spool, id(1), &pieces(id(1), 2, 100, None));
    let outcome = |dir| peek(dir).unwrap()[0].summary().unwrap().unwrap().outcome;
    assert_eq!(outcome(dir.path()), "running");
    let copy = crash(dir.path());
    assert_eq!(outcome(copy.path()), "interrupted");
}
