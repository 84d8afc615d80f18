//! The body of a response, which goes out in parts.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::connection::Activity;

/// A response's body goes out in parts of this size, so that it shows whether the client reads.
const PART: usize = 64 << 10;

/// The body of an answer, all of which is here.
pub(crate) struct Whole {
    left: Bytes,
    activity: Option<Arc<Activity>>,
    // HTTP/1.1 writes a length of the guest's own only beside a body whose length it does not know.
    is_unsized: bool,
}

impl Whole {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        Self { left: bytes.into(), activity: None, is_unsized: false }
    }

    /// Nothing, without saying so.
    pub(crate) fn unsized_and_empty() -> Self {
        Self { is_unsized: true, ..Self::new(Bytes::new()) }
    }

    pub(crate) fn len(&self) -> usize {
        self.left.len()
    }

    /// Counts its parts.
    pub(crate) fn watched(self, activity: Arc<Activity>) -> Self {
        Self { activity: Some(activity), ..self }
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(activity) = &self.activity {
            activity.advance();
        }
        let length = self.left.len().min(PART);
        let part = self.left.split_to(length);
        Poll::Ready((!part.is_empty()).then(|| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && !self.is_unsized
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_unsized { SizeHint::default() } else { SizeHint::with_exact(self.left.len() as u64) }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_long_body_goes_out_in_parts_and_whole() {
        let bytes: Vec<u8> = (0..PART * 2 + 1).map(|index| index as u8).collect();
        let mut body = Whole::new(bytes.clone());
        let mut parts = Vec::new();
        while let Some(Ok(frame)) = body.frame().await {
            parts.push(frame.into_data().expect("data"));
        }
        assert_eq!(parts.iter().map(Bytes::len).collect::<Vec<_>>(), [PART, PART, 1]);
        assert_eq!(parts.concat(), bytes);
    }
}
