//! Embeds the pages of docs/errors/ into the command, for `flux explain`.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path().canonicalize()?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("FLX") {
            pages.push(format!("({name:?}, include_str!({:?})),\n", path.display().to_string()));
        }
    }
    pages.sort();
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("error_pages.rs"), format!("&[\n{}]\n", pages.concat()))
}
