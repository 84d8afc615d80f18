//! What a reading of flux.toml leaves out, so that it gets behind the mistakes that are known.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Names one entry of a table or of a list by where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Id(pub usize);

impl Id {
    /// The whole document.
    pub const ROOT: Self = Self(usize::MAX);
}

/// Entries that are left out since they have a mistake, and keys that are missing and taken for empty.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    left_out: HashSet<Id>,
    filled: HashMap<Id, Vec<&'static str>>,
    /// Of lists, the places of the entries that are not left out.
    places: RefCell<HashMap<Id, Vec<usize>>>,
    /// While mistakes are looked for: how many entries of a list or a map are known to have none that is not reported.
    passed: RefCell<Option<HashMap<Id, usize>>>,
}

impl Gaps {
    /// Leaves an entry out. False: it is left out already.
    pub fn leave_out(&mut self, id: Id) -> bool {
        self.places.get_mut().clear();
        self.left_out.insert(id)
    }

    /// Takes a missing key of a table for empty. False: it is taken so already.
    pub fn fill(&mut self, table: Id, key: &'static str) -> bool {
        let keys = self.filled.entry(table).or_default();
        let is_new = !keys.contains(&key);
        keys.extend(is_new.then_some(key));
        is_new
    }

    /// The keys of a table that are taken for empty.
    pub fn filled(&self, table: Id) -> &[&'static str] {
        self.filled.get(&table).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing is left out or taken for empty.
    pub fn are_none(&self) -> bool {
        self.left_out.is_empty() && self.filled.is_empty()
    }

    /// Whether an entry is left out.
    pub fn has(&self, id: Id) -> bool {
        self.left_out.contains(&id)
    }

    /// Where an entry of a list stands that has this place among those that are not left out.
    pub fn place<I: Iterator<Item = Id>>(
        &self,
        list: Id,
        place: usize,
        entries: impl FnOnce() -> I,
    ) -> Option<usize> {
        let mut places = self.places.borrow_mut();
        let places = places.entry(list).or_insert_with(|| {
            let entries = entries().enumerate().filter(|(_, id)| !self.has(*id));
            entries.map(|(index, _)| index).collect()
        });
        places.get(place).copied()
    }

    /// Whether mistakes are looked for: what is read now is not kept, so entries that have none are passed over.
    pub fn is_search(&self) -> bool {
        self.passed.borrow().is_some()
    }

    /// Begins or ends the search for mistakes.
    pub fn search(&mut self, is_search: bool) {
        *self.passed.get_mut() = is_search.then(HashMap::new);
    }

    /// How many entries of a list or a map the search passes over.
    pub fn passed(&self, id: Id) -> usize {
        self.passed.borrow().as_ref().and_then(|passed| passed.get(&id).copied()).unwrap_or(0)
    }

    /// Remembers how many entries of a list or a map the search passes over from now on.
    pub fn pass(&self, id: Id, count: usize) {
        if let Some(passed) = self.passed.borrow_mut().as_mut() {
            passed.insert(id, count);
        }
    }
}
