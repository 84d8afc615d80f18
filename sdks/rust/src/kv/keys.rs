//! Keys as an iterator.

use super::{Bucket, Error, Page};

/// The most that the host gives in one page.
const LIMIT: u32 = 1000;

/// The keys of a bucket; see [`Bucket::keys`]. Ends after the first error.
#[derive(Debug)]
pub struct Keys<'a> {
    bucket: &'a Bucket,
    prefix: String,
    ready: std::vec::IntoIter<String>,
    next: Next,
}

#[derive(Debug)]
enum Next {
    First,
    After(String),
    End,
}

impl Bucket {
    /// All keys that start with `prefix`, in ascending order, fetched page by page.
    pub fn keys(&self, prefix: &str) -> Keys<'_> {
        Keys { bucket: self, prefix: prefix.to_owned(), ready: Vec::new().into_iter(), next: Next::First }
    }
}

impl Keys<'_> {
    /// Asks for the page that follows; `None` if none does.
    fn page(&mut self) -> Option<Result<Page, Error>> {
        let next = std::mem::replace(&mut self.next, Next::End);
        let cursor = match &next {
            Next::First => None,
            Next::After(cursor) => Some(cursor.as_str()),
            Next::End => return None,
        };
        Some(self.bucket.page(&self.prefix, cursor, LIMIT))
    }
}

impl Iterator for Keys<'_> {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(key) = self.ready.next() {
                return Some(Ok(key));
            }
            match self.page()? {
                Ok(page) => {
                    self.ready = page.keys.into_iter();
                    self.next = page.next.map_or(Next::End, Next::After);
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
