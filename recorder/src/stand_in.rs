//! The text that stands for a hidden value: inside longer texts of a journal, and for the guest of a replay.
//!
//! A redacted value's is `redacted-<32 hex digits>-<16 hex digits>`: the value's token, then the tag of the
//! execution. What looks like an e-mail address gets `@redacted.invalid` behind that, so that it looks like one
//! too: handlers check addresses before anything else, and a replay would go no further. A secret's begins with
//! `secret-<name>-` in the place of `redacted-`. Characters that encoders may change (see `spelling`) stand
//! before the tag, those that the value has, each once: what an encoder does to the value it does to the
//! stand-in, so a build that leaves an encoding out writes another text.
//!
//! **Nobody can write a stand-in but the recorder.** The tag is drawn from the execution's seed, which no guest
//! and no client knows: what merely looks like a stand-in is text. A replay hands its guest stand-ins with
//! another tag and puts the recorded one back into what comes from the guest ([`Tags`]), so even a text that was
//! copied out of a journal into a guest's source is not taken for the value.
//!
//! Journals of format 1.0 have no tags: `redacted:<32 hex digits>`, `{{secret <name>}}`, and
//! `redacted-<32 hex digits>@redacted.invalid`.

use std::borrow::Cow;
use std::ops::Range;

use crate::spelling::{Escapes, special_length, specials, spelt};
use crate::streams::Streams;
use crate::token::{RedactionToken, redacted_text};

const REDACTED: &[u8] = b"redacted-";
const SECRET: &[u8] = b"secret-";
const HEX: usize = 32;
/// What an address ends with, in each way that its first character is written.
const HOSTS: [&[u8]; 3] = [b"@redacted.invalid", b"%40redacted.invalid", b"\\u0040redacted.invalid"];
/// All characters that encoders may change, each in its longest form, have fewer bytes.
const MOST_SPECIALS: usize = 1024;
/// Longer names of secrets are not looked through.
const LONGEST_NAME: usize = 512;

/// Sixteen hex digits that are an execution's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag([u8; 16]);

impl Tag {
    fn of(seed: [u8; 32], stream: &'static str) -> Self {
        let mut drawn = [0; 8];
        Streams::new(seed).fill(stream, &mut drawn);
        let mut digits = [0; 16];
        digits.copy_from_slice(hex::encode(drawn).as_bytes());
        Self(digits)
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The tags of one execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tags {
    recorded: Tag,
    handed: Tag,
    foreign: Tag,
}

impl Tags {
    /// Those of the execution with this seed.
    pub fn of(seed: [u8; 32]) -> Self {
        Self {
            recorded: Tag::of(seed, "stand-in.recorded"),
            handed: Tag::of(seed, "stand-in.handed"),
            foreign: Tag::of(seed, "stand-in.foreign"),
        }
    }

    /// The tag of what a replay hands its guest.
    pub fn handed(&self) -> &Tag {
        &self.handed
    }

    /// Canonical bytes of a journal as a replayed guest may see them.
    pub fn hand<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        swapped(bytes, &self.recorded, &self.handed)
    }

    /// Bytes of a replayed guest as a journal would have them. A recorded tag among them was not handed to the
    /// guest: whoever wrote it there copied it, and it becomes one that stands for nothing.
    pub fn take<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        match swapped(bytes, &self.recorded, &self.foreign) {
            Cow::Borrowed(bytes) => swapped(bytes, &self.handed, &self.recorded),
            Cow::Owned(bytes) => Cow::Owned(swapped(&bytes, &self.handed, &self.recorded).into_owned()),
        }
    }

    /// The same for a text.
    pub fn take_text(&self, text: &mut String) {
        if let Cow::Owned(taken) = self.take(text.as_bytes()) {
            *text = String::from_utf8(taken).unwrap_or_else(|_| std::mem::take(text));
        }
    }
}

