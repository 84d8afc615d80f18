//! Which children of two values belong together.

use std::collections::HashMap;

use crate::node::{Child, Container};
use crate::tolerance::{Pattern, Scope};

/// The children of two values, by their places on both sides.
#[derive(Default)]
pub(crate) struct Met<'t> {
    /// On both sides, covered or not.
    pub both: Vec<(usize, usize)>,
    /// On both sides, and not covered.
    pub kept: Vec<(usize, usize)>,
    /// An entry that covers a child, but not the value around it.
    pub dropped: Option<&'t Pattern>,
}

impl<'t> Met<'t> {
    pub fn add(&mut self, around: &Scope<'t>, scope: &Scope<'t>, places: (Option<usize>, Option<usize>)) {
        let covered = if around.cover.is_some() { None } else { scope.cover };
        self.dropped = self.dropped.or(covered);
        if let (Some(left), Some(right)) = places {
            self.both.push((left, right));
            if covered.is_none() {
                self.kept.push((left, right));
            }
        }
    }

    pub fn is_complete(&self, recorded: &Container<'_>, replayed: &Container<'_>) -> bool {
        self.both.len() == recorded.children.len() && self.both.len() == replayed.children.len()
    }
}

pub(crate) fn columns(places: &[(usize, usize)]) -> (Vec<usize>, Vec<usize>) {
    let (left, mut right): (Vec<_>, Vec<_>) = places.iter().copied().unzip();
    right.sort_unstable();
    (left, right)
}

/// Pairs children by their keys, in the order of the recorded ones, then the others.
pub(crate) fn twins(a: &[Child<'_>], b: &[Child<'_>]) -> Vec<(Option<usize>, Option<usize>)> {
    let same = a.iter().zip(b).take_while(|(a, b)| a.key == b.key).count();
    let mut twins: Vec<_> = (0..same).map(|place| (Some(place), Some(place))).collect();
    let mut rest: HashMap<_, _> = (same..b.len()).map(|place| (&b[place].key, place)).collect();
    for (place, child) in a.iter().enumerate().skip(same) {
        twins.push((Some(place), rest.remove(&child.key)));
    }
    let mut rest: Vec<_> = rest.into_values().collect();
    rest.sort_unstable();
    twins.extend(rest.into_iter().map(|place| (None, Some(place))));
    twins
}
