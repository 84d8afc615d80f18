//! When bytes are on the disk, and a disk that does not take them.

use super::*;

#[test]
fn relaxed_writes_when_it_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let relaxed = SpoolOptions { durability: Durability::Relaxed, ..options() };
    let (spool, _) = Spool::open(dir.path(), relaxed).unwrap();
    let written = pieces(id(1), 30, 900, ok());
    let (mut journal, handle) = spool.execution(id(1));
    written.iter().for_each(|piece| journal.append(piece).unwrap());
    assert_eq!(peek(dir.path()).unwrap().len(), 0);
    handle.finish();
    assert_eq!(peek(dir.path()).unwrap()[0].journal().unwrap().unwrap(), written.concat());
    assert_eq!(drain(&spool)[&id(1)], written.concat());
    assert_eq!(peek(dir.path()).unwrap().len(), 0, "shipped");
}

#[tokio::test]
async fn power_waits_for_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let power = SpoolOptions { durability: Durability::Power, ..options() };
    let (spool, _) = Spool::open(dir.path(), power).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..64 {
        let spool = spool.clone();
        tasks.spawn(async move {
            let (mut journal, handle) = spool.execution(id(number));
            pieces(id(number), 3, 3000, ok()).iter().for_each(|piece| journal.append(piece).unwrap());
            handle.durable().await.unwrap();
            handle.finish();
        });
    }
    tasks.join_all().await;
    assert_eq!(drain(&spool).len(), 64);
}

/// A spool on a disk that fails as long as `failing` says so, for files or for folders.
fn failing_spool(dir: &Path, folders: bool, failing: &Arc<AtomicBool>) -> Spool {
    let failing = failing.clone();
    let fault = move |file: &fs::File| {
        let hit = failing.load(Ordering::SeqCst) && file.metadata()?.is_dir() == folders;
        if hit { Err(std::io::Error::from_raw_os_error(5)) } else { Ok(()) }
    };
    let power = SpoolOptions { durability: Durability::Power, ..options() };
    Spool::open_on(Disk::with_fault(dir, Box::new(fault)), dir, power).unwrap().0
}

async fn refused(handle: &ExecutionHandle) {
    let error = handle.durable().await.unwrap_err();
    assert!(matches!(error, StoreError::Sync(_)), "{error}");
}

/// The bytes of the only segment that is written.
fn first_segment(dir: &Path) -> Vec<u8> {
    fs::read(&segment::list(dir).unwrap()[0].1).unwrap()
}

#[tokio::test]
async fn a_segment_that_the_disk_did_not_take_is_never_used_again() {
    let (dir, failing) = (tempfile::tempdir().unwrap(), Arc::<AtomicBool>::default());
    let spool = failing_spool(dir.path(), false, &failing);
    let whole = |number| pieces(id(number), 2, 100, ok());
    let (_, safe) = begun(&spool, id(1), &whole(1));
    safe.durable().await.unwrap();
    let (mut running, waiting) = begun(&spool, id(2), &pieces(id(2), 2, 100, None));
    let (_, lost) = begun(&spool, id(3), &whole(3));
    failing.store(true, Ordering::SeqCst);
    refused(&lost).await;
    assert!(!spool.is_durable() && spool.stats().failing && spool.stats().poisoned == 1);
    failing.store(false, Ordering::SeqCst);

    // Linux says once that bytes were lost: a second sync of the same file would succeed.
    let before = first_segment(dir.path());
    refused(&lost).await;
    refused(&waiting).await;
    assert!(running.append(&whole(2)[1]).is_err(), "it cannot be recorded, so it must not act");
    let (_, next) = begun(&spool, id(4), &whole(4));
    next.durable().await.unwrap();
    for handle in [safe, lost, next] {
        handle.finish();
    }
    drop(waiting);
    assert!(first_segment(dir.path()) == before, "the poisoned segment was written");
    let stats = spool.stats();
    assert_eq!((stats.poisoned, stats.failing, stats.waiting), (1, false, 4));
    drop(running);
    assert_eq!(drain(&spool).len(), 4, "what it still has is shipped");
    drop(spool);
    assert_eq!(segments(dir.path()), 0, "it goes when all was shipped");
}