/// Tags have one length, so a value stays a value when its bytes are changed where they lie.
fn swapped<'b>(bytes: &'b [u8], from: &Tag, to: &Tag) -> Cow<'b, [u8]> {
    let mut places = memchr::memmem::find_iter(bytes, &from.0).peekable();
    if places.peek().is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut out = bytes.to_vec();
    places.for_each(|at| out[at..at + to.0.len()].copy_from_slice(&to.0));
    Cow::Owned(out)
}

/// How the stand-ins of a journal are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marking {
    /// As format 1.0 has them.
    First,
    /// With the execution's tag.
    Tagged(Tag),
}

/// A stand-in that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandIn {
    /// The token of the value.
    pub token: RedactionToken,
    /// How many bytes it has.
    pub length: usize,
    /// Whether it is a secret's.
    pub secret: bool,
    /// Whether there is nothing in it that an encoder may change.
    pub plain: bool,
    // Where what is behind the token begins.
    behind: usize,
}

impl Marking {
    /// That of an execution that is recorded now, by its seed.
    pub fn of(seed: [u8; 32]) -> Self {
        Self::Tagged(Tags::of(seed).recorded)
    }

    /// The text for a value and its token.
    pub fn stand_in(&self, value: &[u8], token: &RedactionToken) -> String {
        let (address, hex) = (is_address(value), hex::encode(token));
        match self {
            Self::First if address => format!("redacted-{hex}@redacted.invalid"),
            Self::First => redacted_text(token),
            Self::Tagged(tag) if address => {
                let specials = specials(value).replace('@', "");
                format!("redacted-{hex}{specials}-{}@redacted.invalid", tag.as_str())
            }
            Self::Tagged(tag) => format!("redacted-{hex}{}-{}", specials(value), tag.as_str()),
        }
    }

    /// The text for a value that is no text, such as a number or an object of JSON.
    pub fn stand_in_of_other(&self, token: &RedactionToken) -> String {
        match self {
            Self::First => redacted_text(token),
            Self::Tagged(tag) => format!("redacted-{}-{}", hex::encode(token), tag.as_str()),
        }
    }

    /// The text for a secret.
    pub fn reference(&self, name: &str, value: &[u8], token: &RedactionToken) -> String {
        let Self::Tagged(tag) = self else { return format!("{{{{secret {name}}}}}") };
        // A name in quotes may have anything. Its other characters would be the guest's to encode.
        let plain = |letter: char| if is_of_name(letter) { letter } else { '_' };
        let name: String = name.chars().map(plain).collect();
        format!("secret-{name}-{}{}-{}", hex::encode(token), specials(value), tag.as_str())
    }

    /// What stands for a text in which looking costs too much.
    pub(crate) fn whole(&self) -> String {
        match self {
            Self::First => "redacted: too much to look through".to_owned(),
            Self::Tagged(tag) => format!("redacted: too much to look through, {}", tag.as_str()),
        }
    }

    /// The stand-in that a text is, with nothing beside it.
    pub fn whole_of(&self, text: &[u8]) -> Option<StandIn> {
        self.at(text).filter(|found| found.length == text.len())
    }

    /// The stand-in that `bytes` begin with, however it is spelt.
    pub fn at(&self, bytes: &[u8]) -> Option<StandIn> {
        match self {
            Self::First => first_at(bytes),
            Self::Tagged(tag) => tagged_at(bytes, tag),
        }
    }

