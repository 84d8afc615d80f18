//! Where a difference is, and which places an entry of flux.toml covers: the same text for both.

use std::fmt::{self, Write};
use std::sync::Arc;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// The member, field or header of this name. Where a name stands more than once, `occurrence`
    /// tells which of them is meant, from 1; without it all are.
    Name {
        /// The name itself, without quotes or escapes.
        name: Arc<str>,
        /// Written `name#2`.
        occurrence: Option<usize>,
    },
    /// The item at this place, from 0.
    Index(usize),
    /// Any member or item: `*`. Only in an entry of flux.toml, never in a difference.
    Any,
    /// The order of a value's members, and nothing else of it: `[order]`, always last.
    Order,
    /// The white space and the escapes of a JSON value and all below it: `[layout]`, always last.
    Layout,
}

impl Step {
    /// A name that stands once, or every occurrence of it.
    pub fn name(name: &str) -> Self {
        Self::Name { name: name.into(), occurrence: None }
    }
}

/// A path, such as `response.headers.date` or `fetch.send[0].body."user.role"`.
///
/// Its text is read back as the same path, whatever the names in it are.
///
/// ```
/// use flux_replay::{Path, Step};
///
/// let path: Path = r#"response.body.items[2]."user.role""#.parse()?;
/// assert_eq!(path.steps()[4], Step::name("user.role"));
/// assert_eq!(path.to_string(), r#"response.body.items[2]."user.role""#);
/// # Ok::<_, flux_replay::PatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

impl Path {
    /// A path of these steps.
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self(steps)
    }

    /// The steps of a function's name, such as `kv.bucket.get`.
    pub(crate) fn of_root(root: &str) -> Vec<Step> {
        root.split('.').map(Step::name).collect()
    }

    /// Its steps, the root's name first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The steps to the value whose order or layout it names; all of them where it names a value.
    pub fn owner(&self) -> &[Step] {
        match self.0.split_last() {
            Some((Step::Order | Step::Layout, owner)) => owner,
            _ => &self.0,
        }
    }

    /// The path with other steps in the place of its own.
    pub fn map(&self, step: impl FnMut(&Step) -> Step) -> Self {
        Self(self.0.iter().map(step).collect())
    }

    /// The path as a value in flux.toml, quotes included: what a hint tells to add to `ignore`.
    ///
    /// ```
    /// let path: flux_replay::Path = r#"response.body."user.role""#.parse()?;
    /// assert_eq!(path.to_toml(), r#"'response.body."user.role"'"#);
    /// # Ok::<_, flux_replay::PatternError>(())
    /// ```
    pub fn to_toml(&self) -> String {
        toml_text(&self.to_string())
    }
}

/// A text as TOML: the plainest of its forms that needs no escape.
pub(crate) fn toml_text(text: &str) -> String {
    let plain = |letter: char| !letter.is_control();
    match () {
        () if text.chars().all(|it| plain(it) && it != '"' && it != '\\') => format!("\"{text}\""),
        () if text.chars().all(|it| plain(it) && it != '\'') => format!("'{text}'"),
        () => {
            // TOML's basic strings know all of JSON's escapes but the one of a slash, which is not written.
            let mut out = String::new();
            // Writing to a String cannot fail.
            let _ = write_quoted(&mut out, text);
            out
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            let dot = if place > 0 { "." } else { "" };
            match step {
                Step::Name { name, occurrence } => {
                    f.write_str(dot)?;
                    write_name(f, name)?;
                    occurrence.map_or(Ok(()), |number| write!(f, "#{number}"))?;
                }
                Step::Any => write!(f, "{dot}*")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Order => f.write_str("[order]")?,
                Step::Layout => f.write_str("[layout]")?,
            }
        }
        Ok(())
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let bare = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    if !name.is_empty() && name.chars().all(bare) { f.write_str(name) } else { write_quoted(f, name) }
}

/// A JSON string. What could be mistaken on a terminal, or move its cursor, is escaped.
pub(crate) fn write_quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(out, "\\{letter}")?,
            ' '..='~' => out.write_char(letter)?,
            letter if letter.is_alphanumeric() => out.write_char(letter)?,
            letter => {
                let mut units = [0; 2];
                letter.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?;
            }
        }
    }
    out.write_char('"')
}
