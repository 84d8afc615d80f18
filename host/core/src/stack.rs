//! Stacks as people read them: the guest's own frames, and how many others there are.
//!
//! The journal keeps every frame. A panic of Rust begins with a dozen frames of its standard library, and other
//! languages have theirs; whoever looks for a bug begins at the first line of the guest's own code.

use crate::text::count;

/// A stack without the frames that are not the guest's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The guest's own frames, innermost first; one that comes several times in a row stands once, with its count.
    pub own: Vec<String>,
    /// How many frames of the language, of the SDK and of other packages are left out.
    pub folded: usize,
}

impl Stack {
    /// Reads the frames of a failure. Where none is the guest's own, all of them are shown.
    pub fn of(frames: &[String]) -> Self {
        let is_own = |frame: &&String| !is_foreign(frame);
        let own: Vec<&String> = frames.iter().filter(is_own).collect();
        let shown = if own.is_empty() { frames.iter().collect() } else { own };
        let folded = frames.len() - shown.len();
        Self { own: shown.chunk_by(|a, b| a == b).map(repeated).collect(), folded }
    }

    /// What is left out, in words.
    pub fn rest(&self) -> Option<String> {
        let frames = || count(self.folded, "more frame");
        (self.folded > 0).then(|| format!("{} of the language, the SDK and packages", frames()))
    }
}

fn repeated(frames: &[&String]) -> String {
    match frames {
        [] => String::new(),
        [frame] => (*frame).clone(),
        [frame, ..] => format!("{frame} ({} times)", frames.len()),
    }
}

/// Whether a frame is of the language's library, of an SDK, of a package or of generated code. A frame is
/// `name at place`, or only one of them.
fn is_foreign(frame: &str) -> bool {
    let (name, place) = frame.rsplit_once(" at ").unwrap_or((frame, ""));
    let has_place = !place.is_empty();
    is_glue(name)
        || is_rusts(name, place)
        || is_gos(name, place)
        || is_scripts(name, place)
        || (!has_place && is_librarys(name))
}

/// What is generated between a handler and the host: `flux:host/http-handler@0.1.0#handle` and the like.
fn is_glue(name: &str) -> bool {
    let is_export = name.contains('#') && name.contains('/') && name.contains('@');
    is_export || ["_export_", "__export_", "cabi_", "wit_bindgen"].iter().any(|start| name.starts_with(start))
}

const CRATES: [&str; 11] = [
    "std",
    "core",
    "alloc",
    "__rustc",
    "compiler_builtins",
    "dlmalloc",
    "hashbrown",
    "wasi",
    "wasip2",
    "wit_bindgen",
    "flux_sdk",
];

/// The name of an impl's function begins with its type: `<alloc::vec::Vec<T> as core::ops::Index<I>>::index`.
fn is_rusts(name: &str, place: &str) -> bool {
    let path = name.trim_start_matches(['<', '&', '*', '[', '(']);
    // A type parameter has no path: what it is seen as has.
    let path = match path.split_once(" as ") {
        Some((kind, trait_path)) if !kind.contains("::") => trait_path,
        _ => path,
    };
    let crate_name = path.split("::").next().filter(|start| start.len() < path.len());
    let folders = ["library/std/", "library/core/", "library/alloc/", "/rustc/", "/.cargo/", "sdks/rust/"];
    crate_name.is_some_and(|name| CRATES.contains(&name))
        || (place.contains(".rs:") && folders.iter().any(|folder| place.contains(folder)))
}

/// The first folder of packages that come with Go.
const PACKAGES: [&str; 44] = [
    "archive",
    "bufio",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
    "syscall",
    "text",
    "time",
    "unicode",
    "unsafe",
];

/// A package of a module has the module's version in its place; one of the library lies in a folder of its name.
fn is_gos(name: &str, place: &str) -> bool {
    let file = place.split(".go:").next().filter(|file| file.len() < place.len());
    let Some(file) = file else { return false };
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let package = |folder: &str| PACKAGES.contains(&folder.split('/').next().unwrap_or_default());
    let is_librarys = package(folder) && (name == "panic" || name.starts_with(folder));
    is_librarys || file.contains("@v") || file.contains("/src/runtime/")
}

/// Python's library and packages have absolute places, a guest's modules have relative ones. A bundle's
/// packages keep their folder, and AssemblyScript's library and packages are below `~lib`.
fn is_scripts(name: &str, place: &str) -> bool {
    let place = if place.is_empty() { name } else { place };
    let is_pythons = place.contains(".py:") && (place.starts_with('/') || place.contains("site-packages/"));
    let starts = ["<frozen ", "node:", "ext:", "flux-sdk", "flux-entry", "~lib/"];
    is_pythons || place.contains("node_modules/") || starts.iter().any(|start| place.starts_with(start))
}

