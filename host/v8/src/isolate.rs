//! An isolate on a thread of its own, for one execution: V8's isolates stay on the thread that made them.
//! The thread runs the guest's turns and does nothing else; whatever waits is the host's, on its own tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use deno_core::error::JsError;
use deno_core::v8;
use flux_host::{Execution, HostFault, Input, LimitHit, value_of};
use flux_recorder::{During, Value};
use tokio::sync::oneshot;

use crate::bundle::{Bundle, STACK, Started};
use crate::calls::Call;
use crate::convert::{self, Local, Maker, Scope};
use crate::table::{Entry, Table};
use crate::turn::{End, Turn};

/// How often a replay looks whether its guest is where the recording ended.
const TICK: Duration = Duration::from_millis(10);

/// Why a guest runs on.
pub enum Resume {
    /// Its handler is called.
    Begin(Input),
    /// A call has its answer.
    Deliver(u32, Value),
}

/// A turn that is over.
pub struct Paused {
    /// The execution, back from the guest.
    pub execution: Execution,
    /// The calls that were begun.
    pub calls: Vec<(u32, Call)>,
    /// How the guest ended, if it has.
    pub end: Option<End>,
    /// Its memory now, in bytes.
    pub memory: u64,
}

struct Message {
    resume: Resume,
    execution: Execution,
    paused: oneshot::Sender<Paused>,
    at_limit: Arc<AtomicBool>,
}

/// An isolate that is ready. Dropped, its thread ends.
pub struct Isolate {
    turns: Sender<Message>,
    handle: v8::IsolateHandle,
}

impl Isolate {
    /// Makes one; it is ready when the channel says so.
    pub fn begin(bundle: Arc<Bundle>) -> oneshot::Receiver<Isolate> {
        let (ready, isolate) = oneshot::channel();
        let thread = std::thread::Builder::new().name("flux-v8".to_owned()).stack_size(STACK);
        let began = thread.spawn(move || {
            let Some(mut guest) = Guest::new(&bundle) else { return };
            let (turns, messages) = channel();
            let handle = guest.started.runtime.v8_isolate().thread_safe_handle();
            // Nobody may want it any more.
            if ready.send(Isolate { turns, handle }).is_ok() {
                guest.run(&messages);
            }
        });
        if let Err(error) = began {
            tracing::error!("a thread for V8 cannot be started: {error}");
        }
        isolate
    }

    /// Runs one turn, for as long as the execution's time. Longer, and the guest is ended; so it is in a
    /// replay, where a limit ended its recording.
    pub async fn run(&mut self, resume: Resume, mut execution: Execution) -> wasmtime::Result<Paused> {
        let (left, is_replay) = (execution.time_left(), execution.is_replay());
        let ended = || wasmtime::Error::from(HostFault("the thread of the isolate has ended".to_owned()));
        let (paused, mut over) = oneshot::channel();
        let at_limit = Arc::<AtomicBool>::default();
        let message = Message { resume, execution, paused, at_limit: at_limit.clone() };
        self.turns.send(message).map_err(|_| ended())?;
        let due = async {
            if !is_replay {
                return tokio::time::sleep(left).await;
            }
            let watch = async {
                while !at_limit.load(Ordering::Relaxed) {
                    tokio::time::sleep(TICK).await;
                }
            };
            // The guest has a while to go on: a build that was mended ends by itself.
            let grace = async { (watch.await, tokio::time::sleep(TICK).await) };
            drop(tokio::time::timeout(left, grace).await);
        };
        tokio::select! {
            biased;
            paused = &mut over => paused.map_err(|_| ended()),
            () = due => {
                self.handle.terminate_execution();
                let mut paused = over.await.map_err(|_| ended())?;
                paused.end = Some(End::Stopped(over_time(&mut paused.execution)));
                Ok(paused)
            }
        }
    }
}

/// Why a turn was ended that took too long.
fn over_time(execution: &mut Execution) -> wasmtime::Error {
    match execution.tick() {
        Ok(()) => execution.out_of_time(During::Computing),
        Err(stop) => stop,
    }
}

/// The thread's side.
struct Guest {
    started: Started,
    memory: usize,
    table: Arc<Table>,
}

