//! Starting a guest while it is built: the module is instantiated here, its `_initialize` runs, and what it
//! left in memory becomes the module's data.
//!
//! A start happens once and executions many times, so nothing of it may be an execution's own. The
//! start-up world has no arguments, no environment and no files; its clock stands still. The one draw of
//! random bytes that a language's run time makes for its hash maps is answered by a fixed stream. A guest
//! that asks for more, or calls the host of Flux, is not built.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use anyhow::bail;
use wasmparser::ValType;
use wasmtime::{Caller, Config, Engine, Extern, Instance, Linker, Memory, Module, OptLevel, Store, Val};
use wasmtime_wizer::{InstanceState, SnapshotVal, Wizer};

use super::Task;
use crate::errors::CliError;

const WASI: &str = "wasi_snapshot_preview1";
const INITIALIZE: &str = "_initialize";

/// Starts a module and returns it as it was afterwards. What it writes to stdout and stderr is shown.
pub fn start(task: &Task, module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut output = Vec::new();
    let started = run(module, &mut output);
    task.progress.show(&output);
    started
}

fn run(module: &[u8], output: &mut Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let mut wizer = Wizer::new();
    wizer.init_func(INITIALIZE);
    let (context, instrumented) = wizer.instrument(module)?;
    // It runs once, for a moment: compiling it well would take longer.
    let engine = Engine::new(Config::new().cranelift_opt_level(OptLevel::None))?;
    let module = Module::new(&engine, &instrumented)?;
    let mut store = Store::new(&engine, World::default());
    let instance = world(&engine, &module)?.instantiate(&mut store, &module)?;
    let ran = instance.get_typed_func::<(), ()>(&mut store, INITIALIZE)?.call(&mut store, ());
    output.append(&mut store.data_mut().output);
    if let Err(trap) = ran {
        return Err(match store.into_data().error {
            Some(error) => error.into(),
            None if output.is_empty() => trap.into(),
            None => in_its_own_words().into(),
        });
    }
    let mut started = Started { store, instance };
    let snapshot = pin!(wizer.snapshot(&context, &mut started));
    match snapshot.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(module) => Ok(module?),
        Poll::Pending => bail!("the started module is not there to be read"),
    }
}

/// What a guest has while it starts.
#[derive(Default)]
struct World {
    output: Vec<u8>,
    draws: u32,
    waits: u32,
    /// Why the start ended early.
    error: Option<CliError>,
}

type Guest<'a> = Caller<'a, World>;

fn world(engine: &Engine, module: &Module) -> anyhow::Result<Linker<World>> {
    let mut linker = Linker::new(engine);
    // A module may import the same function more than once.
    linker.allow_shadowing(true);
    for import in module.imports() {
        let Some(ty) = import.ty().func().cloned() else { continue };
        let (from, name) = (import.module().to_owned(), import.name().to_owned());
        linker.func_new(import.module(), import.name(), ty, move |mut guest, params, results| {
            let errno = match from.as_str() {
                WASI => wasi(&mut guest, &name, params)?,
                // Where AssemblyScript tells of a bug.
                "wasi:cli/stderr@0.2.0" => SUCCESS,
                "wasi:io/streams@0.2.0" => say(&mut guest, params)?,
                _ => return Err(failed(&mut guest, host_call(&from, &name))),
            };
            if let Some(result) = results.first_mut() {
                *result = Val::I32(errno);
            }
            Ok(())
        })?;
    }
    Ok(linker)
}

const SUCCESS: i32 = 0;
const NO_SUCH_FILE: i32 = 8;

/// Answers a call of WASI.
fn wasi(guest: &mut Guest<'_>, name: &str, params: &[Val]) -> wasmtime::Result<i32> {
    let param = |index: usize| params.get(index).and_then(Val::i32).unwrap_or_default() as u32;
    match name {
        "args_sizes_get" | "environ_sizes_get" => {
            write(guest, param(0), &0_u32.to_le_bytes())?;
            write(guest, param(1), &0_u32.to_le_bytes())
        }
        "args_get" | "environ_get" | "sched_yield" | "fd_fdstat_set_flags" => Ok(SUCCESS),
        // Not 0: Go takes that for a clock that does not work.
        "clock_time_get" if param(0) != 0 => write(guest, param(2), &1_u64.to_le_bytes()),
        "clock_time_get" => Err(refused(guest, "reads the clock")),
        "poll_oneoff" => wait(guest, param(3)),
        "random_get" => draw(guest, param(0), param(1)),
        "fd_write" => print(guest, [0, 1, 2, 3].map(param)),
        "fd_fdstat_get" if param(0) < 3 => write(guest, param(1), &[0; 24]),
        name if name.starts_with("fd_") => Ok(NO_SUCH_FILE),
        "proc_exit" => Err(failed(guest, in_its_own_words())),
        name => Err(refused(guest, &format!("calls {name}"))),
    }
}

