//! The same guests, the same load, side by side: `flux run` and `wasmtime serve`.
//!
//! `side_by_side [--rounds N] [--seconds N] [--only TEXT]`, started by scripts/bench.sh. In a round
//! every server has its turn: started, asked once (start to first response, compiled code cached),
//! measured idle, warmed up, loaded, ended. The order is rotated, so that what the machine does in
//! between meets all of them. Ratios are of medians over the rounds. Both sides make a fresh instance
//! for every request. Included on Flux's side: routing, the journal in the spool with durability
//! `process`, and the shipper, which compresses and stores recordings on the same two cores while the
//! load runs; what it had not stored when the load ended is the time that the server takes to end.

mod load;
mod peer;
mod plot;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::load::Load;
use crate::peer::{Peer, Places, Running};
use crate::report::{Report, Turn};

struct Options {
    rounds: usize,
    seconds: f64,
    only: String,
}

fn main() -> Result<()> {
    let options = options()?;
    // One thread for the load: the servers have what it leaves of the cores.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(&options))
}

fn options() -> Result<Options> {
    let mut options = Options { rounds: 5, seconds: 4.0, only: String::new() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().with_context(|| format!("{arg} needs a value"))?;
        match arg.as_str() {
            "--rounds" => options.rounds = value.parse()?,
            "--seconds" => options.seconds = value.parse()?,
            "--only" => options.only = value,
            _ => anyhow::bail!("usage: side_by_side [--rounds N] [--seconds N] [--only TEXT]"),
        }
    }
    Ok(options)
}

fn places(target: &std::path::Path, work: &std::path::Path) -> Result<Places> {
    let places = Places {
        flux: target.join("release/flux"),
        wasmtime: target.join("tools/bin/wasmtime"),
        guests: target.join("guests"),
        work: work.to_owned(),
    };
    peer::check(&places)?;
    Ok(places)
}

async fn measure(options: &Options) -> Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let target = std::fs::canonicalize(target).context("run it from the workspace, after a build")?;
    let out = target.join("bench");
    std::fs::create_dir_all(&out)?;
    let work = tempfile::tempdir_in(&out)?;
    let places = places(&target, work.path())?;
    let mut peers: Vec<Peer> =
        Peer::ALL.into_iter().filter(|peer| peer.name().contains(&options.only)).collect();
    // Fills the caches of compiled code.
    for peer in &peers {
        Running::start(*peer, &places).await?.stop().await?;
    }
    let mut report = Report::new(options.rounds, options.seconds)?;
    for round in 1..=options.rounds {
        for peer in &peers {
            let turn = turn(*peer, &places, options).await.with_context(|| peer.name().to_owned())?;
            println!("round {round} of {}: {}", options.rounds, turn.line(*peer));
            report.add(*peer, turn);
        }
        peers.rotate_left(1);
    }
    let summary = report.finish()?;
    print!("\n{}", summary.table());
    std::fs::write(out.join("side_by_side.json"), summary.json()?)?;
    std::fs::write(out.join("side_by_side.txt"), summary.table())?;
    std::fs::write(out.join("side_by_side.svg"), plot::bars(&summary.rows))?;
    println!("\nwritten: {0}/side_by_side.json, {0}/side_by_side.svg", out.display());
    Ok(())
}

async fn turn(peer: Peer, places: &Places, options: &Options) -> Result<Turn> {
    let server = Running::start(peer, places).await?;
    let resident = server.resident()?;
    let load = Load { connections: 32, time: Duration::from_secs_f64(options.seconds), requests: 100_000 };
    load::run(server.address, Load { time: Duration::from_secs(1), ..load }).await?;
    let before = server.processor()?;
    let measured = load::run(server.address, load).await?;
    let processor = server.processor()? - before;
    let loaded = server.resident()?;
    let first_response = server.first_response;
    let stop = server.stop().await?;
    Ok(Turn { measured, first_response, resident, loaded, stop, processor })
}
