//! SIGINT and SIGTERM: the first asks the server to end, the second ends it at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What was asked of this process.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// End, when what runs has ended.
    pub stop: CancellationToken,
    /// End at once.
    pub now: CancellationToken,
}

impl Signals {
    /// Listens from here on. Before, a signal ends the process by itself.
    pub fn listen() -> std::io::Result<Self> {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let signals = Self::default();
        let Self { stop, now } = signals.clone();
        tokio::spawn(async move {
            for asked in [stop, now] {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                asked.cancel();
            }
        });
        Ok(signals)
    }
}
