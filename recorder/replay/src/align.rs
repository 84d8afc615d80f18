//! The explanation with the fewest divergences: which recorded call each asked call is.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::ops::Range;

use crate::moves::kept;
use crate::script::{Key, Script};

/// Up to so many pairs of equal calls the order is matched exactly; beyond, the first of a kind is the first.
const EXACT: usize = 1 << 20;

/// A call that was asked in a run.
pub(crate) struct AskedCall<'a> {
    pub function: &'a str,
    pub key: Key,
}

/// For each asked call the recorded one that answers it; none: it was inserted.
///
/// First the most calls that are the same in the same order, then the same calls in another order. Of what is
/// left, calls of one function are one call with other arguments: those between the same neighbours first. So an
/// answer is never taken from a call whose own asker comes.
pub(crate) fn align(script: &Script, asked: &[AskedCall<'_>]) -> Vec<Option<usize>> {
    let recorded = script.keys();
    let mut answers = vec![None; asked.len()];
    let is_ordered = |at: usize| !script.tolerances.is_unordered(asked[at].function);
    let same = same_in_order(recorded, asked, is_ordered);
    for (at, index) in &same {
        answers[*at] = Some(*index);
    }
    let mut free = vec![true; recorded.len()];
    same.iter().for_each(|(_, index)| free[*index] = false);
    let all = [Gap { recorded: 0..recorded.len(), asked: 0..asked.len() }];
    // A call whose place does not matter is no neighbour.
    let neighbours = same.iter().copied().filter(|(at, _)| is_ordered(*at));
    let gaps = gaps(neighbours, recorded.len(), asked.len());
    pair(&all, &mut free, &mut answers, |index| recorded[index], |at| asked[at].key);
    for gaps in [&gaps[..], &all] {
        pair(gaps, &mut free, &mut answers, |index| script.function(index), |at| asked[at].function);
    }
    answers
}

/// The longest common subsequence, as pairs of an asked call and a recorded one. A call whose order matters
/// weighs more than all whose order does not.
fn same_in_order(
    recorded: &[Key],
    asked: &[AskedCall<'_>],
    is_ordered: impl Fn(usize) -> bool,
) -> Vec<(usize, usize)> {
    let equal = |(one, other): &(&Key, &AskedCall<'_>)| **one == other.key;
    let front = recorded.iter().zip(asked).take_while(equal).count();
    let (rest_recorded, rest_asked) = (&recorded[front..], &asked[front..]);
    let back = rest_recorded.iter().rev().zip(rest_asked.iter().rev()).take_while(equal).count();
    let middle = 0..rest_asked.len() - back;
    let between = &rest_recorded[..rest_recorded.len() - back];

    let pairs = candidates(between, &rest_asked[middle.clone()]);
    let indexes: Vec<_> = pairs.iter().map(|(_, index)| *index).collect();
    let weight = |pair: usize| if is_ordered(front + pairs[pair].0) { asked.len() as u64 + 1 } else { 1 };
    let chosen = pairs.iter().zip(kept(&indexes, weight)).filter(|(_, kept)| *kept);
    let chosen = chosen.map(|((at, index), _)| (front + at, front + index));
    let (ends_asked, ends_recorded) = (asked.len() - back, recorded.len() - back);
    (0..front)
        .map(|at| (at, at))
        .chain(chosen)
        .chain((0..back).map(|at| (ends_asked + at, ends_recorded + at)))
        .collect()
}

/// The pairs of equal calls. Those of one asked call have falling indexes, so that a rising sequence takes
/// one of them at most.
fn candidates(recorded: &[Key], asked: &[AskedCall<'_>]) -> Vec<(usize, usize)> {
    let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
    recorded.iter().enumerate().for_each(|(index, key)| places.entry(*key).or_default().push(index));
    let of = |call: &AskedCall<'_>| places.get(&call.key).map_or(&[][..], Vec::as_slice);
    if asked.iter().map(|call| of(call).len()).sum::<usize>() <= EXACT {
        let all = asked.iter().enumerate();
        return all.flat_map(|(at, call)| of(call).iter().rev().map(move |index| (at, *index))).collect();
    }
    // Too many to try all: of a kind, those that are about as far in it.
    let reach = EXACT / asked.len() / 2;
    let mut nth: HashMap<Key, usize> = HashMap::new();
    let mut pairs = Vec::new();
    for (at, call) in asked.iter().enumerate() {
        let (nth, of) = (nth.entry(call.key).or_default(), of(call));
        let near = nth.saturating_sub(reach).min(of.len())..(*nth + reach + 1).min(of.len());
        pairs.extend(of[near].iter().rev().map(|index| (at, *index)));
        *nth += 1;
    }
    pairs
}

/// Where the two sequences differ: between neighbours that are the same.
struct Gap {
    recorded: Range<usize>,
    asked: Range<usize>,
}

fn gaps(same: impl Iterator<Item = (usize, usize)>, recorded: usize, asked: usize) -> Vec<Gap> {
    let mut begin = (0, 0);
    let mut gaps = Vec::new();
    for (at, index) in same.chain([(asked, recorded)]) {
        if begin != (at, index) {
            gaps.push(Gap { recorded: begin.1..index, asked: begin.0..at });
        }
        begin = (at + 1, index + 1);
    }
    gaps
}

/// Pairs what is free in a gap on both sides and has the same name, in order.
fn pair<N: Hash + Eq>(
    gaps: &[Gap],
    free: &mut [bool],
    answers: &mut [Option<usize>],
    recorded: impl Fn(usize) -> N,
    asked: impl Fn(usize) -> N,
) {
    for gap in gaps {
        let mut there: HashMap<N, VecDeque<usize>> = HashMap::new();
        for index in gap.recorded.clone().filter(|index| free[*index]) {
            there.entry(recorded(index)).or_default().push_back(index);
        }
        for at in gap.asked.clone() {
            if answers[at].is_none()
                && let Some(index) = there.get_mut(&asked(at)).and_then(VecDeque::pop_front)
            {
                answers[at] = Some(index);
                free[index] = false;
            }
        }
    }
}
