//! Redaction of any bodies, statements and texts leaves nothing of a secret, and does nothing more the second time.

#![no_main]

use std::sync::LazyLock;

use flux_host::Declaration;
use flux_redaction::{Descriptions, fuzz};
use libfuzzer_sys::fuzz_target;

static DESCRIPTIONS: LazyLock<Descriptions> = LazyLock::new(|| {
    let of = [Declaration::of::<flux_cap_db::Db>(), Declaration::of::<flux_cap_fetch::Fetch>()];
    Descriptions::of(&of.map(|it| it.expect("WIT")))
});

fuzz_target!(|bytes: &[u8]| fuzz::redaction(bytes, &DESCRIPTIONS));
