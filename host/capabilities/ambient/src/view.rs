//! The guest's side of the ambient interfaces.

use std::time::Duration;

use flux_host::Execution;
use flux_host::bindings::flux::host::{clock, config, log, random};
use flux_host::wasm::State;
use flux_recorder::{During, Output};
use wasmtime::Result;
use wasmtime::component::{HasData, Linker};

use crate::Ambient;

/// Borrows the execution that calls.
#[derive(Debug)]
pub struct View<'a>(pub &'a mut Execution);

impl HasData for Ambient {
    type Data<'a> = View<'a>;
}

pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    clock::add_to_linker::<State, Ambient>(linker, |state| View(state.execution()))?;
    random::add_to_linker::<State, Ambient>(linker, |state| View(state.execution()))?;
    config::add_to_linker::<State, Ambient>(linker, |state| View(state.execution()))?;
    log::add_to_linker::<State, Ambient>(linker, |state| View(state.execution()))
}

impl clock::Host for View<'_> {
    async fn now(&mut self) -> Result<clock::Datetime> {
        self.0.count_call()?;
        let live = self.0.now_ns();
        let now = self.0.clock("clock.now", || live)?;
        Ok(clock::Datetime { seconds: now / 1_000_000_000, nanoseconds: (now % 1_000_000_000) as u32 })
    }

    async fn monotonic(&mut self) -> Result<u64> {
        self.0.count_call()?;
        let live = self.0.elapsed_ns();
        Ok(self.0.clock("clock.monotonic", || live)?)
    }

    /// Waits, but not in a replay. The time limit goes on meanwhile.
    async fn sleep(&mut self, ms: u32) -> Result<()> {
        self.0.count_call()?;
        self.0.wait()?;
        if self.0.is_replay() {
            return Ok(());
        }
        let wait = async |_: &mut Execution| {
            tokio::time::sleep(Duration::from_millis(ms.into())).await;
            Ok(())
        };
        self.0.within_time(During::Waiting, wait).await
    }
}

impl random::Host for View<'_> {
    async fn bytes(&mut self, len: u32) -> Result<Vec<u8>> {
        self.0.count_call()?;
        self.0.random("random", len.into())
    }
}

/// A key of the configuration, as an input.
pub(crate) fn config_value(execution: &mut Execution, key: &str) -> Result<Option<String>> {
    execution.count_call()?;
    let live = execution.capability::<Ambient>();
    let name = format!("config.get:{key}");
    let value = execution.input(&name, || live.and_then(|it| it.settings.config(key)))?;
    Ok(value.flatten())
}

impl config::Host for View<'_> {
    async fn get(&mut self, key: String) -> Result<Option<String>> {
        config_value(self.0, &key)
    }

    async fn secret(&mut self, name: String) -> Result<Option<String>> {
        self.0.count_call()?;
        let live = self.0.capability::<Ambient>();
        Ok(self.0.secret(&name, || live.and_then(|it| it.settings.secret(&name)))?)
    }
}

impl log::Host for View<'_> {
    async fn write(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> Result<()> {
        self.0.count_call()?;
        let level = match level {
            log::Level::Trace => "trace",
            log::Level::Debug => "debug",
            log::Level::Info => "info",
            log::Level::Warn => "warn",
            log::Level::Error => "error",
        };
        self.0.output(Output { level: level.to_owned(), message, fields })
    }
}
