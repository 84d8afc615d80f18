//! What wit-bindgen makes of the contract.
//!
//! The types of the contract are written by hand where they are documented, and remapped here, so
//! that a value crosses the boundary without being copied into a twin of itself.

wit_bindgen::generate!({
    world: "imports",
    path: "wit",
    with: {
        "flux:host/db@0.1.0/value": crate::db::Value,
        "flux:host/db@0.1.0/rows": crate::db::Rows,
        "flux:host/db@0.1.0/failure": crate::db::Failure,
        "flux:host/db@0.1.0/error": crate::db::Error,
        "flux:host/kv@0.1.0/error": crate::kv::Error,
        "flux:host/kv@0.1.0/entry": crate::kv::Entry,
        "flux:host/kv@0.1.0/condition": crate::kv::Condition,
        "flux:host/kv@0.1.0/set-options": crate::kv::SetOptions,
        "flux:host/kv@0.1.0/page": crate::kv::Page,
        "flux:host/queue@0.1.0/error": crate::queue::Error,
        "flux:host/queue@0.1.0/options": crate::queue::Options,
        "flux:host/fetch@0.1.0/request": crate::fetch::Request,
        "flux:host/fetch@0.1.0/response": crate::fetch::Response,
        "flux:host/fetch@0.1.0/error": crate::fetch::Error,
        "flux:host/log@0.1.0/level": crate::log::Level,
        "flux:host/clock@0.1.0/datetime": crate::clock::DateTime,
    },
    generate_all,
});
