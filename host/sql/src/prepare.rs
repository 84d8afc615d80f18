//! What a database must have before anybody uses it.

use std::pin::Pin;

use crate::connector::Connector;
use crate::error::Error;
use crate::pool::Lease;

/// An answer that comes later.
pub type Prepared<'a> = Pin<Box<dyn Future<Output = Result<bool, Error>> + Send + 'a>>;

/// Brings a database to what its users expect of it: its tables, for one. A pool asks for this before the first use,
/// and again whenever the database may be another one: its file was removed, or its server was away.
pub trait Prepare<C: Connector>: Send + Sync + 'static {
    /// Does so, on a connection that nobody else has. True: the database was empty.
    fn prepare<'a>(&'a self, connector: &'a C, lease: &'a mut Lease<C>) -> Prepared<'a>;
}
