//! The Lua scripts, and what all of them are given.

use redis::{Script, ScriptInvocation};

use super::names::Names;

/// Up to here a number of Lua, and a score, is exact. A later time is this one.
pub(super) const EXACT: u64 = 1 << 53;

macro_rules! script {
    ($file:literal) => {
        Script::new(concat!(include_str!("prelude.lua"), include_str!($file)))
    };
}

#[derive(Debug)]
pub(super) struct Scripts {
    set: Script,
    delete: Script,
    increment: Script,
    keys: Script,
    sweep: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            set: script!("set.lua"),
            delete: script!("delete.lua"),
            increment: script!("increment.lua"),
            keys: script!("keys.lua"),
            sweep: script!("sweep.lua"),
        }
    }
}

impl Scripts {
    pub(super) fn set(&self, names: &Names, key: &str, now_ms: u64) -> ScriptInvocation<'_> {
        prepare(&self.set, names, key, now_ms)
    }

    pub(super) fn delete(&self, names: &Names, key: &str, now_ms: u64) -> ScriptInvocation<'_> {
        prepare(&self.delete, names, key, now_ms)
    }

    pub(super) fn increment(&self, names: &Names, key: &str, now_ms: u64) -> ScriptInvocation<'_> {
        prepare(&self.increment, names, key, now_ms)
    }

    pub(super) fn keys(&self, names: &Names, key: &str, now_ms: u64) -> ScriptInvocation<'_> {
        prepare(&self.keys, names, key, now_ms)
    }

    pub(super) fn sweep(&self, names: &Names, now_ms: u64) -> ScriptInvocation<'_> {
        prepare(&self.sweep, names, "", now_ms)
    }
}

/// What prelude.lua reads.
fn prepare<'a>(script: &'a Script, names: &Names, key: &str, now_ms: u64) -> ScriptInvocation<'a> {
    let mut call = script.prepare_invoke();
    call.key(&names.index).key(&names.expiries).key(&names.version);
    call.arg(&names.values).arg(now_ms.min(EXACT)).arg(key);
    call
}
