//! The path of a route as clients send paths. One that is written in another way would fit no request.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What clients escape in a path, besides what is not ASCII.
const ESCAPED: AsciiSet =
    CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'|');

/// Why a text is no route, and what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; hint: {hint}")]
pub struct NoRoute {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl NoRoute {
    /// With what is wrong, and what to write.
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// Checks a path that begins with `/`.
pub(super) fn check(path: &str) -> Result<(), NoRoute> {
    if let Some(segment) = parameter_of_others(path) {
        let message = format!("'{segment}' is no parameter of a path");
        return Err(NoRoute::new(message, format!("write {}", in_braces(segment))));
    }
    let (texts, names) = pieces(path);
    check_ends(path, &texts)?;
    check_dots(path)?;
    texts.iter().try_for_each(|text| check_escapes(text))?;
    let usual = usual(path, &texts);
    if usual != path {
        let message = format!("no request has the path '{path}': clients send it as {usual}");
        return Err(NoRoute::new(message, format!("write {usual}")));
    }
    let mut known = BTreeSet::new();
    match names.iter().find(|name| !known.insert(**name)) {
        Some(name) => {
            let message = format!("two parameters of the path are called '{name}'");
            Err(NoRoute::new(message, "give each a name of its own: the guest finds them by it"))
        }
        None => Ok(()),
    }
}

/// A query and a fragment are no parts of a path.
fn check_ends(path: &str, texts: &[&str]) -> Result<(), NoRoute> {
    for (mark, what, hint) in [
        ('?', "query", "the guest finds the query in its request"),
        ('#', "fragment", "clients keep the fragment for themselves"),
    ] {
        if texts.iter().any(|text| text.contains(mark)) {
            let end = path.find(mark).unwrap_or(path.len());
            let message = format!("a route is a path, and this one has a {what}");
            return Err(NoRoute::new(message, format!("write {}: {hint}", &path[..end])));
        }
    }
    Ok(())
}

/// Clients resolve `.` and `..` before they send a path.
fn check_dots(path: &str) -> Result<(), NoRoute> {
    if !path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Ok(());
    }
    let mut kept = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let message = "no request has a path with '.' or '..': clients resolve them before they send it";
    Err(NoRoute::new(message, format!("write /{}", kept.join("/"))))
}

/// A percent sign begins an escape.
fn check_escapes(text: &str) -> Result<(), NoRoute> {
    for (at, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            let wrong: String = text[at..].chars().take(3).collect();
            let hint = "write two hexadecimal digits behind it, such as %20, or %25 for a percent sign";
            return Err(NoRoute::new(format!("'{wrong}' is no escape of a path"), hint));
        }
    }
    Ok(())
}

/// The path with what needs an escape escaped, and nothing else.
fn usual(path: &str, texts: &[&str]) -> String {
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    for text in texts {
        // A piece is a part of the path, so this is where it begins in it.
        let begin = text.as_ptr() as usize - path.as_ptr() as usize;
        out.push_str(&path[at..begin]);
        out.push_str(&usual_text(text));
        at = begin + text.len();
    }
    out.push_str(&path[at..]);
    out
}

fn usual_text(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, escape, after) = (&rest[..at], &rest[at..at + 3], &rest[at + 3..]);
        out.extend(utf8_percent_encode(before, &ESCAPED));
        let byte = percent_decode_str(escape).next().unwrap_or_default();
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&escape.to_ascii_uppercase()),
        }
        rest = after;
    }
    out.extend(utf8_percent_encode(rest, &ESCAPED));
    out
}

/// What stands between the parameters of a path, and their names.
fn pieces(path: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut texts, mut names, mut begin) = (Vec::new(), Vec::new(), 0);
    while let Some(open) = path[begin..].find('{').map(|at| begin + at) {
        let Some(close) = path[open..].find('}').map(|at| open + at) else { break };
        texts.push(&path[begin..open]);
        names.push(path[open + 1..close].trim_start_matches('*'));
        begin = close + 1;
    }
    texts.push(&path[begin..]);
    (texts, names)
}

/// A segment as other frameworks write parameters.
fn parameter_of_others(path: &str) -> Option<&str> {
    path.split('/').find(|segment| segment.starts_with([':', '*']))
}

fn in_braces(segment: &str) -> String {
    match segment.split_at(1) {
        ("*", "") => "{*rest}".to_owned(),
        ("*", name) => format!("{{*{name}}}"),
        (_, "") => "{name}".to_owned(),
        (_, name) => format!("{{{name}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_clients_send_it() {
        for path in
            ["/", "//", "/a-b_c.~/{id}", "/caf%C3%A9/%20/%2F", "/{a}/{*rest}", "/a:b@c,d;e=f+g", "/{{a}}"]
        {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        let cases = [
            ("/café/{id}", "write /caf%C3%A9/{id}"),
            ("/a b", "write /a%20b"),
            ("/caf%c3%a9", "write /caf%C3%A9"),
            ("/a%2Db/{é}/%7e", "write /a-b/{é}/~"),
            ("/a?b={c}", "write /a: the guest finds the query in its request"),
            ("/a#b", "write /a: clients keep the fragment for themselves"),
            ("/a/../b/./c/", "write /b/c/"),
            ("/100%", "write two hexadecimal digits behind it, such as %20, or %25 for a percent sign"),
            ("/%zé", "write two hexadecimal digits behind it, such as %20, or %25 for a percent sign"),
            ("/{a}/x/{a}", "give each a name of its own: the guest finds them by it"),
            ("/{a}/{*a}", "give each a name of its own: the guest finds them by it"),
            ("/:id", "write {id}"),
        ];
        for (path, hint) in cases {
            assert_eq!(check(path).expect_err(path).hint, hint, "{path}");
        }
    }
}
