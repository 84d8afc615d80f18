//! `make house`: prints what the rules of CONTRIBUTING.md say about files and crates, and draws the crates into
//! ARCHITECTURE.md. With folders of crates as arguments it prints those crates' imports, file by file.

use std::path::Path;

use anyhow::Context as _;
use flux_house::{circles, crates, drawing, imports, long_files, long_functions, redraw};

fn main() -> anyhow::Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("tests/house is in the root")?;
    let folders: Vec<_> = std::env::args().skip(1).collect();
    if !folders.is_empty() {
        return folders.iter().try_for_each(|folder| print_imports(&root.join(folder)));
    }
    let all = crates(root)?;
    for each in &all {
        let imports = imports(&root.join(&each.folder))?;
        for circle in circles(&imports) {
            println!("{}: a circle of {} files", each.folder, circle.len());
            let inside =
                imports.iter().filter(|((from, to), _)| circle.contains(from) && circle.contains(to));
            inside.for_each(|((from, to), what)| println!("    {from} -> {to}: {}", joined(what)));
        }
    }
    for long in long_functions(root, 70)?.into_iter().chain(long_files(root, 500)?) {
        println!("{}:{}: {} lines {}", long.file, long.line, long.lines, long.name.unwrap_or_default());
    }
    let document = root.join("ARCHITECTURE.md");
    let text = std::fs::read_to_string(&document)?;
    std::fs::write(&document, redraw(&text, &drawing(&all))?)?;
    println!("{} crates drawn into ARCHITECTURE.md", all.len());
    Ok(())
}

fn print_imports(folder: &Path) -> anyhow::Result<()> {
    for ((from, to), what) in imports(folder)? {
        println!("{from} -> {to}: {}", joined(&what));
    }
    Ok(())
}

fn joined(names: &std::collections::BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
