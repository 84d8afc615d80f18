//! The heaviest increasing subsequence: what kept its order, where other things moved.
//!
//! It answers two questions. Which asked calls are which recorded ones, in order; and which of the calls that
//! changed places moved: the fewest. A tree of the best weights so far makes it O(n log n).

/// Which of `indexes` are in their heaviest increasing subsequence. Of equal ones it is that which was
/// asked late: a call that was made too early moved, not those that it overtook.
pub(crate) fn kept(indexes: &[usize], weight: impl Fn(usize) -> u64) -> Vec<bool> {
    let size = indexes.iter().max().map_or(0, |most| most + 1);
    let mut best = BestBefore { tree: vec![None; size + 1], weights: vec![0; indexes.len()] };
    let mut before = vec![None; indexes.len()];
    let mut last: Option<usize> = None;
    for (at, index) in indexes.iter().enumerate() {
        before[at] = best.below(*index);
        best.weights[at] = weight(at) + before[at].map_or(0, |before| best.weights[before]);
        best.put(*index, at);
        last = best.heavier(last, Some(at));
    }
    let mut kept = vec![false; indexes.len()];
    while let Some(at) = last {
        kept[at] = true;
        last = before[at];
    }
    kept
}

/// A Fenwick tree: where the heaviest subsequence ends whose indexes are all below another.
struct BestBefore {
    tree: Vec<Option<usize>>,
    weights: Vec<u64>,
}

impl BestBefore {
    fn below(&self, index: usize) -> Option<usize> {
        let mut found = None;
        let mut node = index;
        while node > 0 {
            found = self.heavier(found, self.tree[node]);
            node &= node - 1;
        }
        found
    }

    fn put(&mut self, index: usize, at: usize) {
        let mut node = index + 1;
        while node < self.tree.len() {
            self.tree[node] = self.heavier(self.tree[node], Some(at));
            node += node & node.wrapping_neg();
        }
    }

    fn heavier(&self, one: Option<usize>, other: Option<usize>) -> Option<usize> {
        one.into_iter().chain(other).max_by_key(|at| (self.weights[*at], *at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(indexes: &[usize], unordered: &[usize], moved: &[usize]) {
        let weight = |at: usize| if unordered.contains(&indexes[at]) { 1 } else { 100 };
        let kept = kept(indexes, weight);
        let found: Vec<_> = indexes.iter().zip(kept).filter(|(_, kept)| !kept).map(|(it, _)| *it).collect();
        assert_eq!(found, moved, "{indexes:?}");
    }

    #[test]
    fn the_fewest_moved_and_of_two_the_early_one() {
        check(&[], &[], &[]);
        check(&[0, 1, 2], &[], &[]);
        check(&[3, 0, 1, 2], &[], &[3]);
        check(&[1, 2, 3, 0], &[], &[0]);
        check(&[0, 5, 1, 2, 9], &[], &[5]);
        check(&[1, 0, 2], &[], &[1]);
    }

    #[test]
    fn of_two_that_changed_places_the_one_whose_order_does_not_matter_moved() {
        check(&[1, 0], &[0], &[0]);
        check(&[1, 0], &[1], &[1]);
        check(&[2, 0, 1], &[0, 1], &[0, 1]);
    }

    #[test]
    fn a_hundred_thousand_backwards_take_no_time() {
        let backwards: Vec<_> = (0..100_000).rev().collect();
        assert_eq!(kept(&backwards, |_| 2).iter().filter(|kept| **kept).count(), 1);
    }
}
