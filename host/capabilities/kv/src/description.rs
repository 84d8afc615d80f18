//! What the calls of `kv` hold: keys and values of a bucket.

use flux_host::{Content, Description};

const KEY: Content = Content::Tuple(&[Content::Label, Content::Key]);
const OPTIONS: Content = Content::Record(&[("only-if", Content::Variant(&[("version", Content::Plain)]))]);
const SET: Content = Content::Tuple(&[Content::Label, Content::Key, Content::Stored, OPTIONS]);
const INCREMENT: Content = Content::Tuple(&[Content::Label, Content::Key, Content::Plain]);
/// A prefix and a cursor are parts of keys.
const KEYS: Content = Content::Tuple(&[Content::Label, Content::Key, Content::Key, Content::Plain]);
const ENTRY: Content = Content::Record(&[("value", Content::Stored), ("version", Content::Plain)]);
const PAGE: Content = Content::Record(&[("keys", Content::List(&Content::Key)), ("next", Content::Key)]);
const ERROR: Content = Content::Variant(&[("denied", Content::Message), ("unavailable", Content::Message)]);
const NUMBER: Content = Content::Outcome(&Content::Plain, &ERROR);

pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description { function: "kv.bucket.get", arguments: KEY, result: Content::Outcome(&ENTRY, &ERROR) },
    Description { function: "kv.bucket.set", arguments: SET, result: NUMBER },
    Description { function: "kv.bucket.delete", arguments: KEY, result: NUMBER },
    Description { function: "kv.bucket.increment", arguments: INCREMENT, result: NUMBER },
    Description { function: "kv.bucket.keys", arguments: KEYS, result: Content::Outcome(&PAGE, &ERROR) },
];
