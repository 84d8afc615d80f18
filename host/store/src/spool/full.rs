//! What `full = drop-oldest` does at the bound.
//!
//! The oldest executions that wait are given up, successes only. Failures are why people record, so
//! they are moved into a segment of their own: without that, one failure would keep the segment it
//! lies in, and giving up its thousands of neighbours would free nothing. For the time of the move
//! the spool is one segment larger than its bound.
//!
//! A moved execution is one run, marked finished when it is whole and before the old runs are
//! released. After a crash in between, recovery finds both; see `recover.rs`.

use std::sync::Arc;

use crate::summary::Shipment;

use super::execution::Execution;
use super::layout::{GRAIN, HEADER, MOVED, RunHeader};
use super::options::{Durability, SpoolOptions};
use super::queue::Queue;
use super::roll::Roller;
use super::run::RunWriter;
use super::segment::Segment;

/// Gives up successes until there is room for a segment. Whether there is.
pub(super) fn drop_oldest(options: &SpoolOptions, roller: &Roller, queue: &Queue) -> bool {
    let (room, space) = (options.segment_bytes as u64, roller.space());
    let mut given_up = 0;
    let mut shelter = None;
    for _ in 0..queue.len() {
        if space.has_room(room) {
            break;
        }
        let Some(execution) = queue.pop() else { break };
        if Shipment::read(execution.id(), execution.bytes()).is_ok_and(|shipment| shipment.summary.failed) {
            keep(options, roller, &execution, &mut shelter);
            queue.push(execution);
        } else {
            execution.release();
            given_up += 1;
        }
    }
    queue.count_dropped(given_up);
    space.has_room(room)
}

/// Moves a failure into `shelter`, if it is small enough; a large one keeps its segments.
fn keep(options: &SpoolOptions, roller: &Roller, execution: &Execution, shelter: &mut Option<Arc<Segment>>) {
    let bytes = execution.bytes();
    let length = (HEADER + bytes.len()).next_multiple_of(GRAIN);
    if length > options.segment_bytes / 4 {
        return;
    }
    if shelter.is_none() {
        *shelter = roller.beyond_bound().ok();
    }
    let Some(segment) = shelter else { return };
    let header = RunHeader { length: length as u32, id: execution.id(), index: MOVED };
    if let Some(mut writer) = RunWriter::begin(segment, header) {
        writer.append(&bytes);
        // What was moved must be as safe as what is deleted for it.
        let must_sync = options.durability == Durability::Power;
        if must_sync && segment.sync(roller.space().disk()).is_err() {
            return;
        }
        execution.move_to(writer.run().clone());
    }
}
