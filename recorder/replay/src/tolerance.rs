//! What flux.toml allows to differ.

use crate::headers;
use crate::node::Key;
use crate::parse::{PatternError, is_function};
use crate::path::{Path, Step, toml_text};

/// What an entry lets differ at its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Covers {
    /// An entry of `ignore`: all of it, or what its last step names.
    Everything,
    /// An entry of `layout`: how JSON is laid out there and below, and no value.
    Layout,
}

/// One entry of `ignore` or `layout`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    path: Path,
    entry: String,
    covers: Covers,
}

impl Pattern {
    fn read(entry: &str, covers: Covers) -> Result<Self, PatternError> {
        let path: Path = entry.parse()?;
        if covers == Covers::Layout && path.owner().len() < path.steps().len() {
            let value = Path::new(path.owner().to_vec()).to_toml();
            return Err(PatternError::PartOfLayout { entry: entry.to_owned(), value });
        }
        Ok(Self { path, entry: entry.to_owned(), covers })
    }

    /// The places that it covers, and all below them.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The entry as a report names it: `ignore = "response.headers.date"`.
    pub fn entry(&self) -> String {
        let key = if self.covers == Covers::Layout { "layout" } else { "ignore" };
        format!("{key} = {}", toml_text(&self.entry))
    }
}

/// What flux.toml allows to differ, by name. Every use of it is in the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tolerances {
    // The entries of `ignore`, then those of `layout`.
    patterns: Vec<Pattern>,
    unordered: Vec<String>,
}

impl Tolerances {
    /// Reads `ignore`, paths whose difference does not count, and `unordered`, functions whose calls
    /// may come in another order.
    pub fn parse<I, U>(ignore: I, unordered: U) -> Result<Self, PatternError>
    where
        I: IntoIterator<Item: AsRef<str>>,
        U: IntoIterator<Item: AsRef<str>>,
    {
        let pattern = |entry: I::Item| Pattern::read(entry.as_ref(), Covers::Everything);
        let patterns = ignore.into_iter().map(pattern).collect::<Result<_, PatternError>>()?;
        let function = |entry: U::Item| match entry.as_ref() {
            name if is_function(name) => Ok(name.to_owned()),
            name => Err(PatternError::Function { entry: name.to_owned() }),
        };
        let unordered = unordered.into_iter().map(function).collect::<Result<_, _>>()?;
        Ok(Self { patterns, unordered })
    }

    /// The same with the entries of `layout`: paths below which JSON may have its members in another order,
    /// other white space and other escapes, and the same values.
    pub fn with_layout<L>(mut self, layout: L) -> Result<Self, PatternError>
    where
        L: IntoIterator<Item: AsRef<str>>,
    {
        for entry in layout {
            self.patterns.push(Pattern::read(entry.as_ref(), Covers::Layout)?);
        }
        Ok(self)
    }

    /// Whether calls of this function may come in another order.
    pub fn is_unordered(&self, function: &str) -> bool {
        self.unordered.iter().any(|name| name == function)
    }

    /// Whether an entry covers something in the values of this root.
    pub fn concerns(&self, root: &str) -> bool {
        !self.scope(root).is_idle()
    }

    /// The entry of `ignore` that covers a place whose steps are names.
    pub(crate) fn covering(&self, path: &Path) -> Option<&Pattern> {
        let mut scope = self.whole();
        for step in path.steps() {
            if let Step::Name { name, .. } = step {
                scope = scope.below(&Key::Name { name: (&**name).into(), occurrence: 1, header: false });
            }
        }
        scope.cover
    }

    fn whole(&self) -> Scope<'_> {
        Scope { live: self.patterns.iter().map(|pattern| (pattern, 0)).collect(), ..Scope::default() }
    }

    /// What of this applies to the value named by `root`.
    pub(crate) fn scope(&self, root: &str) -> Scope<'_> {
        root.split('.').fold(self.whole(), |scope, name| {
            let key = Key::Name { name: name.into(), occurrence: 1, header: false };
            scope.below(&key)
        })
    }
}

/// The entries that concern one place or something below it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope<'t> {
    /// Entries that go on from here, and how many of their steps led here.
    live: Vec<(&'t Pattern, usize)>,
    /// The entry that covers all of this place.
    pub cover: Option<&'t Pattern>,
    /// The entry that covers the layout from here on.
    pub layout: Option<&'t Pattern>,
    /// The entry that covers the order of the members here.
    pub order: Option<&'t Pattern>,
    /// The entry of `layout` that covers this place or one above it.
    pub relaid: Option<&'t Pattern>,
    /// This place has the name under which requests and responses keep their headers.
    pub headers: bool,
}

impl<'t> Scope<'t> {
    /// No entry has anything to do with this place or those below it.
    pub fn is_idle(&self) -> bool {
        let covering = [self.cover, self.layout, self.order, self.relaid];
        self.live.is_empty() && covering.iter().all(Option::is_none)
    }

    /// The entries for a child. What covers a place covers all that is below it.
    pub fn below(&self, key: &Key<'_>) -> Self {
        let headers = matches!(key, Key::Name { name, .. } if headers::is_field(name));
        let Self { cover, layout, relaid, .. } = *self;
        let mut below = Self { cover, layout, relaid, headers, ..Self::default() };
        if self.cover.is_some() {
            return below;
        }
        for (pattern, at) in &self.live {
            let steps = pattern.path.steps();
            if !matches(&steps[*at], key) {
                continue;
            }
            match steps.get(at + 1) {
                None if pattern.covers == Covers::Layout => below.relaid = below.relaid.or(Some(pattern)),
                None => below.cover = below.cover.or(Some(pattern)),
                Some(Step::Layout) => below.layout = below.layout.or(Some(pattern)),
                Some(Step::Order) => below.order = below.order.or(Some(pattern)),
                Some(_) => below.live.push((pattern, at + 1)),
            }
        }
        below
    }

    /// The entry by which a difference of the layout here is covered.
    pub fn layout_entry(&self) -> Option<&'t Pattern> {
        self.cover.or(self.layout_is_free())
    }

    /// The entry that covers the layout here, where none covers the whole.
    pub fn layout_is_free(&self) -> Option<&'t Pattern> {
        self.layout.or(self.relaid)
    }

    /// The entry that covers the order of the members here, where none covers the whole. Only the order of
    /// JSON's members is a matter of layout.
    pub fn order_is_free(&self, is_json: bool) -> Option<&'t Pattern> {
        self.order.or(self.relaid.filter(|_| is_json))
    }
}

fn matches(step: &Step, key: &Key<'_>) -> bool {
    match (step, key) {
        (Step::Any, _) => true,
        (Step::Index(want), Key::Index(index)) => want == index,
        (Step::Name { name: want, occurrence: number }, Key::Name { name, occurrence, header }) => {
            let same = if *header { want.eq_ignore_ascii_case(name) } else { **want == **name };
            same && number.is_none_or(|number| number == *occurrence)
        }
        _ => false,
    }
}
