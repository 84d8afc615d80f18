//! What the guest calls: each op builds the same typed call as the bindings of a component.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use deno_core::convert::Uint8Array;
use deno_core::{OpState, op2, v8};
use deno_error::JsErrorBox;
use flux_cap_ambient::View as AmbientView;
use flux_cap_db::View as DbView;
use flux_cap_fetch::View as FetchView;
use flux_cap_kv::View as KvView;
use flux_cap_queue::View as QueueView;
use flux_host::bindings::flux::host::{clock, config, db, fetch, kv, log, queue, random};
use futures_util::FutureExt as _;
use wasmtime::component::Resource;

use crate::calls::{Answer, Call, answer};
use crate::convert::{self, ByteList, FetchRequest, Pairs, Param, QueueOptions, SetOptions, Signed};
use crate::turn::Turn;

/// Begins a call that runs alone: `|it| future`, with the execution.
macro_rules! alone {
    ($state:expr, $number:expr, |$it:ident| $run:expr) => {
        $state
            .borrow_mut::<Turn>()
            .call($number, Call::Alone(Box::new(move |$it| async move { Ok($run) }.boxed())))
    };
}

/// Begins a statement: connections and transactions have the same functions for it.
macro_rules! statement {
    ($state:expr, $number:expr, $handle:expr, $in_transaction:expr, $function:ident($sql:expr, $params:expr), $make:expr) => {{
        let params = $params.into_iter().map(|it| it.0).collect();
        alone!($state, $number, |it| {
            let mut view = DbView(it);
            let result = match $in_transaction {
                true => {
                    let transaction = Resource::new_borrow($handle);
                    db::HostTransaction::$function(&mut view, transaction, $sql, params).await?
                }
                false => {
                    let connection = Resource::new_borrow($handle);
                    db::HostConnection::$function(&mut view, connection, $sql, params).await?
                }
            };
            answer(result, $make)
        })
    }};
}

#[op2]
pub fn op_flux_db_query(
    state: &mut OpState,
    number: u32,
    handle: u32,
    in_transaction: bool,
    #[string] sql: String,
    #[scoped] params: Vec<Param>,
) -> Result<(), JsErrorBox> {
    statement!(state, number, handle, in_transaction, query(sql, params), convert::rows)
}

#[op2]
pub fn op_flux_db_execute(
    state: &mut OpState,
    number: u32,
    handle: u32,
    in_transaction: bool,
    #[string] sql: String,
    #[scoped] params: Vec<Param>,
) -> Result<(), JsErrorBox> {
    statement!(state, number, handle, in_transaction, execute(sql, params), convert::unsigned)
}

#[op2(fast)]
pub fn op_flux_db_begin(state: &mut OpState, number: u32, connection: u32) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        let begun = db::HostConnection::begin(&mut DbView(it), Resource::new_borrow(connection)).await?;
        answer(begun.map(|transaction| transaction.rep()), convert::handle)
    })
}

#[op2(fast)]
pub fn op_flux_db_end(
    state: &mut OpState,
    number: u32,
    transaction: u32,
    commits: bool,
) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        let (mut view, transaction) = (DbView(it), Resource::new_own(transaction));
        let ended = match commits {
            true => db::HostTransaction::commit(&mut view, transaction).await?,
            false => db::HostTransaction::rollback(&mut view, transaction).await?,
        };
        answer(ended, convert::nothing)
    })
}

#[op2(fast)]
pub fn op_flux_db_drop(state: &mut OpState, number: u32, transaction: u32) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        db::HostTransaction::drop(&mut DbView(it), Resource::new_own(transaction)).await?;
        answer(Ok::<_, db::Error>(()), convert::nothing)
    })
}

#[op2(fast)]
pub fn op_flux_kv_get(
    state: &mut OpState,
    number: u32,
    bucket: u32,
    #[string] key: String,
) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        let entry = kv::HostBucket::get(&mut KvView(it), Resource::new_borrow(bucket), key).await?;
        answer(entry, convert::entry)
    })
}