impl Guest {
    fn new(bundle: &Bundle) -> Option<Self> {
        match bundle.start(drop) {
            Ok(started) => Some(Self { started, memory: bundle.memory, table: bundle.table.clone() }),
            Err(error) => {
                tracing::error!("{error}");
                None
            }
        }
    }

    fn run(&mut self, messages: &Receiver<Message>) {
        while let Ok(Message { resume, execution, paused, at_limit }) = messages.recv() {
            self.with_turn(|turn| turn.begin(execution, at_limit));
            let thrown = self.turn(resume);
            if self.started.is_full.get() {
                let full = LimitHit::Heap(self.memory);
                self.with_turn(|turn| turn.stop(full.into()));
            }
            let memory = self.held();
            let (execution, calls, end) = self.with_turn(|turn| {
                thrown.into_iter().for_each(|error| turn.threw(&error));
                turn.finish()
            });
            let Some(execution) = execution else { return };
            if paused.send(Paused { execution, calls, end, memory }).is_err() {
                return;
            }
        }
    }

    /// Runs until there is nothing left to do but wait. What is thrown here nobody in the guest caught.
    fn turn(&mut self, resume: Resume) -> Option<Box<JsError>> {
        let function = match &resume {
            Resume::Deliver(number, _) => self.with_turn(|turn| turn.answers(*number)),
            Resume::Begin(_) => None,
        };
        let entry = function.and_then(|function| self.table.get(function));
        let Started { engine, guest, runtime, .. } = &mut self.started;
        deno_core::scope!(scope, runtime);
        v8::tc_scope!(let scope, scope);
        let (function, args) = match resume {
            Resume::Begin(input) => {
                let guest: Local = v8::Local::new(scope, &*guest).into();
                let [handler, input] = said(scope, &self.table, input);
                (v8::Local::new(scope, &engine.begin), vec![guest, handler, input])
            }
            Resume::Deliver(number, answer) => {
                let resource = Some(v8::Local::new(scope, &engine.resource));
                let answer = answered(scope, entry, resource, answer);
                (v8::Local::new(scope, &engine.deliver), vec![convert::number(scope, number), answer])
            }
        };
        let nothing: Local = v8::undefined(scope).into();
        function.call(scope, nothing, &args);
        let idle = v8::Local::new(scope, &engine.idle);
        loop {
            scope.perform_microtask_checkpoint();
            if scope.has_caught() || scope.has_terminated() {
                break;
            }
            let ran = idle.call(scope, nothing, &[]);
            if !ran.is_some_and(|ran| ran.is_true()) {
                break;
            }
        }
        let thrown = scope.exception().filter(|_| !scope.has_terminated())?;
        Some(JsError::from_v8_exception(scope, thrown))
    }

    /// What it holds now, in bytes.
    fn held(&mut self) -> u64 {
        let heap = self.started.runtime.v8_isolate().get_heap_statistics();
        (heap.used_heap_size() + heap.external_memory()) as u64
    }

    fn with_turn<T>(&mut self, run: impl FnOnce(&mut Turn) -> T) -> T {
        let state = self.started.runtime.op_state();
        let mut state = state.borrow_mut();
        run(state.borrow_mut::<Turn>())
    }
}

/// The handler that is called, by its name in js/host.js, with what it is called with.
fn said<'s>(scope: &mut Scope<'s, '_>, table: &Table, input: Input) -> [Local<'s>; 2] {
    let maker = Maker { interface: "", resource: None };
    let (handler, wanted, value) = match input {
        Input::Http(request) => ("http", &table.handlers.request, value_of(&request)),
        Input::Job(job) | Input::Cron(job) => ("job", &table.handlers.job, value_of(&job)),
    };
    [convert::text(scope, handler), maker.make(scope, wanted, value)]
}

/// An answer, by the type that its function has.
fn answered<'s>(
    scope: &mut Scope<'s, '_>,
    entry: Option<&Entry>,
    resource: Option<v8::Local<'s, v8::Function>>,
    answer: Value,
) -> Local<'s> {
    let maker = Maker { interface: entry.map_or("", |it| &it.interface), resource };
    maker.answer(scope, entry.and_then(|it| it.signature.result.as_ref()), answer)
}
