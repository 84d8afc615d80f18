//! A disk that is full and then has room again: nothing that was due is lost without a word, and nothing has to be
//! restarted.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flux_test_services::say_skipped;
use serde_json::Value;

use crate::cron::due;
use crate::readiness::{ready, reasons};
use crate::shop::{ask, pause, poll, tail};
use crate::support::{Project, guest, request};

/// Room for the spool's files, and a little more.
const SIZE: &str = "size=48m";

/// A small disk below a folder, gone with the test.
struct Disk(PathBuf);

impl Disk {
    /// None, said on stderr, where the test may not mount one.
    fn mount(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).expect("a folder");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(folder).output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(folder.to_owned())),
            _ => {
                say_skipped("only root may mount a small disk");
                None
            }
        }
    }

    fn fill(&self) {
        let mut file = File::create(self.0.join("filling")).expect("a file");
        while file.write_all(&[0; 4096]).is_ok() {}
        while file.write_all(&[0]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filling")).expect("the file that fills the disk");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A guest that counts in a bucket, sends jobs and writes into a database, with a run each second.
fn project() -> Project {
    let project = Project::of_guest(
        &guest("trouble_rust", ""),
        "[db.main]\nsqlite = \"main.db\"\n[queues.outbox]\nguest = \"g\"\n\
         [cron.tick]\nguest = \"g\"\nschedule = \"* * * * * *\"\nmissed = \"run-once\"\n",
    );
    crate::backends::replace(&project, &[("[kv.b]\nmemory = true", "[kv.b]\nsqlite = \"kv.db\"")]);
    project
}

/// The runs of the schedule that became dead letters, by the time at which they were due.
fn missed(project: &Project) -> BTreeSet<u64> {
    let (status, jobs) =
        project.flux_json(&["queue", "list", "cron.tick", "--state", "dead", "--last", "1000"]);
    assert_eq!(status, 0, "{jobs}");
    let key = |job: &Value| job["idempotencyKey"].as_str()?.strip_prefix("missed ")?.parse().ok();
    jobs.as_array().expect("a list").iter().filter_map(key).collect()
}

#[test]
fn after_a_full_disk_all_goes_on_and_every_run_is_made_up_or_reported() {
    let project = project();
    let Some(disk) = Disk::mount(&project.path().join(".flux/data")) else { return };
    let server = project.serve(&[]);
    poll("readiness", || ready(&server).then_some(()));
    let paths = ["/count/a", "/send/a", "/outbox/commit"];
    let mut seen = BTreeSet::new();
    for path in paths {
        let answer = ask(&server, "GET", path, "");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        seen.extend(answer.execution);
    }
    poll("a run", || (!due(&project).is_empty()).then_some(()));
    disk.fill();
    poll("the server to say that it is not ready", || (!ready(&server)).then_some(()));
    let why = reasons(&server).to_string();
    assert!(why.contains("queue '") && why.contains("full"), "{why}");
    // While runs fall due, requests fail, in every back end.
    for turn in 0..60 {
        let answer = request(&server.http, "GET", paths[turn % paths.len()], "").expect("it is answered");
        seen.extend(answer.execution);
        pause();
    }
    disk.free();
    poll("the server to be ready again", || ready(&server).then_some(()));
    for path in paths {
        let answer = ask(&server, "GET", path, "");
        assert_eq!(answer.status, 200, "{path} after the disk has room again: {answer:?}");
        seen.extend(answer.execution);
    }
    let missed = poll("the runs that were missed", || Some(missed(&project)).filter(|it| !it.is_empty()));
    let last_missed = *missed.last().expect("one");
    poll("a run after those", || due(&project).iter().any(|it| *it > last_missed + 1000).then_some(()));
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.stderr.contains("were missed: "), "{said:?}");
    assert!(!said.stderr.contains("transaction depth"), "{said:?}");
    let recorded: BTreeSet<_> =
        tail(&project).iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect();
    assert!(seen.is_subset(&recorded), "not recorded: {:?}", seen.difference(&recorded));
    let ran: BTreeSet<_> = due(&project).into_iter().collect();
    assert!(ran.is_disjoint(&missed), "a run that was made up is no dead letter");
    let all: Vec<_> = ran.union(&missed).copied().collect();
    assert!(all.windows(2).all(|pair| pair[1] - pair[0] == 1000), "a run is lost: {ran:?} {missed:?}");
}

#[test]
fn a_node_that_died_starts_on_a_full_disk_and_says_what_it_needs() {
    let project = project();
    let Some(disk) = Disk::mount(&project.path().join(".flux")) else { return };
    let server = project.serve(&[]);
    poll("readiness", || ready(&server).then_some(()));
    let before = ask(&server, "GET", "/count/a", "");
    server.kill();
    disk.fill();
    let server = project.serve(&[]);
    assert!(!ready(&server));
    let why = reasons(&server).to_string();
    assert!(
        why.contains("the disk is full: recordings need 8 MiB in ") && why.contains("hint: free some"),
        "{why}"
    );
    assert!(request(&server.http, "GET", "/count/a", "").expect("it is answered").status >= 500);
    disk.free();
    poll("the server to be ready", || ready(&server).then_some(()));
    let after = ask(&server, "GET", "/count/a", "");
    assert_eq!(after.status, 200, "{after:?}");
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    let recorded: Vec<_> = tail(&project).iter().map(|it| it["id"].as_str().map(str::to_owned)).collect();
    assert!(recorded.contains(&before.execution) && recorded.contains(&after.execution), "{recorded:?}");
}
