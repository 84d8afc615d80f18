//! The guest's side of `db`: each function names its call and its live action.

use flux_host::Execution;
use flux_host::bindings::flux::host::db::{self, Connection, Error, Rows, Transaction, Value};
use flux_host::wasm::State;
use wasmtime::Result;
use wasmtime::component::{HasData, Linker, Resource};

use crate::Db;

/// Borrows the execution that calls.
#[derive(Debug)]
pub struct View<'a>(pub &'a mut Execution);

impl HasData for Db {
    type Data<'a> = View<'a>;
}

pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    db::add_to_linker::<State, Db>(linker, |state| View(state.execution()))
}

impl db::Host for View<'_> {}

impl db::HostConnection for View<'_> {
    async fn open(&mut self, name: String) -> Result<Result<Resource<Connection>, Error>> {
        let opened = self.0.open("db", &name, |capabilities| match capabilities.get::<Db>() {
            Some(db) => db.database(&name).map(drop),
            None => Err(Error::Unavailable("no db here".to_owned())),
        })?;
        Ok(opened.map(Resource::new_own))
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        sql: String,
        params: Vec<Value>,
    ) -> Result<Result<Rows, Error>> {
        let label = self.0.handles().label(connection.rep())?;
        let live = async |it: &mut Execution| Ok(it.live::<Db>()?.query(&label, &sql, &params).await);
        self.0.effect("db.connection.query", (&*label, &sql, &params), live).await
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        sql: String,
        params: Vec<Value>,
    ) -> Result<Result<u64, Error>> {
        let label = self.0.handles().label(connection.rep())?;
        let live = async |it: &mut Execution| Ok(it.live::<Db>()?.execute(&label, &sql, &params).await);
        self.0.effect("db.connection.execute", (&*label, &sql, &params), live).await
    }

    async fn begin(
        &mut self,
        connection: Resource<Connection>,
    ) -> Result<Result<Resource<Transaction>, Error>> {
        let label = self.0.handles().label(connection.rep())?;
        // Before the effect, so that a transaction has its number in a replay too, where none begins.
        let handle = self.0.handles().add_numbered(&label);
        let live = async |it: &mut Execution| {
            let db = it.live::<Db>()?;
            let begun = db.begin(&label).await;
            Ok(begun.map(|(database, transaction)| it.transactions().add(handle, database, transaction)))
        };
        let begun = self.0.effect("db.connection.begin", (&*label,), live).await?;
        match begun {
            Ok(()) => self.0.transactions().begun(handle),
            Err(_) => self.0.handles().close(handle),
        }
        Ok(begun.map(|()| Resource::new_own(handle)))
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> Result<()> {
        self.0.handles().close(connection.rep());
        Ok(())
    }
}

impl db::HostTransaction for View<'_> {
    async fn query(
        &mut self,
        transaction: Resource<Transaction>,
        sql: String,
        params: Vec<Value>,
    ) -> Result<Result<Rows, Error>> {
        let handle = transaction.rep();
        let label = self.0.handles().label(handle)?;
        let live = async |it: &mut Execution| Ok(it.transactions().get(handle)?.query(&sql, &params).await);
        self.0.effect("db.transaction.query", (&*label, &sql, &params), live).await
    }

    async fn execute(
        &mut self,
        transaction: Resource<Transaction>,
        sql: String,
        params: Vec<Value>,
    ) -> Result<Result<u64, Error>> {
        let handle = transaction.rep();
        let label = self.0.handles().label(handle)?;
        let live = async |it: &mut Execution| Ok(it.transactions().get(handle)?.execute(&sql, &params).await);
        self.0.effect("db.transaction.execute", (&*label, &sql, &params), live).await
    }

    async fn commit(&mut self, transaction: Resource<Transaction>) -> Result<Result<(), Error>> {
        let handle = transaction.rep();
        let label = self.0.handles().label(handle)?;
        self.0.transactions().end(handle);
        let live = async |it: &mut Execution| Ok(it.transactions().take(handle)?.commit().await);
        let done = self.0.effect("db.transaction.commit", (&*label,), live).await;
        self.0.handles().close(handle);
        done
    }

    async fn rollback(&mut self, transaction: Resource<Transaction>) -> Result<Result<(), Error>> {
        let handle = transaction.rep();
        let label = self.0.handles().label(handle)?;
        self.0.transactions().end(handle);
        let live = async |it: &mut Execution| Ok(it.transactions().take(handle)?.rollback().await);
        let done = self.0.effect("db.transaction.rollback", (&*label,), live).await;
        self.0.handles().close(handle);
        done
    }

    async fn drop(&mut self, transaction: Resource<Transaction>) -> Result<()> {
        let rolled_back = self.0.roll_back(transaction.rep()).await;
        self.0.handles().close(transaction.rep());
        rolled_back
    }
}
