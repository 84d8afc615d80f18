//! Several guests at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::order::Order;

/// Does something for each order, as many at once as there are cores; the results are in the order of the orders.
pub fn for_each<T: Send>(orders: &[Order], work: impl Fn(&Order) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for sender in std::iter::repeat_n(sender, cores.min(orders.len())) {
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                while let Some((index, order)) = take(orders, next) {
                    // The receiver lives as long as the scope.
                    let _ = sender.send((index, work(order)));
                }
            });
        }
    });
    let mut results: Vec<_> = results.into_iter().collect();
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take<'a>(orders: &'a [Order], next: &AtomicUsize) -> Option<(usize, &'a Order)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    orders.get(index).map(|order| (index, order))
}
