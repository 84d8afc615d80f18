//! What a guest said on stderr before it ended itself: every language has its own way to say it.

use std::ops::Range;

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
        let mut message = stderr[said(stderr)?].split_whitespace().collect::<Vec<_>>().join(" ");
        message.truncate(message.floor_char_boundary(LONGEST));
        (!message.is_empty()).then(|| Self { message, frames: frames(stderr) })
    }

    /// What was written to stderr before a panic or an exception with a stack: all that the guest itself says. What
    /// follows is the language's own report.
    pub fn before(stderr: &str) -> Option<&str> {
        let report = rust(stderr).or_else(|| go(stderr)).or_else(|| exception_with_stack(stderr))?;
        // A report may begin in the line before: a thread's name, the heading of a stack.
        let start = stderr.rfind(TRACEBACK).filter(|at| *at < report.start).unwrap_or(report.start);
        let line = stderr[..start].rfind('\n').map_or(0, |before| before + 1);
        Some(&stderr[..line])
    }
}

/// Where the message is.
fn said(stderr: &str) -> Option<Range<usize>> {
    rust(stderr)
        .or_else(|| go(stderr))
        .or_else(|| exception_with_stack(stderr))
        .or_else(|| last_line(stderr, stderr.len()))
}

/// `thread 'main' (1) panicked at src/lib.rs:3:5:\nmessage\nnote: ...`; older ones have no thread id, so
/// the message begins where all are the same.
fn rust(stderr: &str) -> Option<Range<usize>> {
    let start = stderr.rfind("panicked at ")?;
    Some(start..end_of(stderr, start, "\nnote: "))
}

/// `panic: message\n\ngoroutine 1 [running]:\n...`. One that was caught and thrown again is said twice in
/// the same paragraph.
fn go(stderr: &str) -> Option<Range<usize>> {
    let line_of = |marker: &str| match stderr.starts_with(marker) {
        true => Some(0),
        false => stderr.find(&format!("\n{marker}")).map(|before| before + 1),
    };
    let start = line_of("panic: ").or_else(|| line_of("fatal error: "))?;
    stderr[start..].contains("\ngoroutine ").then(|| start..end_of(stderr, start, "\n\n"))
}

fn end_of(stderr: &str, start: usize, marker: &str) -> usize {
    stderr[start..].find(marker).map_or(stderr.len(), |length| start + length)
}

/// How SpiderMonkey ends itself after an uncaught exception, whatever that was.
const ABORT: &str = "Redirecting call to abort() to mozalloc_abort";
/// What stands above a stack of Python.
const TRACEBACK: &str = "Traceback (most recent call last):";

/// The stack is indented in Python, JavaScript and AssemblyScript. What was thrown stands behind it in Python, and
/// before it in the others; it may have several lines.
fn exception_with_stack(stderr: &str) -> Option<Range<usize>> {
    if let Some(stack) = stderr.rfind(TRACEBACK) {
        let behind = lines(stderr).find(|it| it.start > stack && !is_frame(&stderr[it.clone()]))?;
        return Some(behind.start..stderr.len());
    }
    let is_at = |it: &Range<usize>| frame_of_javascript(&stderr[it.clone()]).is_some();
    let all: Vec<_> = lines(stderr).collect();
    // The first frame of the last stack.
    let last = all.iter().rposition(is_at)?;
    let first = last - all[..last].iter().rev().take_while(|it| is_at(it)).count();
    let thrown = last_line(stderr, all[first].start)?;
    let above = all[..first].iter().rev().take_while(|it| !is_at(it));
    let begin = above.map(|it| it.start).find(|start| is_error(&stderr[*start..])).unwrap_or(thrown.start);
    Some(begin..thrown.end)
}

/// The last line before `end` that is no frame.
fn last_line(stderr: &str, end: usize) -> Option<Range<usize>> {
    let line = |it: &Range<usize>| !is_frame(&stderr[it.clone()]) && &stderr[it.clone()] != ABORT;
    lines(&stderr[..end]).filter(line).last()
}

fn is_frame(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with(char::is_whitespace)
}

/// Whether a text begins with the name of an error: `TypeError: no price`.
fn is_error(text: &str) -> bool {
    let name = text.strip_prefix("Uncaught ").unwrap_or(text).split([':', '\n']).next().unwrap_or_default();
    let is_name = name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$' | '.'));
    is_name && (name.ends_with("Error") || name.ends_with("Exception"))
}

/// Where the lines are, without what ends them.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some(start..start + line.trim_end_matches(['\n', '\r']).len())
    })
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
    fn a_message_may_have_several_lines() {
        let text = "noise\nRangeError: first\n\n  second\nthird\n    at get (src/prices.ts:3:5)\n";
        assert_eq!(read(text).0, "RangeError: first second third");
        let text = "Error: caught\n    at a (b.ts:1:1)\nwhat was thrown\n    at get (src/prices.ts:3:5)\n";
        assert_eq!(read(text).0, "what was thrown");
        let text = "Traceback (most recent call last):\n  File \"app.py\", line 3, in handle\n    get()\n\
                    ValueError: first\nsecond\n  third\n";
        assert_eq!(read(text).0, "ValueError: first second third");
    }

    #[test]
    fn what_a_guest_said_stands_before_its_languages_report() {
        let before = |text: &str| Panic::before(text).map(str::to_owned);
        let reports = [
            "thread '<unnamed>' (1) panicked at src/lib.rs:3:5:\nno\nnote: run with more\n",
            "panic: no price\n\ngoroutine 1 [running]:\nmain.get()\n\tprices.go:12 +0x5\n",
            "Traceback (most recent call last):\n  File \"app.py\", line 3, in handle\n    get()\nValueError: no\n",
            "TypeError: no\nprice\n    at get (src/prices.ts:3:5)\n",
        ];
        for report in reports {
            assert_eq!(before(&format!("mine\n{report}")).as_deref(), Some("mine\n"), "{report}");
            assert_eq!(before(report).as_deref(), Some(""), "{report}");
        }
        assert_eq!(before("only\nlines\n"), None);
    }

    #[test]
    fn nothing_was_said() {
        assert_eq!(Panic::read(" \n\n"), None);
        assert_eq!(read(&"x".repeat(9000)).0.len(), 4096);
    }
}
