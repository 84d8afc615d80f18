//! SQLite's leniency with double quotes, switched off. All unsafe code of the crate is in this file.
//!
//! SQLite takes a name in double quotes that it does not know for a text: `SELECT "nmae" FROM t` answers with
//! the text nmae, where PostgreSQL says that there is no such column. Neither a pragma nor the driver has a switch
//! for that, only SQLite's own interface. A schema that is in a file already is read as before.

use std::ffi::c_int;

use libsqlite3_sys::{SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML, SQLITE_OK, sqlite3_db_config};
use sqlx::sqlite::LockedSqliteHandle;

/// From here on, double quotes hold names.
pub(crate) fn names(connection: &mut LockedSqliteHandle<'_>) -> Result<(), sqlx::Error> {
    let raw = connection.as_raw_handle().as_ptr();
    for switch in [SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL] {
        let off: c_int = 0;
        let mut now: c_int = -1;
        // SAFETY: the handle is that of an open connection, and the lock keeps the driver's thread away from
        // it meanwhile. Both switches take an int and a pointer to an int, which outlives the call.
        let code = unsafe { sqlite3_db_config(raw, switch, off, &raw mut now) };
        if code != SQLITE_OK || now != off {
            return Err(sqlx::Error::Configuration("SQLite cannot tell names from texts".into()));
        }
    }
    Ok(())
}
