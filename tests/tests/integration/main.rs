//! One binary for all integration tests: each drives the command `flux` as people do.

mod backends;
mod bad_input;
mod cli;
mod contract;
mod crash;
mod cron;
mod hostile;
mod orders;
mod outage;
mod records;
mod redaction;
mod replays;
mod shop;
mod support;
mod upstream;
mod wasi;
mod wasi_hostile;
mod wasi_outgoing;
