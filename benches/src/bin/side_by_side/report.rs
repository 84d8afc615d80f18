//! Medians, ratios beside their targets, and what is written.

use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::load::Measured;
use crate::peer::Peer;

/// One server's turn in a round.
#[derive(Debug)]
pub struct Turn {
    /// Under load.
    pub measured: Measured,
    /// From the start of the process to its first response.
    pub first_response: Duration,
    /// Resident memory after that, in MiB.
    pub resident: f64,
    /// Resident memory after the load, in MiB.
    pub loaded: f64,
    /// How long it took to end.
    pub stop: Duration,
    /// Processor time under load, in seconds.
    pub processor: f64,
}

impl Turn {
    /// For the progress.
    pub fn line(&self, peer: Peer) -> String {
        let Measured { per_second, p50_us, p99_us } = self.measured;
        format!(
            "{:<28} {per_second:>8.0} requests/s  p50 {p50_us:>6.0} us  p99 {p99_us:>6.0} us",
            peer.name()
        )
    }
}

/// All turns.
#[derive(Debug)]
pub struct Report {
    turns: Vec<(Peer, Turn)>,
    rounds: usize,
    seconds: f64,
    load_before: String,
}

/// A server's medians.
#[derive(Debug, Serialize)]
pub struct Row {
    #[serde(skip)]
    peer: Peer,
    /// The server's.
    pub name: &'static str,
    /// Requests per second: the median, and every round's.
    pub per_second: f64,
    rounds_per_second: Vec<f64>,
    p50_us: f64,
    p99_us: f64,
    first_response_ms: f64,
    resident_mib: f64,
    loaded_mib: f64,
    stop_ms: f64,
    processor_us_per_request: f64,
}

impl Row {
    /// Every round's requests per second.
    pub fn all(&self) -> impl Iterator<Item = f64> {
        self.rounds_per_second.iter().copied()
    }

    /// Whether it is `flux run`.
    pub fn is_flux(&self) -> bool {
        self.peer.is_flux()
    }
}

/// A ratio, or a figure, beside what it must reach.
#[derive(Debug, Serialize)]
pub struct Check {
    what: &'static str,
    value: f64,
    target: &'static str,
    met: bool,
}

/// What is printed and written.
#[derive(Debug, Serialize)]
pub struct Summary {
    rounds: usize,
    seconds: f64,
    /// /proc/loadavg before the first round and after the last.
    load_before: String,
    load_after: String,
    /// By server.
    pub rows: Vec<Row>,
    checks: Vec<Check>,
}

impl Report {
    /// None yet.
    pub fn new(rounds: usize, seconds: f64) -> Result<Self> {
        Ok(Self {
            turns: Vec::new(),
            rounds,
            seconds,
            load_before: std::fs::read_to_string("/proc/loadavg")?,
        })
    }

    /// One more turn.
    pub fn add(&mut self, peer: Peer, turn: Turn) {
        self.turns.push((peer, turn));
    }

    /// Medians and ratios.
    pub fn finish(self) -> Result<Summary> {
        let rows: Vec<Row> = Peer::ALL.into_iter().filter_map(|peer| self.row(peer)).collect();
        Ok(Summary {
            rounds: self.rounds,
            seconds: self.seconds,
            load_before: self.load_before.trim().to_owned(),
            load_after: std::fs::read_to_string("/proc/loadavg")?.trim().to_owned(),
            checks: checks(&rows),
            rows,
        })
    }

