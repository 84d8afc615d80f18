//! The keys of a bucket, and the ranges of its sorted set.

/// See the [layout](super).
#[derive(Debug)]
pub(super) struct Names {
    pub(super) index: String,
    pub(super) expiries: String,
    pub(super) version: String,
    /// What the key of a value begins with.
    pub(super) values: String,
}

impl Names {
    /// A label is the operator's text; without braces it cannot end the hash tag and name another bucket.
    pub(super) fn new(prefix: &str, bucket: &str) -> Self {
        let bucket = bucket.replace('%', "%25").replace('}', "%7D");
        let name = |part| format!("{prefix}:{{{bucket}}}:{part}");
        Self {
            index: name("keys"),
            expiries: name("expiries"),
            version: name("version"),
            values: name("value:"),
        }
    }

    pub(super) fn value(&self, key: &str) -> String {
        format!("{}{key}", self.values)
    }
}

/// Both ends, in Redis' words, of the keys that start with `prefix` and come after `cursor`.
pub(super) fn range(prefix: &str, cursor: &str) -> (Vec<u8>, Vec<u8>) {
    let from = if cursor.is_empty() || cursor < prefix {
        bound(b'[', prefix.as_bytes())
    } else {
        after(cursor.as_bytes())
    };
    let to = match prefix.as_bytes().split_last() {
        None => b"+".to_vec(),
        // No byte of UTF-8 is 255.
        Some((last, head)) => [b"(", head, &[last + 1]].concat(),
    };
    (from, to)
}

/// The beginning of what comes after a key.
pub(super) fn after(key: &[u8]) -> Vec<u8> {
    bound(b'(', key)
}

fn bound(kind: u8, key: &[u8]) -> Vec<u8> {
    [&[kind], key].concat()
}
