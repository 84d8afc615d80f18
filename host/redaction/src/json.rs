//! Members of JSON bodies by path: only their bytes are replaced, and the rest stays as it is.
//!
//! What is JSON up to a fault is redacted up to there; several documents in a row, as in JSON lines, are
//! all read. Whatever does not begin with `{` or `[` is no body of this kind.

use std::ops::Range;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    /// `*`: any member or element.
    Any,
    /// `**`: any depth, none included.
    Deep,
}

/// `password`, `customer.card.number`, `items.*.email`, `items.0`, `**.email`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    /// None: it is no path.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let step = |name: &str| match name {
            "" => None,
            "*" => Some(Step::Any),
            "**" => Some(Step::Deep),
            name => Some(Step::Name(name.to_owned())),
        };
        let steps: Vec<_> = text.split('.').map(step).collect::<Option<_>>()?;
        (steps.last() != Some(&Step::Deep)).then_some(Self(steps))
    }

    /// Whether a body can have it: its names stand in the bytes, unless some are spelt with escapes.
    fn may_be_in(&self, body: &[u8]) -> bool {
        let mut names = self.0.iter().filter_map(|step| match step {
            Step::Name(name) if name.parse::<usize>().is_err() => Some(name.as_bytes()),
            _ => None,
        });
        names.all(|name| contains(body, name)) || contains(body, b"\\")
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A value that was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its bytes, quotes included.
    pub span: Range<usize>,
    pub kind: Kind,
    /// A text's characters, or the bytes of any other value.
    pub plain: Vec<u8>,
}

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    /// `true`, `false`.
    Word,
    /// An object or an array.
    Compound,
}

/// The values at these paths, in order, none inside another. Nothing for `null` and the empty text:
/// there is nothing to hide.
pub(crate) fn find(paths: &[Path], body: &[u8]) -> Vec<Found> {
    if !matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
        || !paths.iter().any(|it| it.may_be_in(body))
    {
        return Vec::new();
    }
    let mut scanner = Scanner { paths, body, at: 0, depth: 0, found: Vec::new() };
    let start: Vec<State> = (0..paths.len()).map(|path| (path, 0)).collect();
    let start = scanner.closure(start);
    while scanner.space().is_some() && scanner.value(&start).is_some() {}
    scanner.found
}

/// All texts and numbers inside a compound value, but its members' names.
pub(crate) fn leaves(value: &[u8]) -> Vec<Found> {
    let all = [Path(vec![Step::Deep, Step::Any])];
    let mut scanner = Scanner { paths: &all, body: value, at: 0, depth: 0, found: Vec::new() };
    scanner.leaf();
    scanner.found
}

/// A path, and how many of its steps are behind.
type State = (usize, usize);

/// Deeper bodies are read no further.
const DEEPEST: usize = 128;

struct Scanner<'a> {
    paths: &'a [Path],
    body: &'a [u8],
    at: usize,
    depth: usize,
    found: Vec<Found>,
}

