//! Where only the layout of two values differs: white space, escapes, the spelling of names.

use crate::found::Trail;
use crate::mask::Gaps;
use crate::node::{Container, Node};
use crate::path::{Path, Step};
use crate::tolerance::{Pattern, Scope};
use crate::twins::{Met, columns};

/// A value of a JSON text of which only the layout differs, by the entry that covers it.
pub(crate) struct Spot<'t, 'n> {
    pub entry: Option<&'t Pattern>,
    pub path: Path,
    pub recorded: Node<'n>,
    pub replayed: Node<'n>,
}

/// At most one for each entry, and one for none.
pub(crate) type Spots<'t, 'n> = Vec<Spot<'t, 'n>>;

/// Two values at one place.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'p, 't, 'n> {
    pub at: &'p Trail<'p>,
    pub scope: &'p Scope<'t>,
    pub recorded: Node<'n>,
    pub replayed: Node<'n>,
}

impl<'t, 'n> Pair<'_, 't, 'n> {
    pub fn spot(&self, entry: Option<&'t Pattern>) -> Spot<'t, 'n> {
        let path = self.at.path_to(Step::Layout);
        Spot { entry, path, recorded: self.recorded, replayed: self.replayed }
    }
}

/// Two values of one entry, in different children, are told of as one: the value around them.
pub(crate) fn join<'t, 'n>(spots: &mut Spots<'t, 'n>, more: Spots<'t, 'n>, around: Pair<'_, 't, 'n>) {
    let entry = |spot: &Spot<'t, 'n>| spot.entry.map(std::ptr::from_ref);
    for new in more {
        match spots.iter_mut().find(|spot| entry(spot) == entry(&new)) {
            None => spots.push(new),
            // It may be the value around them already, and then its path stands.
            Some(old) if is_value(old, around) => {}
            Some(old) => *old = around.spot(new.entry),
        }
    }
}

fn is_value(spot: &Spot<'_, '_>, pair: Pair<'_, '_, '_>) -> bool {
    match (spot.recorded, pair.recorded) {
        (Node::Json(_, a), Node::Json(_, b)) => a == b,
        _ => false,
    }
}

/// What differs of two values' own layout: the white space between their children, and the spelling of names.
pub(crate) fn own_layout<'t, 'n>(
    pair: Pair<'_, 't, 'n>,
    met: &Met<'t>,
    recorded: &Container<'n>,
    replayed: &Container<'n>,
) -> Option<Spot<'t, 'n>> {
    let differ = |places: &[(usize, usize)]| {
        let leads =
            |(left, right): &(usize, usize)| recorded.children[*left].lead != replayed.children[*right].lead;
        let (left, right) = columns(places);
        let gaps = |container, places: &[usize]| Gaps::of(container, places);
        places.iter().any(leads) || gaps(recorded, &left) != gaps(replayed, &right)
    };
    if differ(&met.kept) {
        return Some(pair.spot(pair.scope.layout_entry()));
    }
    // What surrounds a covered child goes with it.
    let with_it = met.dropped.is_some() && met.is_complete(recorded, replayed) && differ(&met.both);
    with_it.then(|| pair.spot(met.dropped))
}
