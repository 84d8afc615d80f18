//! Verdicts where a recording is not whole, cannot run, or is of another guest; and a great many of them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use flux_recorder::format::Frames;
use flux_recorder::{Event, write_journal};
use flux_store::{Records, Shipment};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shop::{Shop, ask, order, place, set_price};
use crate::support::{Project, binary, guest};

/// The recordings of a project as files, and their folder.
fn exported(project: &Project) -> (PathBuf, Vec<PathBuf>) {
    let folder = project.path().join("out");
    let (status, said) = project.flux_json(&["records", "export", "--to", &folder.display().to_string()]);
    assert_eq!(status, 0, "{said}");
    let entries = std::fs::read_dir(&folder).expect("the folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    (folder, files)
}

/// Writes a recording again, with only those of its events.
fn keep_events(file: &Path, keep: impl Fn(&Event<'_>) -> bool) {
    let bytes = std::fs::read(file).expect("a recording");
    let events = Frames::of(&bytes).expect("a header").map(|event| event.expect("an event"));
    let kept = write_journal(events.filter(|event| keep(event)));
    std::fs::write(file, kept).expect("it is written");
}

fn verdicts(report: &Value) -> Vec<&str> {
    let executions = report["executions"].as_array().expect("executions");
    executions.iter().map(|it| it["verdict"].as_str().expect("a verdict")).collect()
}

fn shop_with_two_orders() -> Shop {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    place(&server, 1, "ann@example.org", 201);
    assert_eq!(ask(&server, "POST", "/orders", &order(0, "ann@example.org")).status, 422);
    server.stop();
    shop
}

#[test]
fn a_recording_that_cannot_run_is_one_line_of_the_report() {
    let shop = shop_with_two_orders();
    let (folder, files) = exported(&shop.project);
    let whole = std::fs::read(&files[0]).expect("a recording");
    std::fs::write(&files[0], &whole[..whole.len() - 3]).expect("it is cut");
    let (status, report) = shop.project.flux_json(&["replay", &folder.display().to_string()]);
    assert_eq!((status, &report["notRun"], &report["pass"]), (2, &json!(1), &json!(false)), "{report:#}");
    let verdicts = verdicts(&report);
    assert_eq!(verdicts[0], "not run");
    assert!(verdicts.len() > 2 && verdicts[1..].iter().all(|verdict| *verdict == "identical"), "{report:#}");
    assert_eq!(report["executions"][0]["code"], "FLX0301");
    let said = shop.project.flux(&["replay", &folder.display().to_string()]);
    assert!(said.stdout.contains("not run") && said.stdout.contains("1 could not run"), "{said:?}");
}

#[test]
fn an_interrupted_recording_is_not_compared() {
    let shop = shop_with_two_orders();
    let (_, files) = exported(&shop.project);
    keep_events(&files[0], |event| !matches!(event, Event::End(_)));
    let (status, report) = shop.project.flux_json(&["replay", &files[0].display().to_string()]);
    assert_eq!((status, verdicts(&report)), (1, vec!["not compared"]), "{report:#}");
    assert_eq!(report["executions"][0]["unfaithful"], json!(false));
}

#[test]
fn an_input_that_was_never_recorded_is_a_divergence() {
    let shop = shop_with_two_orders();
    let (folder, files) = exported(&shop.project);
    for file in &files {
        keep_events(
            file,
            |event| !matches!(event, Event::Ambient { stream, .. } if stream.starts_with("config.get:")),
        );
    }
    let (status, report) = shop.project.flux_json(&["replay", &folder.display().to_string()]);
    assert_eq!(status, 1, "{report:#}");
    let divergences = report["executions"].as_array().expect("executions").iter();
    let divergences = divergences.flat_map(|it| it["divergences"].as_array().expect("divergences"));
    let found: Vec<_> = divergences.filter(|it| it["code"] == "FLX0408").map(|it| &it["input"]).collect();
    assert_eq!(found, ["config.get:payments_url"], "{report:#}");
}

#[test]
fn a_component_is_judged_by_the_executions_of_the_guest_that_it_replaces() {
    let path = |name: &str| guest(name, "").display().to_string();
    let (hello, trouble) = (path("hello_rust"), path("trouble_rust"));
    let route = |route: &str, guest: &str| format!("[[http.routes]]\nroute = {route:?}\nguest = {guest:?}\n");
    let project = Project::new(&format!(
        "[app]\nname = \"two\"\n[guests.hello]\nsource = {hello:?}\n[guests.trouble]\nsource = {trouble:?}\n{}{}[kv.b]\nmemory = true\n",
        route("GET /hello", "hello"),
        route("GET /{*rest}", "trouble"),
    ));
    let server = project.serve(&[]);
    for path in ["/hello", "/calls?n=1", "/calls?n=2"] {
        assert_eq!(ask(&server, "GET", path, "").status, 200, "{path}");
    }
    server.stop();
    let replay = |more: &[&str]| project.flux_json(&[&["replay", "--last", "10"], more].concat());
    let (status, report) = replay(&["--against", &trouble]);
    assert_eq!((status, verdicts(&report)), (0, vec!["identical", "identical"]), "{report:#}");
    assert_eq!((&report["otherGuests"], &report["replayed"]), (&json!(1), &json!(2)));
    let (status, report) = replay(&["--against", &trouble, "--guest", "hello"]);
    assert_eq!((status, &report["otherGuests"]), (1, &json!(2)), "{report:#}");
    let unknown = project.flux(&["replay", "--last", "10", "--against", &trouble, "--guest", "helo"]);
    assert!(unknown.stderr.contains("hint: there are: hello, trouble"), "{unknown:?}");
}

/// How many recordings; `make scale` sets a million, and the optimised command.
fn scale() -> (usize, PathBuf) {
    let count = std::env::var("FLUX_SCALE").ok().and_then(|count| count.parse().ok()).unwrap_or(3_000);
    let flux = std::env::var_os("FLUX_SCALE_BIN").map_or_else(|| binary("flux"), PathBuf::from);
    (count, flux)
}

/// Ships a recording many times, each with an id of its own.
async fn multiply(project: &Project, journal: &[u8], ids: std::ops::Range<usize>) {
    let records =
        Records::open(project.path().join(".flux/records.db").as_path()).await.expect("the records");
    let all: Vec<usize> = ids.collect();
    for part in all.chunks(500) {
        let copies = part.iter().map(|number| {
            // Older than what was recorded: the low bits of a UUID v7 of 2020.
            let id = Uuid::from_u128(0x016f_5e66_e800_7000_8000_0000_0000_0000 + *number as u128);
            let events = Frames::of(journal).expect("a header").map(|event| match event.expect("an event") {
                Event::Begin(mut begin) => {
                    begin.id = id;
                    Event::Begin(begin)
                }
                event => event,
            });
            Shipment::read(id, write_journal(events)).expect("a shipment")
        });
        records.insert_batch(copies.collect()).await.expect("they are shipped");
    }
    records.close().await;
}

/// Runs a replay, and the most memory that it had, in KiB.
fn peak_of_replay(project: &Project, flux: &Path, last: usize) -> (i32, String, u64) {
    let mut command = std::process::Command::new(flux);
    command.arg("-C").arg(project.path()).args(["replay", "-j", "2", "--last", &last.to_string()]);
    command.env("FLUX_CACHE", crate::support::cache()).stdin(Stdio::null()).stdout(Stdio::piped());
    let child = command.spawn().expect("flux runs");
    let status_file = format!("/proc/{}/status", child.id());
    let (over, is_over) = std::sync::mpsc::channel();
    let watch = std::thread::spawn(move || {
        let mut peak = 0;
        while is_over.recv_timeout(Duration::from_millis(5)) == Err(RecvTimeoutError::Timeout) {
            let status = std::fs::read_to_string(&status_file).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let read = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            peak = read.unwrap_or(peak).max(peak);
        }
        peak
    });
    let said = child.wait_with_output().expect("it ends");
    over.send(()).expect("the watch waits");
    let text = String::from_utf8(said.stdout).expect("text");
    (said.status.code().unwrap_or(-1), text, watch.join().expect("the watch ends"))
}

#[test]
fn many_recordings_need_no_more_memory_than_few() {
    let (count, flux) = scale();
    let project = Project::of_guest(&guest("trouble_rust", ""), "");
    let server = project.serve(&[]);
    assert_eq!(ask(&server, "GET", "/calls?n=3", "").status, 200);
    server.stop();
    let (_, files) = exported(&project);
    let journal = std::fs::read(&files[0]).expect("a recording");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(multiply(&project, &journal, 0..count));
    let (status, said, few) = peak_of_replay(&project, &flux, 300);
    assert_eq!((status, said.as_str()), (0, "300 replayed: 300 identical\n"));
    let (status, said, many) = peak_of_replay(&project, &flux, count);
    assert_eq!((status, said), (0, format!("{count} replayed: {count} identical\n")));
    println!("{count} recordings: a peak of {many} KiB; 300 recordings: {few} KiB");
    assert!(many < few + 24 * 1024, "{count} recordings: {many} KiB; 300: {few} KiB");
}
