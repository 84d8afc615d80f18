//! The table `people`.

use flux_sdk::db::{Connection, Error, params};
use serde::Deserialize;

/// Who joins.
#[derive(Deserialize)]
pub struct Person {
    pub id: String,
    pub email: String,
    pub card: String,
}

pub fn insert(person: &Person) -> Result<(), Error> {
    let tx = Connection::open("main")?.begin()?;
    let values = params![&person.id, &person.email, &person.card];
    tx.execute("INSERT INTO people (id, email, card) VALUES ($1, $2, $3)", values)?;
    tx.commit()
}

/// What the database has of an address: under another name, and in a literal.
pub fn of(email: &str) -> Result<Vec<String>, Error> {
    let db = Connection::open("main")?;
    let rows = db.query(
        "SELECT id, email AS address, card || '' AS number FROM people WHERE email = $1",
        params![email],
    )?;
    let literal = format!("SELECT email FROM people WHERE email = '{}'", email.replace('\'', "''"));
    let more = db.query(&literal, params![])?;
    let texts = rows.rows.iter().chain(&more.rows).flatten();
    Ok(texts.map(|value| format!("{value:?}")).collect())
}