/// The first draw seeds the run time's hash maps. What would be drawn besides is meant to be random.
fn draw(guest: &mut Guest<'_>, at: u32, len: u32) -> wasmtime::Result<i32> {
    guest.data_mut().draws += 1;
    if guest.data().draws > 1 || len > 32 {
        return Err(refused(guest, "draws random numbers"));
    }
    let bytes: Vec<u8> = (1..=len as u8).collect();
    write(guest, at, &bytes)
}

/// Go waits a little before it writes the words of a panic, which a refusal would hide. Here no time passes,
/// so whoever means to wait asks again and again.
fn wait(guest: &mut Guest<'_>, events: u32) -> wasmtime::Result<i32> {
    guest.data_mut().waits += 1;
    if guest.data().waits > 10 {
        return Err(refused(guest, "waits"));
    }
    write(guest, events, &0_u32.to_le_bytes())
}

/// `fd_write`, with a list of pieces of memory.
fn print(guest: &mut Guest<'_>, [_, list, len, written]: [u32; 4]) -> wasmtime::Result<i32> {
    let mut total = 0_u32;
    for index in 0..len.min(1024) {
        let piece = read(guest, list.wrapping_add(index * 8), 8)?;
        let number = |at: usize| piece[at..at + 4].iter().rfold(0, |sum, byte| sum << 8 | u32::from(*byte));
        let bytes = read(guest, number(0), number(4))?;
        total = total.wrapping_add(number(4));
        guest.data_mut().output.extend(bytes);
    }
    write(guest, written, &total.to_le_bytes())
}

/// `output-stream.blocking-write-and-flush`.
fn say(guest: &mut Guest<'_>, params: &[Val]) -> wasmtime::Result<i32> {
    let param = |index: usize| params.get(index).and_then(Val::i32).unwrap_or_default() as u32;
    let bytes = read(guest, param(1), param(2))?;
    guest.data_mut().output.extend(bytes);
    Ok(SUCCESS)
}

fn memory(guest: &mut Guest<'_>) -> wasmtime::Result<Memory> {
    let memory = guest.get_export("memory").and_then(Extern::into_memory);
    memory.ok_or_else(|| wasmtime::Error::msg("the module exports no memory"))
}

fn read(guest: &mut Guest<'_>, at: u32, len: u32) -> wasmtime::Result<Vec<u8>> {
    let memory = memory(guest)?;
    let bytes = memory.data(&*guest).get(at as usize..).and_then(|it| it.get(..len as usize));
    bytes.map(<[u8]>::to_vec).ok_or_else(|| wasmtime::Error::msg("the guest points beyond its memory"))
}

fn write(guest: &mut Guest<'_>, at: u32, bytes: &[u8]) -> wasmtime::Result<i32> {
    memory(guest)?.write(guest, at as usize, bytes)?;
    Ok(SUCCESS)
}

fn refused(guest: &mut Guest<'_>, why: &str) -> wasmtime::Error {
    failed(guest, too_early(why))
}

fn failed(guest: &mut Guest<'_>, error: CliError) -> wasmtime::Error {
    guest.data_mut().error = Some(error);
    wasmtime::Error::msg("the start ended early")
}

fn in_its_own_words() -> CliError {
    let hint = "see its output above; code outside of its handlers runs while the guest is built";
    CliError::new("the guest fails while it starts", hint)
}

fn too_early(what: &str) -> CliError {
    let message = format!("the guest {what} while it starts, which is before any request");
    CliError::new(message, "move it into the handler")
}

/// `flux:host/clock@0.1.0` and `now` are clock.now.
fn host_call(module: &str, name: &str) -> CliError {
    let interface = module.rsplit('/').next().and_then(|it| it.split('@').next()).unwrap_or(module);
    let function = name.rsplit(']').next().unwrap_or(name);
    too_early(&format!("calls {interface}.{function}"))
}

/// A module that was started, for wizer to read.
struct Started {
    store: Store<World>,
    instance: Instance,
}

impl InstanceState for Started {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut self.store, name);
        match global.map(|global| global.get(&mut self.store)) {
            Some(Val::I32(value)) => SnapshotVal::I32(value),
            Some(Val::I64(value)) => SnapshotVal::I64(value),
            Some(Val::F32(value)) => SnapshotVal::F32(value),
            Some(Val::F64(value)) => SnapshotVal::F64(value),
            Some(Val::V128(value)) => SnapshotVal::V128(value.as_u128()),
            _ => unreachable!("wizer exports the globals that it asks for, and takes no others"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        match self.instance.get_memory(&mut self.store, name) {
            Some(memory) => contents(memory.data(&self.store)),
            None => unreachable!("wizer exports the memories that it asks for"),
        }
    }
}