    /// What a stand-in has behind its token: it says how the value is spelt.
    pub(crate) fn spelling<'t>(&self, stand_in: &'t [u8]) -> Option<&'t [u8]> {
        self.at(stand_in).map(|found| &stand_in[found.behind..found.length])
    }

    /// The first stand-in of a text, and where it stands.
    pub(crate) fn next(&self, text: &[u8]) -> Option<(usize, StandIn)> {
        let begins = |at: &usize| matches!(text[*at], b'r' | b's');
        (0..text.len()).filter(begins).find_map(|at| self.at(&text[at..]).map(|found| (at, found)))
    }

    /// Where all stand-ins of a text stand.
    pub fn all(&self, text: &[u8]) -> Vec<Range<usize>> {
        let (mut found, mut from) = (Vec::new(), 0);
        if !self.may_be_in(text) {
            return found;
        }
        while let Some((at, stand_in)) = self.next(&text[from..]) {
            found.push(from + at..from + at + stand_in.length);
            from += at + stand_in.length;
        }
        found
    }

    /// Whether any can be in a text: a quick look before a slow one.
    pub(crate) fn may_be_in(&self, text: &[u8]) -> bool {
        match self {
            Self::First => memchr::memmem::find(text, b"redacted").is_some(),
            Self::Tagged(tag) => memchr::memmem::find(text, &tag.0).is_some(),
        }
    }
}

/// What stands for a text of JSON, spelt as the text was: `raw` is what stood between the quotes.
pub fn in_json(stand_in: &str, raw: &[u8]) -> String {
    match Escapes::Json.read(raw) {
        Some(plain) => spelt(stand_in, raw, &plain, &(0..plain.bytes.len())),
        None => stand_in.to_owned(),
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

fn tagged_at(bytes: &[u8], tag: &Tag) -> Option<StandIn> {
    if bytes.starts_with(REDACTED) {
        return core_at(bytes, REDACTED.len(), tag, false);
    }
    // A name may have signs and digits itself, so each sign could be the one behind it.
    let rest = bytes.strip_prefix(SECRET)?;
    let name = rest.iter().take_while(|byte| is_of_name(char::from(**byte))).take(LONGEST_NAME).count();
    let behind = (0..name).filter(|at| rest[*at] == b'-').map(|at| SECRET.len() + at + 1);
    behind.into_iter().find_map(|at| core_at(bytes, at, tag, true))
}

/// A token, what encoders may change, and the tag.
fn core_at(bytes: &[u8], mut at: usize, tag: &Tag, secret: bool) -> Option<StandIn> {
    let token = token(bytes.get(at..at + HEX)?)?;
    at += HEX;
    let after = at;
    while !(bytes.get(at) == Some(&b'-') && bytes[at + 1..].starts_with(&tag.0)) {
        at += special_length(bytes.get(at..)?).filter(|_| at - after < MOST_SPECIALS)?;
    }
    let plain = at == after;
    at += 1 + tag.0.len();
    let host = if secret { None } else { HOSTS.iter().find(|host| bytes[at..].starts_with(host)) };
    let length = at + host.map_or(0, |host| host.len());
    Some(StandIn { token, length, secret, plain: plain && host.is_none(), behind: after })
}

fn first_at(bytes: &[u8]) -> Option<StandIn> {
    let rest = bytes.strip_prefix(b"redacted")?;
    let (between, address): (&[u8], bool) = match rest {
        [b':', ..] => (b":", false),
        [b'%', b'3', b'A', ..] => (b"%3A", false),
        [b'-', ..] => (b"-", true),
        _ => return None,
    };
    let token = token(rest.get(between.len()..between.len() + HEX)?)?;
    let length = "redacted".len() + between.len() + HEX;
    if !address {
        return Some(StandIn { token, length, secret: false, plain: true, behind: length });
    }
    let host = HOSTS[..2].iter().find(|host| bytes[length..].starts_with(host))?;
    Some(StandIn { token, length: length + host.len(), secret: false, plain: false, behind: length })
}

/// Lower case only: as it is written.
fn token(hex: &[u8]) -> Option<RedactionToken> {
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let mut token = RedactionToken::default();
    for (byte, pair) in token.iter_mut().zip(hex.chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(token)
}

fn is_address(value: &[u8]) -> bool {
    let Ok(value) = std::str::from_utf8(value) else { return false };
    let Some((name, host)) = value.split_once('@') else {
        return false;
    };
    let plain = |text: &str| {
        !text.is_empty() && !text.contains(|it: char| it.is_control() || " \t@<>\"(),:;\\/".contains(it))
    };
    value.len() <= 254 && plain(name) && plain(host)
}
