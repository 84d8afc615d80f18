//! The rules of CONTRIBUTING.md about files, functions and crates, held against the sources as they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flux_house::{Long, circles, crates, drawing, imports, long_files, long_functions, redraw};

const MOST_LINES_OF_A_FUNCTION: usize = 70;
const MOST_LINES_OF_A_FILE: usize = 500;

/// Made by programs, so nobody reads them from top to bottom.
const GENERATED: [&str; 2] = ["sdks/go/internal/imports/", "tests/projects/cargo_component/src/bindings.rs"];

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
    assert!(found.is_empty(), "circles of imports between: {found:#?}; hint: make house");
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
    let all: Vec<_> = all.map(called).collect();
    assert!(all.is_empty(), "too long: {all:#?}");
}

#[test]
fn the_drawing_in_the_architecture_is_of_these_crates() {
    let document = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let drawn = redraw(&document, &drawing(&crates(&root()).expect("manifests"))).expect("the marks");
    assert!(document == drawn, "ARCHITECTURE.md draws other crates; hint: make house");
}