    fn row(&self, peer: Peer) -> Option<Row> {
        let turns: Vec<&Turn> =
            self.turns.iter().filter(|(of, _)| *of == peer).map(|(_, turn)| turn).collect();
        if turns.is_empty() {
            return None;
        }
        let of = |value: fn(&Turn) -> f64| median(turns.iter().map(|turn| value(turn)).collect());
        let seconds = self.seconds;
        let cost = |turn: &&Turn| turn.processor * 1e6 / (turn.measured.per_second * seconds);
        Some(Row {
            peer,
            name: peer.name(),
            per_second: of(|turn| turn.measured.per_second),
            rounds_per_second: turns.iter().map(|turn| turn.measured.per_second.round()).collect(),
            p50_us: of(|turn| turn.measured.p50_us),
            p99_us: of(|turn| turn.measured.p99_us),
            first_response_ms: of(|turn| turn.first_response.as_secs_f64() * 1000.0),
            resident_mib: of(|turn| turn.resident),
            loaded_mib: of(|turn| turn.loaded),
            stop_ms: of(|turn| turn.stop.as_secs_f64() * 1000.0),
            processor_us_per_request: median(turns.iter().map(cost).collect()),
        })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

/// None where a server was left out by --only.
fn checks(rows: &[Row]) -> Vec<Check> {
    let row = |peer| rows.iter().find(|row| row.peer == peer);
    let (Some(wasi), Some(wasi_off), Some(host), Some(host_off), Some(plain), Some(pooling)) = (
        row(Peer::FluxWasi),
        row(Peer::FluxWasiOff),
        row(Peer::FluxHost),
        row(Peer::FluxHostOff),
        row(Peer::Wasmtime),
        row(Peer::WasmtimePooling),
    ) else {
        return Vec::new();
    };
    // Of the two, the better in each figure, which may be one in the first and the other in the second.
    let best = plain.per_second.max(pooling.per_second);
    let best_p99 = plain.p99_us.min(pooling.p99_us);
    let best_first = plain.first_response_ms.min(pooling.first_response_ms);
    let least = |what, value, target, bound| Check { what, value, target, met: value >= bound };
    let most = |what, value, target, bound| Check { what, value, target, met: value <= bound };
    vec![
        least("requests/s, wasi:http, recording / wasmtime", wasi.per_second / best, ">= 1.0", 1.0),
        least("requests/s, flux:host, recording / wasmtime", host.per_second / best, ">= 1.3", 1.3),
        most("p99, wasi:http, recording / wasmtime", wasi.p99_us / best_p99, "<= 1.0", 1.0),
        most("p99, flux:host, recording / wasmtime", host.p99_us / best_p99, "<= 1.0", 1.0),
        least(
            "requests/s, wasi:http, recording / off",
            wasi.per_second / wasi_off.per_second,
            ">= 0.95",
            0.95,
        ),
        least(
            "requests/s, flux:host, recording / off",
            host.per_second / host_off.per_second,
            ">= 0.95",
            0.95,
        ),
        most("start to first response, flux:host, ms", host.first_response_ms, "<= 60", 60.0),
        most(
            "start to first response / wasmtime",
            wasi.first_response_ms / best_first,
            "beside",
            f64::INFINITY,
        ),
        most("resident idle, flux:host, MiB", host.resident_mib, "<= 60", 60.0),
    ]
}

impl Summary {
    /// For a person.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{} rounds of {} s each, 32 connections kept alive; load average before {}, after {}\n\n",
            self.rounds, self.seconds, self.load_before, self.load_after
        );
        let _ = writeln!(
            text,
            "{:<28} {:>10} {:>8} {:>8} {:>9} {:>9} {:>9} {:>8} {:>10}",
            "", "requests/s", "p50 us", "p99 us", "first ms", "idle MiB", "after MiB", "end ms", "cpu us/req"
        );
        for row in &self.rows {
            let _ = writeln!(
                text,
                "{:<28} {:>10.0} {:>8.0} {:>8.0} {:>9.1} {:>9.1} {:>9.1} {:>8.0} {:>10.1}",
                row.name,
                row.per_second,
                row.p50_us,
                row.p99_us,
                row.first_response_ms,
                row.resident_mib,
                row.loaded_mib,
                row.stop_ms,
                row.processor_us_per_request
            );
        }
        text.push('\n');
        for check in &self.checks {
            let met = if check.met { "" } else { "  MISSED" };
            let _ = writeln!(text, "{:<46} {:>7.2}  target {}{met}", check.what, check.value, check.target);
        }
        text
    }

    /// For a program.
    pub fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
