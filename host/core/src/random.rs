//! Random bytes for guests, in one call: of `flux:host/random` and of the three interfaces of `wasi:random`.

use crate::execution::Execution;
use crate::limits::LimitHit;

/// The most random bytes that one call gives; wasmtime's own WASI has the same bound.
pub const MAX_RANDOM: u64 = 64 << 20;

impl Execution {
    /// The next bytes of a random stream. The host holds them until they are in the guest's memory, so one
    /// call gives no more than that may have.
    pub fn random(&mut self, stream: &'static str, len: u64) -> wasmtime::Result<Vec<u8>> {
        if len > MAX_RANDOM {
            wasmtime::bail!("{len} random bytes asked for in one call, {MAX_RANDOM} is the most");
        }
        let memory = self.limits().memory;
        let len = usize::try_from(len).ok().filter(|len| *len <= memory).ok_or(LimitHit::Random(memory))?;
        let mut bytes = vec![0; len];
        self.session().random(stream, &mut bytes);
        Ok(bytes)
    }
}
