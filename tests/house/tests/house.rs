//! The rules of CONTRIBUTING.md about files, functions and crates, held against the sources as they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flux_house::{Long, circles, crates, drawing, imports, long_files, long_functions, redraw};

const MOST_LINES_OF_A_FUNCTION: usize = 70;
const MOST_LINES_OF_A_FILE: usize = 500;

/// Made by programs, so nobody reads them from top to bottom.
const GENERATED: [&str; 2] = ["sdks/go/internal/imports/", "tests/projects/cargo_component/src/bindings.rs"];

/// Files that are in a circle of imports and are being taken out of it. Only ever shortened.
const STILL_IN_CIRCLES: &[(&str, &[&str])] = &[
    (
        "cli/src",
        &[
            "commands/build.rs",
            "commands/guests.rs",
            "commands/keys.rs",
            "commands/new.rs",
            "commands/new/kit.rs",
            "commands/queue.rs",
            "commands/records.rs",
            "commands/replay.rs",
            "commands/run.rs",
            "commands/scan.rs",
            "commands/tail.rs",
            "commands/trace.rs",
            "main.rs",
            "recordings.rs",
            "report/human.rs",
            "report/json.rs",
            "report/junit.rs",
            "report/mod.rs",
            "report/totals.rs",
        ],
    ),
    ("host/capabilities/queue/src", &["sql.rs", "sql/dialect.rs", "sql/driver.rs", "sql/postgres.rs"]),
    (
        "host/store/src",
        &[
            "error.rs",
            "private.rs",
            "records/mod.rs",
            "records/postgres.rs",
            "records/schema.rs",
            "records/sql.rs",
            "records/sqlite.rs",
            "records/target.rs",
            "shipper.rs",
            "spool/execution.rs",
            "spool/full.rs",
            "spool/mod.rs",
            "spool/queue.rs",
            "spool/recover.rs",
            "spool/run.rs",
            "spool/segment.rs",
            "store.rs",
        ],
    ),
    ("recorder/replay/src", &["explain.rs", "verdict.rs"]),
];

/// Files and functions that are still too long. Only ever shortened.
const STILL_TOO_LONG: &[&str] = &["host/store/src/spool/tests.rs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/house is in the root").to_owned()
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let mut found = BTreeSet::new();
    for each in crates(&root()).expect("manifests") {
        let imports = imports(&root().join(&each.folder)).expect("sources");
        let files = circles(&imports).into_iter().flatten();
        found.extend(files.map(|file| format!("{}/src/{file}", each.folder)));
    }
    let known =
        STILL_IN_CIRCLES.iter().flat_map(|(folder, files)| files.iter().map(move |file| (folder, file)));
    let known = known.map(|(folder, file)| format!("{folder}/{file}")).collect();
    compare(&found, &known);
}

#[test]
fn functions_and_files_are_short() {
    let functions = long_functions(&root(), MOST_LINES_OF_A_FUNCTION).expect("sources");
    let files = long_files(&root(), MOST_LINES_OF_A_FILE).expect("sources");
    let all = functions.into_iter().chain(files);
    let all = all.filter(|long| !GENERATED.iter().any(|part| long.file.starts_with(part)));
    let called = |long: Long| match long.name {
        Some(name) => format!("{} {name}", long.file),
        None => long.file,
    };
    compare(&all.map(called).collect(), &STILL_TOO_LONG.iter().map(|&long| long.to_owned()).collect());
}

#[test]
fn the_drawing_in_the_architecture_is_of_these_crates() {
    let document = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let drawn = redraw(&document, &drawing(&crates(&root()).expect("manifests"))).expect("the marks");
    assert!(document == drawn, "ARCHITECTURE.md draws other crates; hint: make house");
}

/// What is found must be known, and what is known must still be found, so that the lists end empty.
fn compare(found: &BTreeSet<String>, known: &BTreeSet<String>) {
    let new: Vec<_> = found.difference(known).collect();
    assert!(new.is_empty(), "against the rules: {new:#?}\nhint: `make house` says why");
    let mended: Vec<_> = known.difference(found).collect();
    assert!(mended.is_empty(), "mended, so take these out of the lists of this test: {mended:#?}");
}
