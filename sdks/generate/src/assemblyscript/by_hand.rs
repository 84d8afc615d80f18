//! The types that the SDK writes by hand.

/// A type that a file of the SDK has, and the glue takes from there. Its class has the shape that the
/// generator would have given it: a record's constructor takes all fields in their order, a variant has
/// `kind`, and a static method and a property for each case.
#[derive(Debug)]
pub struct ByHand {
    /// The interface and the type, such as `kv.error`.
    pub wit: &'static str,
    /// The module, seen from the folder of the glue.
    pub module: &'static str,
}

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