/// None ends the scan: what comes is no JSON.
impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    /// The next byte that is no space.
    fn space(&mut self) -> Option<u8> {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        self.peek()
    }

    /// A path that goes any depth down also goes none.
    fn closure(&self, mut states: Vec<State>) -> Vec<State> {
        let mut index = 0;
        while let Some(&(path, step)) = states.get(index) {
            if self.paths[path].0.get(step) == Some(&Step::Deep) && !states.contains(&(path, step + 1)) {
                states.push((path, step + 1));
            }
            index += 1;
        }
        states
    }

    /// Where the paths are in a member or element of this name.
    fn below(&self, states: &[State], name: &[u8]) -> Vec<State> {
        let mut below = Vec::new();
        for &(path, step) in states {
            let next = match self.paths[path].0.get(step) {
                Some(Step::Deep) => (path, step),
                Some(Step::Any) => (path, step + 1),
                Some(Step::Name(wanted)) if wanted.as_bytes() == name => (path, step + 1),
                _ => continue,
            };
            if !below.contains(&next) {
                below.push(next);
            }
        }
        self.closure(below)
    }

    fn is_wanted(&self, states: &[State]) -> bool {
        states.iter().any(|(path, step)| self.paths[*path].0.len() == *step)
    }

    fn value(&mut self, states: &[State]) -> Option<()> {
        let first = self.space()?;
        let start = self.at;
        let inner: &[State] = if self.is_wanted(states) { &[] } else { states };
        let kind = match first {
            b'{' | b'[' => {
                self.depth += 1;
                let done = (self.depth <= DEEPEST).then(|| match first {
                    b'{' => self.object(inner),
                    _ => self.array(inner),
                });
                self.depth -= 1;
                // What is wanted is hidden even where it does not end as it should.
                if done.flatten().is_none() && self.is_wanted(states) {
                    self.at = self.body.len();
                } else {
                    done.flatten()?;
                }
                Kind::Compound
            }
            b'"' => {
                let plain = self.text()?;
                self.keep(states, start, Kind::Text, plain);
                return Some(());
            }
            b'-' | b'0'..=b'9' => self.run(Kind::Number),
            b't' | b'f' | b'n' => self.run(Kind::Word),
            _ => return None,
        };
        let plain = self.body[start..self.at].to_vec();
        self.keep(states, start, kind, plain);
        Some(())
    }

    fn keep(&mut self, states: &[State], start: usize, kind: Kind, plain: Vec<u8>) {
        if self.is_wanted(states) && !plain.is_empty() && plain != b"null" {
            self.found.push(Found { span: start..self.at, kind, plain });
        }
    }

    fn run(&mut self, kind: Kind) -> Kind {
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        while self.peek().is_some_and(part) {
            self.at += 1;
        }
        kind
    }

    fn object(&mut self, states: &[State]) -> Option<()> {
        self.at += 1;
        if self.space()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            (self.space()? == b'"').then_some(())?;
            let name = self.text()?;
            (self.space()? == b':').then_some(())?;
            self.at += 1;
            let below = self.below(states, &name);
            self.value(&below)?;
            if self.next(b'}')? {
                return Some(());
            }
        }
    }

    fn array(&mut self, states: &[State]) -> Option<()> {
        self.at += 1;
        if self.space()? == b']' {
            self.at += 1;
            return Some(());
        }
        for index in 0_usize.. {
            let below = match states.is_empty() {
                true => Vec::new(),
                false => self.below(states, index.to_string().as_bytes()),
            };
            self.value(&below)?;
            if self.next(b']')? {
                break;
            }
        }
        Some(())
    }

    /// Whether the end comes next, and not a comma.
    fn next(&mut self, end: u8) -> Option<bool> {
        let byte = self.space()?;
        self.at += 1;
        match byte {
            b',' => Some(false),
            byte if byte == end => Some(true),
            _ => None,
        }
    }

    /// The characters of a text. The end of a text that has none is the end of the body.
    fn text(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') | None => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(_) => self.at += 1,
            }
        }
        self.at = self.at.min(self.body.len());
        let raw = &self.body[start..self.at];
        self.at = (self.at + 1).min(self.body.len());
        Some(if escaped { unescape(raw) } else { raw.to_vec() })
    }

    /// A value of any kind, whose parts are found.
    fn leaf(&mut self) {
        while let Some(byte) = self.space() {
            let start = self.at;
            match byte {
                b'"' => {
                    let plain = self.text().unwrap_or_default();
                    let span = start..self.at;
                    if self.space() != Some(b':') {
                        self.found.push(Found { span, kind: Kind::Text, plain });
                    }
                }
                b'-' | b'0'..=b'9' => {
                    let kind = self.run(Kind::Number);
                    let plain = self.body[start..self.at].to_vec();
                    self.found.push(Found { span: start..self.at, kind, plain });
                }
                _ => self.at += 1,
            }
        }
    }
}

