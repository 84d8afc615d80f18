//! Embeds the pages of docs/errors/ into the command, for `flux explain`.

use std::path::Path;
use std::{env, fs, io};

/// From this crate's folder, in which cargo runs this. No absolute path: a target folder may serve several checkouts.
const PAGES: &str = "../docs/errors";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={PAGES}");
    let mut pages = Vec::new();
    for entry in fs::read_dir(PAGES)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("FLX") {
            pages.push(format!("({name:?}, {:?}),\n", fs::read_to_string(&path)?));
        }
    }
    pages.sort();
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("error_pages.rs"), format!("&[\n{}]\n", pages.concat()))
}
