//! What an execution reads that is no call: clocks, settings, secrets. The session itself stays in this crate, so that
//! nothing outside of it can begin or finish a call.

use flux_recorder::{Decode, Encode, End, Stop};

use crate::execution::Execution;

impl Execution {
    /// Whether calls are answered from a recording.
    pub fn is_replay(&mut self) -> bool {
        self.session().is_replay()
    }

    /// A reading of a clock, in nanoseconds.
    pub fn clock(&mut self, stream: &'static str, live: impl FnOnce() -> u64) -> Result<u64, Stop> {
        self.session().clock(stream, live)
    }

    /// An input that carries no intent, such as a value of the configuration, by its name. In a replay it is what it
    /// was; none if it was never read. Not for personal data, which belongs into an effect: nobody describes inputs, and
    /// only what is hidden elsewhere in the execution is hidden in them.
    pub fn input<T: Encode + Decode>(
        &mut self,
        name: &str,
        live: impl FnOnce() -> T,
    ) -> Result<Option<T>, Stop> {
        self.session().input(name, live)
    }

    /// A secret, by name: the journal has its reference.
    pub fn secret(
        &mut self,
        name: &str,
        live: impl FnOnce() -> Option<String>,
    ) -> Result<Option<String>, Stop> {
        self.session().secret(name, live)
    }

    /// Whether a limit ended the recording while the guest computed here: for an engine that has to end its guest
    /// before it can ask [`tick`](Self::tick).
    pub fn is_at_limit(&mut self) -> bool {
        self.session().is_at_limit()
    }

    /// Notes what the host did.
    pub fn mark(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        self.session().mark(name, value)
    }

    /// Ends its journal. Engines do that through [`Ended::of`](crate::Ended::of), which settles it first.
    pub fn end(&mut self, end: End) -> Result<(), Stop> {
        self.session().end(end)
    }
}
