//! What happens on one connection, for whoever ends those on which nothing does.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How long a connection whose request was not read to its end is read on: closed at once, the client's kernel
/// would take the answer away from the client.
const LINGER: Duration = Duration::from_secs(2);

/// Counters of one connection.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    executing: AtomicUsize,
    progress: AtomicU64,
    read: AtomicU64,
    // What `read` was at the last progress: more since then is the beginning of a request.
    read_then: AtomicU64,
    is_http2: AtomicBool,
    unread: AtomicBool,
}

/// A request that is being answered, until it is dropped.
pub(crate) struct Executing(Arc<Activity>);

impl Activity {
    /// A request's head has come.
    pub(crate) fn execute(self: &Arc<Self>, is_http2: bool) -> Executing {
        self.is_http2.store(is_http2, Ordering::Relaxed);
        self.executing.fetch_add(1, Ordering::Relaxed);
        self.advance();
        Executing(self.clone())
    }

    /// A part of an answer went out.
    pub(crate) fn advance(&self) {
        self.read_then.store(self.read.load(Ordering::Relaxed), Ordering::Relaxed);
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// A body is left unread.
    pub(crate) fn leave_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    /// Whether no request has come yet.
    pub(crate) fn is_new(&self) -> bool {
        self.progress.load(Ordering::Relaxed) == 0
    }

    fn is_in_head(&self) -> bool {
        // What HTTP/2 sends between requests is no head.
        !self.is_http2.load(Ordering::Relaxed)
            && self.read.load(Ordering::Relaxed) != self.read_then.load(Ordering::Relaxed)
    }
}

impl Drop for Executing {
    fn drop(&mut self) {
        self.0.advance();
        self.0.executing.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long a connection may stand still.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// From a head's first byte to its last, and from the connection to the first head.
    pub(crate) head: Duration,
    /// Between two requests, and between two parts of an answer.
    pub(crate) idle: Duration,
}

/// What is to be done about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing.
    Goes,
    /// Nobody needs it: what is under way may end.
    Idle,
    /// It goes nowhere.
    Stuck,
}

/// Looks at a connection again and again, without a clock.
#[derive(Debug)]
pub(crate) struct Watch {
    activity: Arc<Activity>,
    patience: Patience,
    progress: u64,
    quiet: u32,
    in_head: u32,
}

/// How often is looked within the shorter patience.
const LOOKS: u32 = 4;

impl Watch {
    pub(crate) fn new(activity: Arc<Activity>, patience: Patience) -> Self {
        Self { activity, patience, progress: 0, quiet: 0, in_head: 0 }
    }

    /// The time from look to look.
    pub(crate) fn pause(&self) -> Duration {
        (self.patience.head.min(self.patience.idle) / LOOKS).max(Duration::from_millis(1))
    }

    /// To be called once a pause.
    pub(crate) fn look(&mut self) -> Verdict {
        let progress = self.activity.progress.load(Ordering::Relaxed);
        if progress != self.progress || self.activity.executing.load(Ordering::Relaxed) > 0 {
            (self.progress, self.quiet, self.in_head) = (progress, 0, 0);
            return Verdict::Goes;
        }
        self.quiet = self.quiet.saturating_add(1);
        if progress == 0 || self.activity.is_in_head() {
            self.in_head = self.in_head.saturating_add(1);
        }
        let pause = self.pause();
        if pause.saturating_mul(self.in_head) >= self.patience.head {
            return Verdict::Stuck;
        }
        match pause.saturating_mul(self.quiet) {
            quiet if quiet < self.patience.idle => Verdict::Goes,
            // It was told to end when it was idle, and has had as much time again.
            quiet if quiet >= self.patience.idle * 2 => Verdict::Stuck,
            _ => Verdict::Idle,
        }
    }
}

/// A stream whose activity is counted.
pub(crate) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
    linger: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    pub(crate) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity, linger: None }
    }

    /// Reads what nobody wants, until the client has ended too.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self.linger.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        loop {
            if linger.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let mut bytes = [0; 8192];
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                _ => return Poll::Ready(()),
            }
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.activity.read.fetch_add((buffer.filled().len() - before) as u64, Ordering::Relaxed);
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        if self.activity.unread.load(Ordering::Relaxed) {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> (Arc<Activity>, Watch) {
        let activity = Arc::new(Activity::default());
        let patience = Patience { head: Duration::from_millis(400), idle: Duration::from_millis(800) };
        (activity.clone(), Watch::new(activity, patience))
    }

    /// The looks until a verdict.
    fn looks(watch: &mut Watch, verdict: Verdict) -> usize {
        (1..100).find(|_| watch.look() == verdict).expect("it comes to that")
    }

    #[test]
    fn a_client_that_sends_nothing_is_stuck() {
        assert_eq!(looks(&mut watch().1, Verdict::Stuck), 4);
    }

    #[test]
    fn half_a_second_head_is_stuck_before_the_connection_is_idle() {
        let (activity, mut watch) = watch();
        drop(activity.execute(false));
        activity.read.fetch_add(1, Ordering::Relaxed);
        assert_eq!(looks(&mut watch, Verdict::Stuck), 5);
    }

    #[test]
    fn a_connection_between_requests_is_idle_and_then_stuck() {
        let (activity, mut watch) = watch();
        drop(activity.execute(false));
        assert_eq!(looks(&mut watch, Verdict::Idle), 9);
        assert_eq!(looks(&mut watch, Verdict::Stuck), 8);
    }

    #[test]
    fn what_http2_sends_between_requests_is_no_head() {
        let (activity, mut watch) = watch();
        drop(activity.execute(true));
        activity.read.fetch_add(1, Ordering::Relaxed);
        assert_eq!(looks(&mut watch, Verdict::Idle), 9);
    }

    #[test]
    fn an_execution_may_take_its_time() {
        let (activity, mut watch) = watch();
        let executing = activity.execute(false);
        assert!((0..100).all(|_| watch.look() == Verdict::Goes));
        drop(executing);
        assert_eq!(looks(&mut watch, Verdict::Idle), 9);
    }
}
