//! What a recording has to answer with, and how a call is told from another.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use flux_recorder::{End, Outcome, Recording, Redact, Unmask};

use crate::ending::failed;
use crate::mask::mask;
use crate::tolerance::Tolerances;

/// What ends a transaction without its changes.
const ROLLBACK: &str = "db.transaction.rollback";

/// What a call is, under the tolerances: two calls are the same exactly if their keys are equal.
pub(crate) type Key = blake3::Hash;

/// A recording as the thing to answer from, with all that says how to compare.
pub(crate) struct Script {
    pub recording: Arc<Recording>,
    pub tolerances: Arc<Tolerances>,
    pub redact: Arc<dyn Redact>,
    /// Whether the guest that runs is the one that was recorded.
    pub same_guest: bool,
    // Made when a call first differs from the next recorded one: most replays need none.
    keys: OnceLock<Vec<Key>>,
}

impl Script {
    pub fn new(
        recording: Arc<Recording>,
        tolerances: Arc<Tolerances>,
        redact: Arc<dyn Redact>,
        same_guest: bool,
    ) -> Self {
        Self { recording, tolerances, redact, same_guest, keys: OnceLock::new() }
    }

    /// How many effects were recorded.
    pub fn len(&self) -> usize {
        self.recording.effects.len()
    }

    pub fn function(&self, index: usize) -> &str {
        &self.recording.effects[index].function
    }

    /// The key of a call.
    pub fn key(&self, function: &str, args: &[u8]) -> Key {
        let masked: Cow<'_, [u8]> = mask(function, args, &self.tolerances);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(function.len() as u64).to_le_bytes()).update(function.as_bytes()).update(&masked);
        hasher.finalize()
    }

    /// The keys of all recorded calls.
    pub fn keys(&self) -> &[Key] {
        self.keys.get_or_init(|| {
            (0..self.len()).map(|index| self.key(self.function(index), self.recording.args(index))).collect()
        })
    }
}

/// The recorded calls that answered nothing yet.
pub(crate) struct Unused {
    by_key: HashMap<Key, BTreeSet<usize>>,
    by_function: HashMap<String, BTreeSet<usize>>,
}

impl Unused {
    /// All but those that are used already.
    pub fn new(script: &Script, used: &[bool]) -> Self {
        let mut unused = Self { by_key: HashMap::new(), by_function: HashMap::new() };
        for (index, key) in script.keys().iter().enumerate().filter(|(index, _)| !used[*index]) {
            unused.by_key.entry(*key).or_default().insert(index);
            match unused.by_function.get_mut(script.function(index)) {
                Some(indexes) => drop(indexes.insert(index)),
                None => {
                    let first = BTreeSet::from([index]);
                    unused.by_function.insert(script.function(index).to_owned(), first);
                }
            }
        }
        unused
    }

    /// The same call: the next from `place` on, else the first that was passed over.
    pub fn same(&self, key: &Key, place: usize) -> Option<usize> {
        nearest(self.by_key.get(key)?, place)
    }

    /// A call of the same function, in the same order of preference.
    pub fn of_function(&self, function: &str, place: usize) -> Option<usize> {
        nearest(self.by_function.get(function)?, place)
    }

    /// The next calls of a function, from `place` on and then those before it.
    pub fn all_of(&self, function: &str, place: usize) -> impl Iterator<Item = usize> {
        let indexes = self.by_function.get(function);
        indexes.into_iter().flat_map(move |all| all.range(place..).chain(all.range(..place))).copied()
    }

    /// Takes one out.
    pub fn take(&mut self, script: &Script, index: usize) {
        if let Some(indexes) = self.by_key.get_mut(&script.keys()[index]) {
            indexes.remove(&index);
        }
        if let Some(indexes) = self.by_function.get_mut(script.function(index)) {
            indexes.remove(&index);
        }
    }
}

fn nearest(indexes: &BTreeSet<usize>, place: usize) -> Option<usize> {
    indexes.range(place..).next().or_else(|| indexes.first()).copied()
}

impl Script {
    /// Where the calls begin that an execution makes because it failed: the host rolls back what a guest
    /// leaves open, and a guest what it gives up before it answers with an error.
    pub fn begin_of_the_end(&self) -> usize {
        match failed(&self.recording) {
            true => {
                (0..self.len()).rposition(|index| self.function(index) != ROLLBACK).map_or(0, |last| last + 1)
            }
            false => self.len(),
        }
    }

    /// Whether all that a recording did before it failed is done.
    pub fn is_beyond(&self, used: &[bool]) -> bool {
        failed(&self.recording) && used[..self.begin_of_the_end()].iter().all(|used| *used)
    }

    /// Puts recorded stand-ins in the places of the values that they stand for.
    pub fn unmask(&self) -> Unmask<'_> {
        Unmask::new(&*self.redact, self.recording.marking())
    }

    /// The end of a run, as its recording would have it.
    pub fn take_end(&self, end: &mut End) {
        match &mut end.outcome {
            Outcome::Returned(bytes) => *bytes = self.recording.take(bytes).into_owned(),
            Outcome::Failed { message, backtrace, .. } => {
                std::iter::once(message).chain(backtrace).for_each(|text| self.recording.take_text(text));
            }
        }
    }

    /// The end, with the recorded stand-ins in the places of the values they stand for.
    pub fn unmask_end(&self, end: &mut End) {
        match (&self.recording.end.outcome, &mut end.outcome) {
            (Outcome::Returned(recorded), Outcome::Returned(bytes)) if recorded != bytes => {
                if let Some(unmasked) = self.unmask().unmasked(recorded, bytes) {
                    *bytes = unmasked;
                }
            }
            (Outcome::Failed { message: recorded, .. }, Outcome::Failed { message, .. }) => {
                self.unmask().text(recorded, message);
            }
            _ => {}
        }
    }
}
