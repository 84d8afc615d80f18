//! Functions and files that are longer than the rules of CONTRIBUTING.md allow.

use std::path::Path;

use anyhow::Context as _;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Something longer than it may be.
#[derive(Debug)]
pub struct Long {
    /// Below the root of the repository.
    pub file: String,
    /// Of a function.
    pub name: Option<String>,
    /// Its first line, from 1.
    pub line: usize,
    /// How many it has.
    pub lines: usize,
}

/// Files in the languages of the host and of the SDKs with more than `most` lines.
pub fn long_files(root: &Path, most: usize) -> anyhow::Result<Vec<Long>> {
    let mut found = Vec::new();
    for file in sources(root, &["rs", "go", "py", "ts", "js", "mjs", "sh"])? {
        let lines = read(root, &file)?.lines().count();
        if lines > most {
            found.push(Long { file, name: None, line: 1, lines });
        }
    }
    Ok(found)
}

/// Functions in Rust with more than `most` lines, from `fn` to the brace that ends it.
pub fn long_functions(root: &Path, most: usize) -> anyhow::Result<Vec<Long>> {
    let mut found = Vec::new();
    for file in sources(root, &["rs"])? {
        let code: TokenStream =
            read(root, &file)?.parse().map_err(|error| anyhow::anyhow!("{file}: {error}"))?;
        let mut all = Vec::new();
        functions(code, &file, &mut all);
        found.extend(all.into_iter().filter(|function| function.lines > most));
    }
    Ok(found)
}

fn functions(code: TokenStream, file: &str, found: &mut Vec<Long>) {
    let mut begun: Option<(String, usize)> = None;
    let mut tokens = code.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "fn" => {
                if let Some(TokenTree::Ident(name)) = tokens.peek() {
                    begun = Some((name.to_string(), word.span().start().line));
                }
            }
            // A function that a trait only declares.
            TokenTree::Punct(sign) if sign.as_char() == ';' => begun = None,
            TokenTree::Group(group) => {
                if group.delimiter() == Delimiter::Brace
                    && let Some((name, line)) = begun.take()
                {
                    let lines = group.span_close().end().line - line + 1;
                    found.push(Long { file: file.to_owned(), name: Some(name), line, lines });
                }
                functions(group.stream(), file, found);
            }
            _ => {}
        }
    }
}

/// Files with one of these endings, below the root, sorted. What is built, installed or hidden is left out.
fn sources(root: &Path, endings: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_built =
                name.starts_with('.') || ["target", "node_modules", "__pycache__"].contains(&name.as_str());
            if path.is_dir() && !is_built && !path.is_symlink() {
                open.push(path);
            } else if path.extension().is_some_and(|it| endings.iter().any(|ending| it == *ending)) {
                found.push(below(root, &path));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}

fn read(root: &Path, file: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(root.join(file)).with_context(|| file.to_owned())
}
