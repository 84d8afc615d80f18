//! Replaces texts and bytes by what stands for them, under the key of one execution.

use flux_recorder::{Occurrences, Value, keyed_token};

/// A key, and what one execution has hidden so far.
pub(crate) struct Replacer<'a> {
    pub key: &'a [u8; 32],
    pub known: &'a mut Occurrences,
}

impl Replacer<'_> {
    /// What stands for a text; none: it stands as it is. Its other places are hidden from here on.
    pub fn replace(&mut self, plain: &[u8]) -> Option<String> {
        let text = self.replaced(plain)?;
        self.known.add(plain, &text);
        Some(text)
    }

    /// The same for a text whose other places may be seen.
    pub fn replaced(&self, plain: &[u8]) -> Option<String> {
        let marking = self.known.marking();
        self.hides(plain).then(|| marking.stand_in(plain, &keyed_token(self.key, plain)))
    }

    /// The same for what is no text in JSON: a number, a word, an object.
    pub fn replaced_other(&self, plain: &[u8]) -> Option<String> {
        let marking = self.known.marking();
        self.hides(plain).then(|| marking.stand_in_of_other(&keyed_token(self.key, plain)))
    }

    /// Whether there is anything to hide: not in an empty text, in what stands for a hidden one, and in a
    /// placeholder of a secret, which the host fills in.
    fn hides(&self, plain: &[u8]) -> bool {
        let placeholder = plain.starts_with(b"{{secret ") && plain.ends_with(b"}}");
        !plain.is_empty() && !placeholder && self.known.marking().whole_of(plain).is_none()
    }

    /// Replaces a text or bytes as a whole.
    pub fn whole(&mut self, value: &mut Value) {
        let plain = match value {
            Value::String(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes.as_slice(),
            _ => return,
        };
        let text = self.replace(plain).map_or_else(|| plain.to_vec(), String::into_bytes);
        // A token says nothing of how a value is spelt, and a secret has a name.
        let found = self.known.marking().whole_of(&text);
        match found {
            Some(found) if found.plain && !found.secret => *value = Value::Redacted(found.token),
            _ if matches!(value, Value::Bytes(_)) => *value = Value::Bytes(text),
            _ => *value = Value::String(String::from_utf8_lossy(&text).into_owned()),
        }
    }

    /// Replaces all texts and bytes in a value.
    pub fn everything(&mut self, value: &mut Value) {
        value.visit(&mut |part| self.whole(part));
    }

    /// The token of what is no text.
    pub fn token(&self, plain: &[u8]) -> flux_recorder::RedactionToken {
        keyed_token(self.key, plain)
    }
}
