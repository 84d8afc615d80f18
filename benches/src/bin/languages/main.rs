//! `orders` in every language, side by side: size, start, and one request.
//!
//! `languages <language> <component> <build seconds> ...`, started by scripts/bench-languages.sh.
//! `warm`: `PUT /prices/{sku}`, three calls (`kv.bucket.open`, `kv.bucket.set`, `log.write`) on a
//! bucket in memory, in a fresh instance each, on one core; once on the bare engine (new store,
//! instantiate, call, constant answers, nothing recorded), once by Flux, recorded into the spool from
//! trigger to outcome. Both are taken in turn, so that what the machine does meets both. `first`: from
//! the start of `flux run` to its first response, compiled code cached; the median of some starts.
//! `compile`: what loading takes the first time; `load`: with the compiled code cached.

mod first;
mod table;
mod warm;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

/// A language's figures.
#[derive(Debug, Serialize)]
pub struct Row {
    language: String,
    bytes: usize,
    build_s: f64,
    compile_ms: f64,
    load_ms: f64,
    first_ms: f64,
    bare_p50_us: f64,
    recorded_p50_us: f64,
    memory_mib: f64,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    ensure!(
        !args.is_empty() && args.len().is_multiple_of(3),
        "usage: languages <language> <component> <build seconds> ..."
    );
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let target = std::fs::canonicalize(target).context("run it from the workspace, after a build")?;
    let out = target.join("bench");
    std::fs::create_dir_all(&out)?;
    let before = std::fs::read_to_string("/proc/loadavg")?;
    let mut rows = Vec::new();
    for language in args.chunks(3) {
        eprintln!("measuring {}", language[0]);
        rows.push(row(language, &target).with_context(|| language[0].clone())?);
    }
    let table = table::markdown(&rows);
    println!("{table}\nload average before {}", before.trim());
    std::fs::write(out.join("languages.md"), &table)?;
    std::fs::write(out.join("languages.json"), serde_json::to_string_pretty(&rows)? + "\n")?;
    println!("written: {0}/languages.md, {0}/languages.json", out.display());
    Ok(())
}

fn row(args: &[String], target: &std::path::Path) -> Result<Row> {
    let component =
        std::fs::canonicalize(&args[1]).with_context(|| format!("no component at {}", args[1]))?;
    let bytes = std::fs::read(&component)?;
    let (compile, load) = warm::loading(&bytes)?;
    let warm = warm::measure(&bytes)?;
    Ok(Row {
        language: args[0].clone(),
        bytes: bytes.len(),
        build_s: args[2].parse().context("the build's seconds")?,
        compile_ms: compile.as_secs_f64() * 1e3,
        load_ms: load.as_secs_f64() * 1e3,
        first_ms: first::measure(&target.join("release/flux"), &component)?.as_secs_f64() * 1e3,
        bare_p50_us: warm.bare.as_secs_f64() * 1e6,
        recorded_p50_us: warm.recorded.as_secs_f64() * 1e6,
        memory_mib: warm.memory as f64 / f64::from(1 << 20),
    })
}

/// The one in the middle.
pub fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
