//! Where the output of a replay first differs from what was recorded.

use flux_recorder::Output;

/// The first line of output that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputDifference {
    /// Which line, from 1.
    pub line: usize,
    /// What was recorded there; none: nothing more.
    pub recorded: Option<Output>,
    /// What the replay wrote there; none: nothing more.
    pub replayed: Option<Output>,
}

/// None: they are the same. Of a guest that was stopped, nothing says what it would still have written.
pub(crate) fn first_difference(
    recorded: &[Output],
    replayed: &[Output],
    is_stopped: bool,
) -> Option<OutputDifference> {
    if recorded == replayed {
        return None;
    }
    let (recorded, replayed) = (lines(recorded), lines(replayed));
    let same = recorded.iter().zip(&replayed).take_while(|(a, b)| a == b).count();
    let (a, b) = (recorded.get(same), replayed.get(same));
    let is_told = match (a, b) {
        (Some(_), None) => !is_stopped,
        (a, b) => a.is_some() || b.is_some(),
    };
    is_told.then(|| OutputDifference { line: same + 1, recorded: a.cloned(), replayed: b.cloned() })
}

/// What is written to stdout and stderr comes in pieces that need not be lines.
fn lines(output: &[Output]) -> Vec<Output> {
    let is_stream = |it: &Output| it.level.starts_with("std");
    let joined = output.chunk_by(|a, b| is_stream(a) && a.level == b.level);
    let mut lines = Vec::new();
    for pieces in joined {
        match pieces {
            [first, ..] if is_stream(first) => {
                let text: String = pieces.iter().map(|piece| piece.message.as_str()).collect();
                let line = |text: &str| Output { message: text.to_owned(), ..first.clone() };
                lines.extend(text.lines().map(line));
            }
            logged => lines.extend_from_slice(logged),
        }
    }
    lines
}