#[op2]
pub fn op_flux_kv_set(
    state: &mut OpState,
    number: u32,
    bucket: u32,
    #[string] key: String,
    #[scoped] value: ByteList,
    #[scoped] options: SetOptions,
) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        let bucket = Resource::new_borrow(bucket);
        let set = kv::HostBucket::set(&mut KvView(it), bucket, key, value.0, options.0).await?;
        answer(set, convert::flag)
    })
}

#[op2(fast)]
pub fn op_flux_kv_delete(
    state: &mut OpState,
    number: u32,
    bucket: u32,
    #[string] key: String,
) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        let deleted = kv::HostBucket::delete(&mut KvView(it), Resource::new_borrow(bucket), key).await?;
        answer(deleted, convert::flag)
    })
}

#[op2]
pub fn op_flux_kv_increment(
    state: &mut OpState,
    number: u32,
    bucket: u32,
    #[string] key: String,
    #[scoped] by: Signed,
) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        let sum = kv::HostBucket::increment(&mut KvView(it), Resource::new_borrow(bucket), key, by.0).await?;
        answer(sum, convert::signed)
    })
}

#[op2]
pub fn op_flux_kv_keys(
    state: &mut OpState,
    number: u32,
    bucket: u32,
    #[string] prefix: String,
    #[string] cursor: Option<String>,
    limit: u32,
) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        let bucket = Resource::new_borrow(bucket);
        let page = kv::HostBucket::keys(&mut KvView(it), bucket, prefix, cursor, limit).await?;
        answer(page, convert::page)
    })
}

#[op2]
pub fn op_flux_queue_send(
    state: &mut OpState,
    number: u32,
    #[string] queue: String,
    #[scoped] payload: ByteList,
    #[scoped] options: QueueOptions,
) -> Result<(), JsErrorBox> {
    alone!(state, number, |it| {
        let sent = queue::Host::send(&mut QueueView(it), queue, payload.0, options.0).await?;
        answer(sent, convert::string)
    })
}

#[op2]
pub fn op_flux_fetch_send(
    state: &mut OpState,
    number: u32,
    #[scoped] request: FetchRequest,
) -> Result<(), JsErrorBox> {
    state.borrow_mut::<Turn>().call(number, Call::Fetch(request.0))
}

#[op2]
pub fn op_flux_fetch_send_all(
    state: &mut OpState,
    number: u32,
    #[scoped] requests: Vec<FetchRequest>,
) -> Result<(), JsErrorBox> {
    let requests = requests.into_iter().map(|it| it.0).collect();
    alone!(state, number, |it| {
        let answers = fetch::Host::send_all(&mut FetchView(it), requests).await?;
        answer(Ok::<_, fetch::Error>(answers), convert::responses)
    })
}

/// A wait is no effect, and is counted as a component's is.
#[op2(fast)]
pub fn op_flux_sleep(state: &mut OpState, number: u32, ms: u32) -> Result<(), JsErrorBox> {
    let turn = state.borrow_mut::<Turn>();
    turn.with(|it| it.count_call())?;
    turn.call(number, Call::Sleep(Duration::from_millis(ms.into())))
}

/// Opens a label of `db` or `kv`.
#[op2]
pub fn op_flux_open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &mut OpState,
    #[string] interface: &str,
    #[string] name: String,
) -> Result<v8::Local<'s, v8::Value>, JsErrorBox> {
    let turn = state.borrow_mut::<Turn>();
    let answer: Answer = match interface {
        "db" => turn.now(async |it| {
            let opened = db::HostConnection::open(&mut DbView(it), name).await?;
            Ok(answer(opened.map(|connection| connection.rep()), convert::handle))
        })?,
        _ => turn.now(async |it| {
            let opened = kv::HostBucket::open(&mut KvView(it), name).await?;
            Ok(answer(opened.map(|bucket| bucket.rep()), convert::handle))
        })?,
    };
    Ok(convert::answer(scope, answer))
}

#[op2]
pub fn op_flux_now<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &mut OpState,
) -> Result<v8::Local<'s, v8::Value>, JsErrorBox> {
    let now = state.borrow_mut::<Turn>().now(async |it| clock::Host::now(&mut AmbientView(it)).await)?;
    Ok(convert::datetime(scope, now))
}

