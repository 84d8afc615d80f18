//! What to do about a database that cannot do what it should.

use sqlx::error::DatabaseError;

use crate::result_code::{self, CANTOPEN, CORRUPT, FULL, IOERR, NOTADB, READONLY};

/// What to do about an error of a database, where it shows.
pub fn hint(database: &str, error: &sqlx::Error) -> Option<String> {
    if lacks_tables(error) {
        return Some(format!(
            "tables of {database} are gone. If all are, the next use makes them anew; if some are left, restore a backup, \
             or drop those too: DROP SCHEMA flux CASCADE"
        ));
    }
    let sqlx::Error::Database(error) = error else { return None };
    match database.strip_prefix("sqlite:") {
        Some(path) => of_file(path, &**error),
        None => of_server(database, &error.code().unwrap_or_default()),
    }
}

fn of_file(path: &str, error: &dyn DatabaseError) -> Option<String> {
    Some(match result_code::of(error) {
        FULL => format!("free some space on the disk that holds {path}: a few megabytes are enough to go on"),
        READONLY => format!("the user who runs Flux must be able to write {path}, its folder and its disk"),
        CANTOPEN => {
            format!("the folder of {path} must exist, have space, and be open to the user who runs Flux")
        }
        IOERR => format!("the disk that holds {path} fails or is full: look at df and dmesg"),
        CORRUPT | NOTADB => format!("{path} is damaged: stop Flux and restore a backup of it"),
        _ => return None,
    })
}

/// By the error's code: appendix A of PostgreSQL's manual.
fn of_server(database: &str, code: &str) -> Option<String> {
    Some(match code {
        "3D000" => format!("create the database {database}, or correct its address in flux.toml"),
        "53100" => format!("free some space on the disk of the server of {database}"),
        "53300" => "lower max-connections in flux.toml, or raise max_connections of the server".to_owned(),
        "55000" => format!("the server lets nobody into {database} now: ask who operates it"),
        "25006" => format!("{database} only reads now: name the server that writes"),
        _ if code.starts_with("57P") => format!("wait until the server of {database} has started"),
        _ => return None,
    })
}

/// Whether a statement found no tables, which somebody removed.
pub(crate) fn lacks_tables(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    match error.code().as_deref() {
        Some("42P01" | "3F000") => true,
        _ => error.message().starts_with("no such table"),
    }
}

/// A database as people are told of it: by its file's path or its address.
pub(crate) fn shown(identity: &str) -> &str {
    identity.strip_prefix("sqlite:").unwrap_or(identity)
}
