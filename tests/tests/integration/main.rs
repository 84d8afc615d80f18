//! One binary for all integration tests: each drives the command `flux` as people do.

mod backends;
mod bad_input;
mod bugs;
mod building;
mod building_go;
mod building_python;
mod building_rust;
mod cli;
mod conformance;
mod contract;
mod crash;
mod cron;
mod hostile;
mod http;
mod orders;
mod outage;
mod overload;
mod parity;
mod printed;
mod private;
mod readme;
mod records;
mod redaction;
mod replays;
mod shop;
mod support;
mod tails;
mod upstream;
#[cfg(feature = "v8")]
mod v8;
mod verdicts;
mod wasi;
mod wasi_drafts;
mod wasi_exact;
mod wasi_hostile;
mod wasi_outgoing;
