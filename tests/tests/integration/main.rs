//! One binary for all integration tests: each drives the command `flux` as people do.

mod support;