#[op2(fast)]
#[bigint]
pub fn op_flux_monotonic(state: &mut OpState) -> Result<u64, JsErrorBox> {
    let turn = state.borrow_mut::<Turn>();
    turn.now(async |it| clock::Host::monotonic(&mut AmbientView(it)).await)
}

#[op2]
pub fn op_flux_random(state: &mut OpState, length: u32) -> Result<Uint8Array, JsErrorBox> {
    let turn = state.borrow_mut::<Turn>();
    let bytes = turn.now(async |it| random::Host::bytes(&mut AmbientView(it), length).await)?;
    Ok(bytes.into())
}

#[op2]
#[string]
pub fn op_flux_config(state: &mut OpState, #[string] key: String) -> Result<Option<String>, JsErrorBox> {
    state.borrow_mut::<Turn>().now(async |it| config::Host::get(&mut AmbientView(it), key).await)
}

#[op2]
#[string]
pub fn op_flux_secret(state: &mut OpState, #[string] name: String) -> Result<Option<String>, JsErrorBox> {
    state.borrow_mut::<Turn>().now(async |it| config::Host::secret(&mut AmbientView(it), name).await)
}

#[op2]
pub fn op_flux_log(
    state: &mut OpState,
    #[string] level: &str,
    #[string] message: String,
    #[scoped] fields: Pairs,
) -> Result<(), JsErrorBox> {
    let level = match level {
        "trace" => log::Level::Trace,
        "debug" => log::Level::Debug,
        "warn" => log::Level::Warn,
        "error" => log::Level::Error,
        _ => log::Level::Info,
    };
    let turn = state.borrow_mut::<Turn>();
    turn.now(async |it| log::Host::write(&mut AmbientView(it), level, message, fields).await)
}

/// Lines on stderr. They are no call of the contract.
#[op2(fast)]
pub fn op_flux_stderr(state: &mut OpState, #[string] text: String) -> Result<(), JsErrorBox> {
    state.borrow_mut::<Turn>().write(text)
}

/// Ends a guest that the host has stopped.
#[op2(fast)]
pub fn op_flux_halt(state: &mut OpState) {
    state.borrow_mut::<Turn>().halt();
}

/// The handler of `http` gave a response.
#[op2]
pub fn op_flux_answered(state: &mut OpState, #[scoped] response: convert::Response) {
    state.borrow_mut::<Turn>().answered(response.0);
}

/// The handler of `job` did its job.
#[op2(fast)]
pub fn op_flux_done(state: &mut OpState) {
    state.borrow_mut::<Turn>().settled(Ok(()));
}

/// The handler of `job` did not.
#[op2]
pub fn op_flux_failed(state: &mut OpState, #[scoped] failure: convert::Failure) {
    state.borrow_mut::<Turn>().settled(Err(failure.0));
}

/// A handler threw what is no error of the contract: a bug.
#[op2(fast)]
pub fn op_flux_threw<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    thrown: v8::Local<'s, v8::Value>,
) {
    // It looks into the state by itself.
    let error = deno_core::error::JsError::from_v8_exception(scope, thrown);
    state.borrow_mut().borrow_mut::<Turn>().threw(&error);
}

/// A digest of `crypto.subtle`.
#[op2]
pub fn op_flux_digest(#[string] name: &str, #[scoped] data: ByteList) -> Result<Uint8Array, JsErrorBox> {
    use sha2::Digest as _;
    let data = data.0;
    let digest = match name {
        "SHA-1" => sha1::Sha1::digest(data).to_vec(),
        "SHA-256" => sha2::Sha256::digest(data).to_vec(),
        "SHA-384" => sha2::Sha384::digest(data).to_vec(),
        "SHA-512" => sha2::Sha512::digest(data).to_vec(),
        other => {
            let message =
                format!("crypto.subtle.digest has SHA-1, SHA-256, SHA-384 and SHA-512, and no {other}");
            return Err(JsErrorBox::type_error(message));
        }
    };
    Ok(digest.into())
}
