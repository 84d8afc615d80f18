//! What a guest said on stderr before it ended itself: every language has its own way to say it.

/// The longest message that becomes an outcome's, in bytes; the whole text is in the output.
const LONGEST: usize = 4096;

/// The panic or uncaught exception in what was written to stderr, on one line.
pub(crate) fn message(stderr: &str) -> Option<String> {
    let text = rust(stderr).or_else(|| go(stderr)).or_else(|| exception(stderr))?;
    let mut message = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if message.len() > LONGEST {
        message.truncate(message.floor_char_boundary(LONGEST));
    }
    (!message.is_empty()).then_some(message)
}

/// `thread 'main' (1) panicked at src/lib.rs:3:5:\nmessage\nnote: ...`; older ones have no thread id, so
/// the message begins where all are the same.
fn rust(stderr: &str) -> Option<&str> {
    let text = &stderr[stderr.rfind("panicked at ")?..];
    text.split("\nnote: ").next()
}

/// `panic: message\n\ngoroutine 1 [running]:\n...`. One that was caught and thrown again is said twice in
/// the same paragraph.
fn go(stderr: &str) -> Option<&str> {
    let line_of = |marker: &str| match stderr.starts_with(marker) {
        true => Some(0),
        false => stderr.find(&format!("\n{marker}")).map(|before| before + 1),
    };
    let text = &stderr[line_of("panic: ").or_else(|| line_of("fatal error: "))?..];
    text.contains("\ngoroutine ").then(|| text.split("\n\n").next())?
}

/// The stack is indented in Python, JavaScript and AssemblyScript; before it or after it stands what
/// was thrown.
fn exception(stderr: &str) -> Option<&str> {
    let is_frame = |line: &str| line.trim().is_empty() || line.starts_with(char::is_whitespace);
    stderr.lines().rev().find(|line| !is_frame(line))
}

#[cfg(test)]
mod tests {
    use super::message;

    fn said(stderr: &str) -> String {
        message(stderr).unwrap_or_default()
    }

    #[test]
    fn panics_of_rust() {
        let text =
            "before\n\nthread '<unnamed>' (1) panicked at src/lib.rs:3:5:\nno\nprice\nnote: run with more\n";
        assert_eq!(said(text), "panicked at src/lib.rs:3:5: no price");
    }

    #[test]
    fn panics_of_go() {
        let text = "a line\npanic: no price\n\ngoroutine 1 [running]:\nmain.get(...)\n\tprices.go:12 +0x5\n";
        assert_eq!(said(text), "panic: no price");
        assert_eq!(said("panic: is no stack of Go\nlast"), "last");
    }

    #[test]
    fn exceptions_of_python_and_javascript() {
        let python = "Traceback (most recent call last):\n  File \"app.py\", line 3, in get\n    a[1]\nIndexError: no\n";
        assert_eq!(said(python), "IndexError: no");
        let javascript =
            "a line\nTypeError: no price\n    at get (src/prices.ts:3:5)\n    at fetch (src/index.ts:1:1)\n";
        assert_eq!(said(javascript), "TypeError: no price");
    }

    #[test]
    fn nothing_was_said() {
        assert_eq!(message(" \n\n"), None);
        assert_eq!(said(&"x".repeat(9000)).len(), 4096);
    }
}
