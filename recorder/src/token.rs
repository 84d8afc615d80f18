//! The hash that stands for a value which must not be written.

/// A keyed hash of a redacted value: equal tokens were equal values.
pub type RedactionToken = [u8; 16];

/// A token as people read it, and as guests are handed it from journals of format 1.0.
pub fn redacted_text(token: &RedactionToken) -> String {
    format!("redacted:{}", hex::encode(token))
}

/// A BLAKE3 hash under this key, cut to a token.
pub fn keyed_token(key: &[u8; 32], value: &[u8]) -> RedactionToken {
    cut(blake3::keyed_hash(key, value))
}

/// The same without a key: for data that may be known.
pub(crate) fn plain_token(value: &[u8]) -> RedactionToken {
    cut(blake3::hash(value))
}

fn cut(hash: blake3::Hash) -> RedactionToken {
    let mut token = RedactionToken::default();
    token.copy_from_slice(&hash.as_bytes()[..16]);
    token
}
