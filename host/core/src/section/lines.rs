//! Where the lines of a text begin, found once: each of ten thousand mistakes asks for its line.

/// See the [module](self).
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Of a text.
    pub fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { text, starts: starts.collect() }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The line that has a byte, from 1.
    pub(super) fn number(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// The line that has a byte, without its end, and where it begins.
    pub(super) fn line(&self, at: usize) -> (usize, &'a str) {
        let number = self.number(at);
        let begin = self.starts[number - 1];
        let end = self.starts.get(number).map_or(self.text.len(), |next| next - 1);
        (begin, self.text[begin..end].trim_end_matches('\r'))
    }
}
