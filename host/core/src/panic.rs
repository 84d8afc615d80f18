//! What a guest said on stderr before it ended itself: every language has its own way to say it.

/// The longest message that becomes an outcome's, in bytes; the whole text is in the output.
const LONGEST: usize = 4096;

/// A panic or an uncaught exception.
#[derive(Debug, PartialEq, Eq)]
pub struct Panic {
    /// What was said, on one line.
    pub message: String,
    /// The language's own stack, innermost first; empty where only the engine knows one.
    pub frames: Vec<String>,
}

impl Panic {
    /// Finds it in what was written to stderr.
    pub fn read(stderr: &str) -> Option<Self> {
        let text = rust(stderr).or_else(|| go(stderr)).or_else(|| exception(stderr))?;
        let mut message = text.split_whitespace().collect::<Vec<_>>().join(" ");
        message.truncate(message.floor_char_boundary(LONGEST));
        (!message.is_empty()).then(|| Self { message, frames: frames(stderr) })
    }
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

/// How SpiderMonkey ends itself after an uncaught exception, whatever that was.
const ABORT: &str = "Redirecting call to abort() to mozalloc_abort";

/// The stack is indented in Python, JavaScript and AssemblyScript; before it or after it stands what
/// was thrown.
fn exception(stderr: &str) -> Option<&str> {
    let is_frame = |line: &str| line.trim().is_empty() || line.starts_with(char::is_whitespace);
    stderr.lines().rev().find(|line| !is_frame(line) && *line != ABORT)
}

/// Each language's frames look so that no other's are taken for them.
fn frames(stderr: &str) -> Vec<String> {
    let lines: Vec<&str> = stderr.lines().collect();
    let go = lines.windows(2).filter_map(|pair| frame_of_go(pair[0], pair[1]));
    let mut frames: Vec<String> =
        go.chain(lines.iter().filter_map(|line| frame_of_javascript(line))).collect();
    // The most recent call is the last.
    frames.extend(lines.iter().rev().filter_map(|line| frame_of_python(line)));
    frames
}

/// `main.fail(0x1, ...)`, and below it a tab and `bug.go:12 +0x5`.
fn frame_of_go(function: &str, place: &str) -> Option<String> {
    let place = place.strip_prefix('\t')?.split(" +0x").next()?;
    let function = function.strip_prefix("created by ").unwrap_or(function);
    let name = function.rsplit_once('(').map_or(function, |(name, _)| name);
    place.contains(".go:").then(|| format!("{name} at {place}"))
}

/// `    at fail (src/bug.ts:5:9)`, without a name for what stands outside of functions.
fn frame_of_javascript(line: &str) -> Option<String> {
    let frame = line.strip_prefix("    at ")?;
    Some(match frame.strip_suffix(')').and_then(|frame| frame.rsplit_once(" (")) {
        Some((name, place)) => format!("{name} at {place}"),
        None => frame.to_owned(),
    })
}

/// `  File "bug.py", line 5, in fail`.
fn frame_of_python(line: &str) -> Option<String> {
    let (file, rest) = line.strip_prefix("  File \"")?.split_once("\", line ")?;
    let (number, name) = rest.split_once(", in ")?;
    Some(format!("{name} at {file}:{number}"))
}

#[cfg(test)]
mod tests {
    use super::Panic;

    fn read(stderr: &str) -> (String, Vec<String>) {
        Panic::read(stderr).map(|panic| (panic.message, panic.frames)).unwrap_or_default()
    }

    #[test]
    fn panics_of_rust() {
        let text =
            "before\n\nthread '<unnamed>' (1) panicked at src/lib.rs:3:5:\nno\nprice\nnote: run with more\n";
        assert_eq!(read(text), ("panicked at src/lib.rs:3:5: no price".to_owned(), Vec::new()));
    }

    #[test]
    fn panics_of_go() {
        let text = "a line\npanic: no price\n\ngoroutine 1 [running]:\nmain.get({0x1, 0x2})\n\tprices.go:12 +0x5\n\
                    main.(*shop).place(...)\n\tplace.go:3\nexit status 2\n";
        let frames = ["main.get at prices.go:12", "main.(*shop).place at place.go:3"];
        assert_eq!(read(text), ("panic: no price".to_owned(), frames.map(str::to_owned).to_vec()));
        assert_eq!(read("panic: is no stack of Go\nlast").0, "last");
    }

    #[test]
    fn exceptions_of_python() {
        let text = "Traceback (most recent call last):\n  File \"app.py\", line 3, in handle\n    get()\n  \
                    File \"prices.py\", line 9, in get\n    a[1]\nIndexError: no\n";
        let frames = ["get at prices.py:9", "handle at app.py:3"];
        assert_eq!(read(text), ("IndexError: no".to_owned(), frames.map(str::to_owned).to_vec()));
    }

    #[test]
    fn exceptions_of_javascript() {
        let text = "a line\nTypeError: no price\n    at get (src/prices.ts:3:5)\n    at src/index.ts:1:1\n\n\
                    Redirecting call to abort() to mozalloc_abort\n\n";
        let frames = ["get at src/prices.ts:3:5", "src/index.ts:1:1"];
        assert_eq!(read(text), ("TypeError: no price".to_owned(), frames.map(str::to_owned).to_vec()));
    }

    #[test]
    fn nothing_was_said() {
        assert_eq!(Panic::read(" \n\n"), None);
        assert_eq!(read(&"x".repeat(9000)).0.len(), 4096);
    }
}
