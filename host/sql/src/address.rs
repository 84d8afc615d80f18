//! Where a PostgreSQL database is.

use std::fmt;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// What an address may say. The driver ignores anything else, a misspelt sslmode too, and logs its value.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// The address of a PostgreSQL database. Printed, it has no password.
#[derive(Clone)]
pub struct Address(Box<PgConnectOptions>);

impl Address {
    /// Reads `postgres://user:password@host:5432/database`. What it does not say is taken from PGHOST, PGPASSWORD and
    /// the other variables of PostgreSQL's own tools.
    ///
    /// # Errors
    /// What is wrong with it, without its text: that may hold a password.
    pub fn parse(url: &str) -> Result<Self, sqlx::Error> {
        check_parameters(url).map_err(|why| sqlx::Error::Configuration(why.into()))?;
        // A recording has the statements; the host's log need not have them too.
        let options = url.parse::<PgConnectOptions>()?.disable_statement_logging();
        Ok(Self(Box::new(match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("flux"),
        })))
    }

    /// What is wrong with an address, without its text.
    ///
    /// # Errors
    /// In a few words.
    pub fn check(url: &str) -> Result<(), String> {
        let wrong = |error: sqlx::Error| match error {
            sqlx::Error::Configuration(why) => why.to_string(),
            error => error.to_string(),
        };
        Self::parse(url).map(drop).map_err(wrong)
    }

    /// For the driver.
    pub fn options(&self) -> &PgConnectOptions {
        &self.0
    }

    /// The same text for the same database, without a password. The address's options are part of it: they may choose
    /// another schema.
    pub fn identity(&self) -> String {
        let options = self.0.get_options().map(|it| format!("?options={it}")).unwrap_or_default();
        let user = self.0.get_username();
        let place = match self.0.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.0.get_host(), self.0.get_port()),
        };
        format!("postgres://{user}@{place}/{}{options}", self.database())
    }

    /// As the server has it: a database is called as its user, unless the address says otherwise.
    fn database(&self) -> &str {
        self.0.get_database().unwrap_or(self.0.get_username())
    }
}

fn check_parameters(url: &str) -> Result<(), String> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err("it does not begin with postgres://".to_owned());
    }
    let parameters = url.split_once('?').map_or("", |(_, it)| it).split('&').filter(|it| !it.is_empty());
    let mut names = parameters.map(|it| it.split_once('=').map_or(it, |(name, _)| name));
    // It is not named: a password that should have been encoded may look like one.
    match names.all(|it| PARAMETERS.contains(&it)) {
        true => Ok(()),
        false => Err(format!("it has an unknown parameter; these are known: {}", PARAMETERS.join(", "))),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.database();
        match self.0.get_socket() {
            Some(socket) => write!(f, "postgres:///{database} at {}", socket.display()),
            None => write!(f, "postgres://{}:{}/{database}", self.0.get_host(), self.0.get_port()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_address_has_no_password() {
        let address = Address::parse("postgres://flux:hush%21@db.example:5433/records").unwrap();
        for printed in [address.to_string(), format!("{address:?}"), address.identity()] {
            assert!(printed.contains("db.example:5433/records") && !printed.contains("hush"), "{printed}");
        }
        for wrong in ["mysql://root:hush@db/flux", "postgres://flux:hush@db:port/flux", "records.db"] {
            let error = Address::parse(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
        }
    }

    #[test]
    fn an_identity_tells_users_and_options_apart() {
        let identity = |url| Address::parse(url).unwrap().identity();
        assert_eq!(identity("postgres://ann:hush@db/x"), "postgres://ann@db:5432/x");
        assert_ne!(identity("postgres://ann@db/x"), identity("postgres://bob@db/x"));
        let schema = identity("postgres://ann@db/x?options=-c%20search_path%3Dother");
        assert_ne!(schema, identity("postgres://ann@db/x"));
    }
}
