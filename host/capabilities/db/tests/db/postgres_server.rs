//! A server that is not there, refuses, goes away or comes back: one of the test's own.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use flux_cap_db::{Database, DbOptions, Postgres};
use flux_host::Hint;
use flux_host::bindings::flux::host::db::Error;
use flux_recorder::Session;
use flux_test_services::{POSTGRES, Server, service};

use crate::support::{guest, int, options};

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server that runs.
async fn running() -> Option<Server> {
    let mut server = Server::new()?;
    server.start().await;
    Some(server)
}

/// Its address, with a password that must not show.
fn address(server: &Server) -> String {
    server.url().replace("flux@", "flux:s3cret@")
}

#[tokio::test]
async fn a_server_that_goes_away_is_unavailable_until_it_is_back() {
    let Some(mut server) = running().await else {
        return;
    };
    let options = DbOptions { statement_timeout: Duration::from_secs(2), ..options() };
    let database = Arc::new(Postgres::open(&address(&server), options).await.unwrap());
    let mut guest = guest(Session::live([0; 32]), database);
    let main = guest.main().await;
    guest.execute(main, "CREATE TABLE t (i int)", vec![]).await.unwrap();
    let tx = guest.begin(main).await.unwrap();
    guest.tx_execute(tx, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
    server.crash();
    for _ in 0..3 {
        let answer = guest.query(main, "SELECT 1", vec![]).await;
        let Err(Error::Unavailable(message)) = &answer else { panic!("{answer:?}") };
        assert!(!message.contains("s3cret"), "{message}");
    }
    let failed = guest.tx_execute(tx, "INSERT INTO t VALUES (2)", vec![]).await;
    assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
    assert_eq!(guest.commit(tx).await.map(|()| 0), failed);
    server.start().await;
    assert_eq!(guest.query(main, "SELECT 1", vec![]).await.unwrap().rows, [[int(1)]]);
    assert_eq!(guest.all(main, "t").await.len(), 0);
}

#[tokio::test]
async fn a_restart_loses_one_statement_at_most() {
    let Some(mut server) = running().await else { return };
    let database = Arc::new(Postgres::open(&address(&server), options()).await.unwrap());
    let mut guest = guest(Session::live([0; 32]), database);
    let main = guest.main().await;
    // Several connections, all of which are about to be dead.
    let open = [guest.begin(main).await.unwrap(), guest.begin(main).await.unwrap()];
    for tx in open {
        guest.commit(tx).await.unwrap();
    }
    server.crash();
    server.start().await;
    let mut lost = 0;
    for _ in 0..4 {
        match guest.query(main, "SELECT 1", vec![]).await {
            Err(Error::Unavailable(_)) => lost += 1,
            answer => assert_eq!(answer.unwrap().rows, [[int(1)]]),
        }
    }
    assert!(lost <= 1, "{lost} were lost");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let port = free_port();
    let address = format!("postgres://flux:s3cret@127.0.0.1:{port}/main?sslmode=disable");
    let error = Postgres::open(&address, options()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot reach the database postgres://flux@127.0.0.1:{port}/main"));
    let hint = error.hint().expect("a hint");
    assert_eq!(hint, "start its server, or correct its address in flux.toml");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn what_is_no_address_is_refused_without_being_repeated() {
    for address in [
        "s3cret",
        "mysql://flux:s3cret@host/main",
        "postgres://flux:s3cret@host:port/main",
        "postgres://flux:s3cret@host/main?port=x",
        "postgres://flux:s3cret@host/main?sslmod=verify-full",
        "postgres://flux:what?s3cret@host/main",
    ] {
        let error = Postgres::open(address, options()).await.unwrap_err();
        let hint = "this is no address of a database; hint: postgres = ";
        assert!(error.to_string().starts_with(hint), "{error}");
        let source = std::error::Error::source(&error).unwrap();
        assert!(!format!("{error:?} {source}").contains("s3cret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_repeat_it() {
    let Some(address) = service(POSTGRES) else { return };
    let (user, place) = (address.split_once("://flux:").unwrap().1).split_once('@').unwrap();
    assert!(!user.is_empty());
    let error = Postgres::open(&format!("postgres://flux:s3cret@{place}"), options()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("password authentication failed"), "{source}");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn an_identity_has_everything_but_the_password() {
    let Some(address) = service(POSTGRES) else { return };
    let place = address.split_once('@').unwrap().1;
    let database = Postgres::open(&address, options()).await.unwrap();
    assert_eq!(*database.identity(), format!("postgres://flux@{place}"));
    let database = Postgres::open(&format!("{address}?options=-csearch_path%3Da"), options()).await.unwrap();
    assert_eq!(*database.identity(), format!("postgres://flux@{place}?options=-csearch_path=a"));
}
