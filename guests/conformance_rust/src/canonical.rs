//! The canonical text: one spelling for every value, in which no language's own formatting shows.

use flux_sdk::http::Response;

/// What is longer is written as its length and its hash.
const LONGEST: usize = 256;

/// The answers of one path, a line each.
#[derive(Default)]
pub struct Report(String);

impl Report {
    /// What `call` answered when it was asked for `subject`.
    pub fn line<T: Canonical + ?Sized>(&mut self, call: &str, subject: &str, answer: &T) {
        self.0 += &format!("{call} {} = {}\n", subject.canonical(), answer.canonical());
    }

    /// The response that has all lines.
    pub fn respond(self) -> Response {
        Response::text(200, self.0)
    }
}

/// What has a canonical text.
pub trait Canonical {
    /// Its text, without a line's end.
    fn canonical(&self) -> String;
}

impl Canonical for str {
    fn canonical(&self) -> String {
        quoted(self.as_bytes())
    }
}

impl Canonical for String {
    fn canonical(&self) -> String {
        quoted(self.as_bytes())
    }
}

impl Canonical for [u8] {
    fn canonical(&self) -> String {
        format!("b{}", quoted(self))
    }
}

impl Canonical for bool {
    fn canonical(&self) -> String {
        self.to_string()
    }
}

impl Canonical for i64 {
    fn canonical(&self) -> String {
        self.to_string()
    }
}

impl Canonical for u64 {
    fn canonical(&self) -> String {
        self.to_string()
    }
}

/// The bits: every NaN is one.
impl Canonical for f64 {
    fn canonical(&self) -> String {
        let number = if self.is_nan() { f64::NAN } else { *self };
        format!("real:{:016x}", number.to_bits())
    }
}

impl Canonical for () {
    fn canonical(&self) -> String {
        "ok".to_owned()
    }
}

/// A text is quoted, so that none is no text.
impl<T: Canonical> Canonical for Option<T> {
    fn canonical(&self) -> String {
        self.as_ref().map_or_else(|| "none".to_owned(), T::canonical)
    }
}

impl<T: Canonical, E: Canonical> Canonical for Result<T, E> {
    fn canonical(&self) -> String {
        match self {
            Ok(value) => value.canonical(),
            Err(error) => error.canonical(),
        }
    }
}

impl<T: Canonical> Canonical for Vec<T> {
    fn canonical(&self) -> String {
        let items: Vec<_> = self.iter().map(T::canonical).collect();
        format!("[{}]", items.join(", "))
    }
}

/// A header or a parameter.
impl Canonical for (String, String) {
    fn canonical(&self) -> String {
        format!("{}: {}", self.0.canonical(), self.1.canonical())
    }
}

/// An error: its case, what it carries, and the sentence that the SDK makes of it.
pub fn error(case: &str, carried: &[String], sentence: &str) -> String {
    let carried: String = carried.iter().map(|it| format!(" {it}")).collect();
    format!("error {case}{carried}: {}", sentence.canonical())
}

/// Printable ASCII stands for itself; quote, backslash and every other byte are `\x` and two digits.
fn quoted(bytes: &[u8]) -> String {
    if bytes.len() > LONGEST {
        return format!("<{} bytes {:08x}>", bytes.len(), fnv1a(bytes));
    }
    let spelt = |byte: &u8| match byte {
        b'"' | b'\\' => format!("\\x{byte:02x}"),
        0x20..=0x7e => char::from(*byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    format!("\"{}\"", bytes.iter().map(spelt).collect::<String>())
}

/// FNV-1a of 32 bits: a few lines in every language.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
