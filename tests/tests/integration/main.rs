//! One binary for all integration tests: each drives the command `flux` as people do.

mod bad_input;
mod cli;
mod contract;
mod crash;
mod hostile;
mod orders;
mod replays;
mod shop;
mod support;
mod wasi;
