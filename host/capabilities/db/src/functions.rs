//! The functions of `db` over values. Handles are numbers.

use flux_host::Function;
use flux_host::bindings::flux::host::db::{HostConnection, HostTransaction, Value};
use futures_util::FutureExt as _;
use wasmtime::component::Resource;

use crate::View;

/// A handle, a statement and its parameters.
type SqlArguments = (u32, String, Vec<Value>);

pub(crate) fn all() -> Vec<Function> {
    let mut all = of_connections();
    all.extend(of_transactions());
    all
}

fn of_connections() -> Vec<Function> {
    vec![
        Function::now("[static]connection.open", |it, (name,)| {
            async move { Ok(HostConnection::open(&mut View(it), name).await?.map(|opened| opened.rep())) }
                .boxed()
        }),
        Function::in_turn("[method]connection.query", |it, (handle, sql, params): SqlArguments| {
            async move { HostConnection::query(&mut View(it), Resource::new_borrow(handle), sql, params).await }
                .boxed()
        }),
        Function::in_turn("[method]connection.execute", |it, (handle, sql, params): SqlArguments| {
            async move { HostConnection::execute(&mut View(it), Resource::new_borrow(handle), sql, params).await }
                .boxed()
        }),
        Function::in_turn("[method]connection.begin", |it, (handle,)| {
            async move {
                let begun = HostConnection::begin(&mut View(it), Resource::new_borrow(handle)).await?;
                Ok(begun.map(|transaction| transaction.rep()))
            }
            .boxed()
        }),
    ]
}

fn of_transactions() -> Vec<Function> {
    vec![
        Function::in_turn("[method]transaction.query", |it, (handle, sql, params): SqlArguments| {
            async move { HostTransaction::query(&mut View(it), Resource::new_borrow(handle), sql, params).await }
                .boxed()
        }),
        Function::in_turn("[method]transaction.execute", |it, (handle, sql, params): SqlArguments| {
            async move {
                HostTransaction::execute(&mut View(it), Resource::new_borrow(handle), sql, params).await
            }
            .boxed()
        }),
        Function::in_turn("[static]transaction.commit", |it, (handle,)| {
            async move { HostTransaction::commit(&mut View(it), Resource::new_own(handle)).await }.boxed()
        }),
        Function::in_turn("[static]transaction.rollback", |it, (handle,)| {
            async move { HostTransaction::rollback(&mut View(it), Resource::new_own(handle)).await }.boxed()
        }),
        Function::in_turn("[resource-drop]transaction", |it, (handle,)| {
            async move { HostTransaction::drop(&mut View(it), Resource::new_own(handle)).await }.boxed()
        }),
    ]
}
