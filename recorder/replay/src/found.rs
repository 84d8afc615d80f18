//! What a comparison finds, and where.

use std::cell::OnceCell;
use std::sync::Arc;

use flux_recorder::Value;

use crate::node::Key;
use crate::path::{Path, Step};
use crate::tolerance::Pattern;

/// How many differences of one comparison are kept, and how many tolerated ones; the others are counted.
pub const MOST_DIFFERENCES: usize = 1000;

/// How two values differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DifferenceKind {
    /// Another value, or one side has none. A number's text is its value: 1.0 is not 1.
    Value,
    /// The same members in another order. The path ends in `[order]`, the sides are the names.
    Order,
    /// The same values in other bytes of JSON: white space and escapes. The path ends in `[layout]`.
    Layout,
}

impl DifferenceKind {
    /// The name in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Order => "order",
            Self::Layout => "layout",
        }
    }
}

/// One place in which two values differ. A side that has nothing there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where. As an entry of `ignore`, it covers this difference and none beside it.
    pub path: Path,
    /// How.
    pub kind: DifferenceKind,
    /// The JSON text that it is in; none: it is not in one.
    pub document: Option<Path>,
    /// What was recorded.
    pub recorded: Option<Value>,
    /// What the replay gave.
    pub replayed: Option<Value>,
}

/// All that a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What differs and is not covered, at most [`MOST_DIFFERENCES`].
    pub differences: Vec<Difference>,
    /// What differs and is covered, with the entry of flux.toml that does; at most [`MOST_DIFFERENCES`].
    pub tolerated: Vec<(String, Difference)>,
    /// How many more differences there are than the lists hold.
    pub omitted: u64,
    /// How many values without others in them were compared, those of JSON texts included.
    pub compared: u64,
    /// How many were not, because an entry covers them.
    pub ignored: u64,
}

impl Comparison {
    /// Takes what `difference` makes only if there is a place for it.
    pub(crate) fn add(&mut self, entry: Option<&Pattern>, difference: impl FnOnce() -> Difference) {
        let kept = if entry.is_some() { self.tolerated.len() } else { self.differences.len() };
        match entry {
            _ if kept == MOST_DIFFERENCES => self.omitted += 1,
            Some(pattern) => self.tolerated.push((pattern.entry(), difference())),
            None => self.differences.push(difference()),
        }
    }

    pub(crate) fn count(&mut self, entry: Option<&Pattern>, leaves: u64) {
        *(if entry.is_some() { &mut self.ignored } else { &mut self.compared }) += leaves;
    }
}

/// The way from the root to a value: a path that costs nothing until a difference needs it.
pub(crate) enum Trail<'t> {
    Root(&'t [Step]),
    Below {
        above: &'t Trail<'t>,
        key: &'t Key<'t>,
        repeated: bool,
        /// Shared by all paths below, so that a long name is not copied for each.
        name: OnceCell<Arc<str>>,
    },
}

impl<'t> Trail<'t> {
    pub fn below(&'t self, key: &'t Key<'t>, repeated: bool) -> Self {
        Self::Below { above: self, key, repeated, name: OnceCell::new() }
    }

    pub fn path(&self) -> Path {
        Path::new(self.steps())
    }

    /// The path with one more step.
    pub fn path_to(&self, last: Step) -> Path {
        let mut steps = self.steps();
        steps.push(last);
        Path::new(steps)
    }

    fn steps(&self) -> Vec<Step> {
        match self {
            Self::Root(steps) => steps.to_vec(),
            Self::Below { above, key, repeated, name } => {
                let mut steps = above.steps();
                steps.push(match key {
                    Key::Index(index) => Step::Index(*index),
                    Key::Name { name: text, occurrence, .. } => Step::Name {
                        name: name.get_or_init(|| (**text).into()).clone(),
                        occurrence: repeated.then_some(*occurrence),
                    },
                });
                steps
            }
        }
    }
}
