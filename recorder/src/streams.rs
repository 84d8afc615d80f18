//! Random bytes from a recorded seed.
//!
//! Each use has a stream of its own (the host's `random`, WASI's, a hash map's seed), so that a
//! language whose run time draws numbers for itself does not shift what the guest's code draws.

use std::collections::HashMap;

/// Generators by stream, each a BLAKE3 output keyed by the seed.
#[derive(Debug, Default)]
pub struct Streams {
    seed: [u8; 32],
    readers: HashMap<&'static str, blake3::OutputReader>,
}

impl Streams {
    /// Streams of this seed, each at its beginning.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, readers: HashMap::new() }
    }

    /// Fills `bytes` with what comes next in `stream`.
    pub fn fill(&mut self, stream: &'static str, bytes: &mut [u8]) {
        let seed = &self.seed;
        let reader = self
            .readers
            .entry(stream)
            .or_insert_with(|| blake3::Hasher::new_keyed(seed).update(stream.as_bytes()).finalize_xof());
        reader.fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_does_not_shift_another_and_pieces_add_up() {
        let (mut one, mut two) = (Streams::new([7; 32]), Streams::new([7; 32]));
        let (mut whole, mut pieces, mut other) = ([0; 16], [0; 16], [0; 8]);
        one.fill("random", &mut whole);
        two.fill("random", &mut pieces[..4]);
        two.fill("hash-seed", &mut other);
        two.fill("random", &mut pieces[4..]);
        assert_eq!(whole, pieces);
        assert_ne!(whole[..8], other);
    }
}