#[tokio::test]
async fn a_folder_that_the_disk_did_not_take_poisons_the_files_without_a_name() {
    let (dir, failing) = (tempfile::tempdir().unwrap(), Arc::<AtomicBool>::default());
    let spool = failing_spool(dir.path(), true, &failing);
    let (_, first) = begun(&spool, id(1), &pieces(id(1), 2, 100, ok()));
    // In a segment of its own, which nobody asked to sync.
    let (_, large) = begun(&spool, id(2), &pieces(id(2), 1, 5 * SMALL, ok()));
    failing.store(true, Ordering::SeqCst);
    refused(&first).await;
    failing.store(false, Ordering::SeqCst);
    refused(&first).await;
    refused(&large).await;
    let (_, next) = begun(&spool, id(3), &pieces(id(3), 2, 100, ok()));
    next.durable().await.unwrap();
}

#[tokio::test]
async fn a_disk_that_takes_bytes_again_is_seen_without_any_execution() {
    let (dir, failing) = (tempfile::tempdir().unwrap(), Arc::new(AtomicBool::new(true)));
    let spool = failing_spool(dir.path(), false, &failing);
    assert!(spool.is_durable(), "nothing was asked of it yet");
    for number in 0..3 {
        refused(&begun(&spool, id(number), &pieces(id(number), 2, 100, ok())).1).await;
        assert!(!spool.is_durable());
    }
    assert_eq!(spool.stats().poisoned, 3, "each rolled to a new one");
    failing.store(false, Ordering::SeqCst);
    while !spool.is_durable() {
        tokio::task::yield_now().await;
    }
    assert_eq!(spool.stats().poisoned, 3);
    assert!(!dir.path().join("probe").exists());
}

#[test]
fn a_failure_that_cannot_be_moved_safely_stays_where_it_is() {
    let (dir, failing) = (tempfile::tempdir().unwrap(), Arc::new(AtomicBool::new(true)));
    let failing_disk = {
        let failing = failing.clone();
        move |_: &fs::File| {
            if failing.load(Ordering::SeqCst) { Err(std::io::Error::from_raw_os_error(5)) } else { Ok(()) }
        }
    };
    let bounded = SpoolOptions {
        max_bytes: 6 * SMALL as u64,
        full: Full::DropOldest,
        durability: Durability::Power,
        ..options()
    };
    let disk = Disk::with_fault(dir.path(), Box::new(failing_disk));
    let (spool, _) = Spool::open_on(disk, dir.path(), bounded).unwrap();
    let (failure, mut number) = (pieces(id(0), 2, 100, trap()), 1);
    write(&spool, id(0), &failure).unwrap();
    while spool.stats().dropped == 0 && write(&spool, id(number), &pieces(id(number), 2, 100, ok())).is_ok() {
        number += 1;
    }
    let copy = crash(dir.path());
    let (after, _) = Spool::open(copy.path(), options()).unwrap();
    assert_eq!(drain(&after)[&id(0)], failure.concat());
    drain(&spool);
}

#[test]
fn a_spool_opens_on_a_full_disk_ships_what_it_has_and_says_what_it_needs() {
    let (dir, full) = (tempfile::tempdir().unwrap(), Arc::<AtomicBool>::default());
    let no_room = |full: &Arc<AtomicBool>| {
        let full = full.clone();
        move |_: &fs::File| match full.load(Ordering::SeqCst) {
            true => Err(std::io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    };
    let open = || {
        let disk = Disk::without_room(dir.path(), Box::new(no_room(&full)));
        Spool::open_on(disk, dir.path(), options()).unwrap().0
    };
    let before = open();
    write(&before, id(1), &pieces(id(1), 2, 100, ok())).unwrap();
    drop(before);
    full.store(true, Ordering::SeqCst);
    let spool = open();
    let refused = write(&spool, id(2), &pieces(id(2), 2, 100, ok())).unwrap_err();
    // Found out beside the executions.
    let lacking = loop {
        match spool.lacking() {
            Some(why) => break why,
            None => std::thread::yield_now(),
        }
    };
    for why in [refused.0, lacking] {
        assert!(why.contains("recordings need 1 MiB") && why.contains("hint: free some space"), "{why}");
    }
    assert_eq!(drain(&spool).len(), 1);
    full.store(false, Ordering::SeqCst);
    while spool.lacking().is_some() {
        std::thread::yield_now();
    }
    write(&spool, id(3), &pieces(id(3), 2, 100, ok())).unwrap();
}
