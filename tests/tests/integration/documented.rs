//! Every command line of the documents and of the help does what it is shown for: each is run, in a project that has
//! everything that they name.

mod lines;
mod stage;

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use flux_test_services::skip;

use crate::projects::{beside, has, tool};
use crate::support::{Project, Said};
use lines::Line;
use stage::Stage;

/// Lines that end with another status than 0: what they contain, the statuses that are right, and why.
const STATUSES: [(&str, &[i32], &str); 4] = [
    ("--against orders_go_changed.wasm", &[1], "the build has a bug, and the replay finds it"),
    ("--against shop@previous", &[0, 1], "the build before had that bug, which not every recording meets"),
    ("| head", &[0, 141], "the reader may go away before the end"),
    ("flux resume", &[2], "README.md says that this command does not exist"),
];

#[test]
fn every_command_line_does_what_it_is_shown_for() {
    let lines = lines::all();
    assert!(lines.len() > 100, "{lines:#?}");
    let stage = Stage::new();
    let left = Mutex::new(lines.into_iter());
    let next = || left.lock().expect("no thread panicked").next();
    let work = || std::iter::from_fn(next).filter_map(|line| mistake(&stage, &line)).collect::<Vec<_>>();
    let mistakes: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    assert!(mistakes.is_empty(), "{} do not work:\n\n{}", mistakes.len(), mistakes.join("\n"));
}

/// What is wrong with a line, if anything is.
fn mistake(stage: &Stage, line: &Line) -> Option<String> {
    if !can_run(&line.text) {
        return None;
    }
    let text = stage.fill(&line.text);
    let project = stage.copy();
    let said = if serves(&text) { until_ready(&project, &text) } else { to_the_end(&project, &text) };
    let known = STATUSES.iter().find(|(part, ..)| text.contains(part));
    let expected = known.map_or(&[0][..], |(_, statuses, _)| statuses);
    let is_named = line.is_inline && said.status != 0 && lacks_arguments(&said.stderr);
    if is_named || expected.contains(&said.status) {
        return None;
    }
    Some(format!("{}: {}\n  run as: {text}\n  {said:?}\n", line.place, line.text))
}

/// Whether this machine has the tools of a line; it is said where it does not.
fn can_run(line: &str) -> bool {
    let is_of_v8 = line.contains("orders.js") || line.contains("build --engine v8");
    if is_of_v8 && !stage::can_v8() {
        skip(&format!("V8 is not in the command, or npm is missing: {line}"));
        return false;
    }
    let needed = [("orders_go ", "go"), ("| jq", "jq")];
    needed.iter().all(|(part, tool)| !line.contains(part) || has(&[tool]))
}

/// Whether a line runs until it is stopped.
fn serves(line: &str) -> bool {
    let last = line.rsplit("&& ").next().unwrap_or_default();
    let is_served =
        ["flux run", "flux up"].iter().any(|it| last == *it || last.starts_with(&format!("{it} ")));
    is_served && !last.contains("--help") || last.contains("--follow")
}

/// Whether a command ended because it was only named, without the arguments that it takes.
fn lacks_arguments(stderr: &str) -> bool {
    let missing = [
        "required arguments were not provided",
        "a value is required for",
        "nothing is selected",
        "no execution is named",
        // Of `flux records prune`, where neither it nor flux.toml says what to keep.
        "--older-than 30days",
    ];
    let is_help = stderr.contains("Usage: flux") && !stderr.starts_with("error");
    is_help || missing.iter().any(|text| stderr.contains(text))
}

fn shell(project: &Project, line: &str) -> Command {
    let mut shell = tool("bash", project);
    if line.contains("flux new") {
        shell.current_dir(if serves(line) { empty(line) } else { project.path().join("empty") });
    }
    if line.contains('~') {
        shell.env("HOME", project.path().join("home"));
    }
    shell.envs(stage::variables("http://127.0.0.1:9")).env("CARGO_TARGET_DIR", beside("guests-target"));
    // The shell itself lives on when the commands of its group are stopped, and has their status.
    shell.args(["-c", &format!("set -o pipefail; trap : TERM; {line}")]);
    shell
}

/// An empty folder that is the same in each run: cargo would compile everything again for a project in another.
fn empty(line: &str) -> PathBuf {
    let name = line.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let folder = beside("documented").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn to_the_end(project: &Project, line: &str) -> Said {
    shell(project, line).output().expect("a shell runs").into()
}

/// Starts it, reads until it is ready, and stops it.
fn until_ready(project: &Project, line: &str) -> Said {
    let is_whole = line.contains("--listen") || line.contains("--follow");
    let line = if is_whole { line.to_owned() } else { format!("{line} --listen 127.0.0.1:0") };
    let mut shell = shell(project, &format!("exec 2>&1; {line}"));
    let mut child = shell.stdout(Stdio::piped()).process_group(0).spawn().expect("a shell runs");
    let mut stdout = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("it is piped"));
    let ready = if line.contains("--follow") { "\n" } else { "/healthz" };
    while !stdout.contains(ready) && reader.read_line(&mut stdout).expect("text") > 0 {}
    if stdout.contains(ready) {
        stop(&child);
    }
    while reader.read_line(&mut stdout).expect("text") > 0 {}
    let status = child.wait().expect("it ended").code().unwrap_or(-1);
    // A reader such as `flux tail --follow` ends by the signal.
    let status = if line.contains("--follow") && status == 143 { 0 } else { status };
    Said { status, stdout, stderr: String::new() }
}

fn stop(child: &Child) {
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-TERM", "--", &group]).status().expect("kill runs").success());
}
