//! What the glue of the contract is made of.

use std::collections::BTreeMap;
use std::path::Path;

use wit_parser::Resolve;

use super::ByHand;

/// The types with methods: the SDK writes them, with the documentation that a developer reads.
pub const BY_HAND: &[ByHand] = &[
    ByHand { wit: "clock.datetime", module: "../clock/datetime" },
    ByHand { wit: "db.value", module: "../db/value" },
    ByHand { wit: "db.rows", module: "../db/rows" },
    ByHand { wit: "db.error", module: "../db/error" },
    ByHand { wit: "kv.error", module: "../kv/error" },
    ByHand { wit: "kv.entry", module: "../kv/entry" },
    ByHand { wit: "kv.set-options", module: "../kv/options" },
    ByHand { wit: "queue.error", module: "../queue/error" },
    ByHand { wit: "queue.options", module: "../queue/options" },
    ByHand { wit: "fetch.request", module: "../fetch/request" },
    ByHand { wit: "fetch.response", module: "../fetch/response" },
    ByHand { wit: "fetch.error", module: "../fetch/error" },
    ByHand { wit: "http-handler.request", module: "../http/request" },
    ByHand { wit: "http-handler.response", module: "../http/response" },
    ByHand { wit: "job-handler.job", module: "../jobs/job" },
    ByHand { wit: "job-handler.failure", module: "../jobs/failure" },
];

/// The files of the contract's glue, by name.
pub fn files(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root.join("wit"))?;
    let world = resolve.select_world(&[package], Some("service"))?;
    super::files(&resolve, world, BY_HAND)
}