/// What an escaped text says; one that is wrong, as it stands.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let quoted = [b"\"", raw, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).map_or_else(|_| raw.to_vec(), String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(paths: &[&str], body: &str, expect: &str) {
        let paths: Vec<_> = paths.iter().map(|path| Path::parse(path).expect("a path")).collect();
        let mut out = String::new();
        let mut from = 0;
        for found in find(&paths, body.as_bytes()) {
            out += &body[from..found.span.start];
            out += &format!("<{}>", String::from_utf8_lossy(&found.plain));
            from = found.span.end;
        }
        out += &body[from..];
        assert_eq!(out, expect);
    }

    #[test]
    fn the_rest_of_the_body_stays_byte_for_byte() {
        check(&["a"], " {\"b\" : [1, 2.50],\n\t\"a\":\"x\" } ", " {\"b\" : [1, 2.50],\n\t\"a\":<x> } ");
    }

    #[test]
    fn every_kind_of_value_but_nothing_can_be_redacted() {
        check(
            &["a.*"],
            r#"{"a":{"s":"x","n":-1.5e3,"t":true,"o":{"k":[1]},"l":[],"e":"","z":null}}"#,
            r#"{"a":{"s":<x>,"n":<-1.5e3>,"t":<true>,"o":<{"k":[1]}>,"l":<[]>,"e":"","z":null}}"#,
        );
    }

    #[test]
    fn paths_name_members_elements_and_depths() {
        let body = r#"{"email":"1","items":[{"email":"2"},{"x":{"email":"3"}}]}"#;
        check(&["email"], body, &body.replace(r#""1""#, "<1>"));
        check(&["items.*.email"], body, &body.replace(r#""2""#, "<2>"));
        check(&["items.1.x.email"], body, &body.replace(r#""3""#, "<3>"));
        check(&["items.1"], body, r#"{"email":"1","items":[{"email":"2"},<{"x":{"email":"3"}}>]}"#);
        check(&["**.email"], body, r#"{"email":<1>,"items":[{"email":<2>},{"x":{"email":<3>}}]}"#);
        check(&["items.**.x"], body, r#"{"email":"1","items":[{"email":"2"},{"x":<{"email":"3"}>}]}"#);
        check(&["*.*.*"], r#"[[["a"]],{"b":["c"]}]"#, r#"[[[<a>]],{"b":[<c>]}]"#);
        check(&["Email", "items.email"], body, body);
    }

    #[test]
    fn members_that_stand_twice_or_are_spelt_with_escapes_are_found() {
        check(&["a"], r#"{"a":"1","a":"2"}"#, r#"{"a":<1>,"a":<2>}"#);
        check(&["email"], r#"{"\u0065mail":"x"}"#, r#"{"\u0065mail":<x>}"#);
        check(&["ü.p"], r#"{"ü":{"p":"\"\u00e9\n"}}"#, "{\"ü\":{\"p\":<\"é\n>}}");
    }

    #[test]
    fn what_is_nearly_json_is_redacted_up_to_its_fault_and_lines_are_all_read() {
        check(&["a"], "{\"a\":1}\n{\"a\":2}", "{\"a\":<1>}\n{\"a\":<2>}");
        check(&["a"], r#"{"a":"x","b":}{"a":"y"}"#, r#"{"a":<x>,"b":}{"a":"y"}"#);
        check(&["a"], r#"{"a":"never ends"#, r#"{"a":<never ends>"#);
        check(&["a"], r#"{"a":{"b":"c""#, r#"{"a":<{"b":"c">"#);
        check(&["a"], "a=1", "a=1");
    }

    #[test]
    fn deep_bodies_are_no_danger() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        check(&["a", "**.x"], &format!("{deep}\"x\"\"a\""), &format!("{deep}\"x\"\"a\""));
    }

    #[test]
    fn only_paths_are_paths() {
        for wrong in ["", ".", "a.", "a..b", "**", "a.**"] {
            assert_eq!(Path::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn leaves_are_texts_and_numbers() {
        let found = leaves(br#"{"a":["x\"y",123456,true],"b":{"c":null}}"#);
        let plain: Vec<_> = found.iter().map(|it| String::from_utf8_lossy(&it.plain)).collect();
        assert_eq!(plain, ["x\"y", "123456"]);
    }
}