/// What the libraries of C and of the languages have at the bottom, in a module without places.
fn is_librarys(name: &str) -> bool {
    let names =
        ["abort", "exit", "_Exit", "malloc", "calloc", "realloc", "free", "memcpy", "memmove", "memset"];
    let starts = ["__", "rust_", "wasi_", "dlmalloc", "dlfree", "runtime."];
    names.contains(&name) || starts.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::Stack;

    #[track_caller]
    fn check(frames: &[&str], own: &[&str]) {
        let frames: Vec<String> = frames.iter().map(|frame| (*frame).to_owned()).collect();
        let stack = Stack::of(&frames);
        assert_eq!(stack.own, own);
    }

    #[test]
    fn rusts_begins_at_the_line_that_panicked() {
        let frames = [
            "abort",
            "std::sys::pal::wasi::helpers::abort_internal",
            "__rustc::__rust_start_panic",
            "std::sys::backtrace::__rust_end_short_backtrace::<std::panicking::panic_handler::{closure#0}, !>",
            "core::panicking::panic_fmt at /rustc/59807616e1fa/library/core/src/panicking.rs:80",
            "unwrap<u32, shop::Error> at /rustc/59807616e1fa/library/core/src/result.rs:1704",
            "<alloc::vec::Vec<u8> as core::ops::index::Index<usize>>::index",
            "<&mut F as core::ops::function::FnOnce<A>>::call_once",
            "shop::prices::get at src/prices.rs:20",
            "<shop::Shop as core::ops::function::Fn<()>>::call at src/lib.rs:7",
            "flux_sdk::http::answer at /home/ann/flux/sdks/rust/src/http.rs:9",
            "_export_handle_cabi<shop::__flux_http_handler::Handler> at src/lib.rs:5",
            "flux:host/http-handler@0.1.0#handle at src/lib.rs:5",
        ];
        let own = [
            "shop::prices::get at src/prices.rs:20",
            "<shop::Shop as core::ops::function::Fn<()>>::call at src/lib.rs:7",
        ];
        check(&frames, &own);
        // A function of the guest may have the name of one below it.
        check(&["abort", "abort at src/lib.rs:3"], &["abort at src/lib.rs:3"]);
    }

    #[test]
    fn gos_begins_in_the_guests_module() {
        let frames = [
            "panic at runtime/panic.go:884",
            "runtime.goPanicIndex at runtime/panic.go:113",
            "encoding/json.(*decodeState).object at encoding/json/decode.go:9",
            "main.fail at github.com/ann/shop/bug.go:7",
            "shop/prices.Get at shop/prices/prices.go:3",
            "github.com/flux-run/flux/sdks/go.Handler.Answer at github.com/flux-run/flux/sdks/go@v0.1.0/error.go:67",
        ];
        check(
            &frames,
            &["main.fail at github.com/ann/shop/bug.go:7", "shop/prices.Get at shop/prices/prices.go:3"],
        );
    }

    #[test]
    fn pythons_and_javascripts_begin_in_the_guests_files() {
        let python = [
            "raw_decode at /python/json/decoder.py:355",
            "_load at <frozen importlib._bootstrap>:9",
            "get at shop/prices.py:8",
            "handle at app.py:31",
        ];
        check(&python, &["get at shop/prices.py:8", "handle at app.py:31"]);
        let script =
            ["parse at node_modules/zod/index.js:1:9", "get at src/prices.ts:5:9", "src/index.ts:1:1"];
        check(&script, &["get at src/prices.ts:5:9", "src/index.ts:1:1"]);
        let assembly = [
            "~lib/@flux-run/assemblyscript/assembly/abort/abort",
            "assembly/index/handle",
            "flux-entry/handleExport~anonymous|0",
        ];
        check(&assembly, &["assembly/index/handle"]);
    }

    #[test]
    fn a_recursion_is_one_line_and_a_stack_without_own_frames_is_whole() {
        check(
            &["deeper at src/a.rs:5", "deeper at src/a.rs:5", "run at src/a.rs:9"],
            &["deeper at src/a.rs:5 (2 times)", "run at src/a.rs:9"],
        );
        check(&["abort", "core::panicking::panic_fmt"], &["abort", "core::panicking::panic_fmt"]);
        check(&[], &[]);
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let stack =
            |frames: &[&str]| Stack::of(&frames.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        let rest = stack(&["abort", "a::b at src/a.rs:1", "cabi_realloc"]).rest();
        assert_eq!(rest.as_deref(), Some("2 more frames of the language, the SDK and packages"));
        assert_eq!(stack(&["a::b at src/a.rs:1"]).rest(), None);
    }
}
