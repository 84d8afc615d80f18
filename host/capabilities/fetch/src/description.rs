//! What an outgoing request holds, of `flux:host/fetch` and of `wasi:http`: both are recorded as `fetch.send`.

use flux_host::{Content, Description};

const REQUEST: Content = Content::Record(&[
    ("method", Content::Plain),
    ("url", Content::Plain),
    ("headers", Content::Headers),
    ("body", Content::Body),
]);
const RESPONSE: Content = Content::Record(&[("headers", Content::Headers), ("body", Content::Body)]);
const ERROR: Content = Content::Variant(&[
    ("denied", Content::Plain),
    ("invalid", Content::Plain),
    ("dns", Content::Plain),
    ("connect", Content::Plain),
    ("tls", Content::Plain),
    ("protocol", Content::Plain),
]);

/// The requests of `send-all` are recorded one by one.
pub(crate) const DESCRIPTIONS: &[Description] = &[Description {
    function: "fetch.send",
    arguments: REQUEST,
    result: Content::Outcome(&RESPONSE, &ERROR),
}];
