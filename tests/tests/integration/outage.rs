//! A record store that is away for a third of the time: nobody who asks notices, and nothing is lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

use flux_test_services::Server as Postgres;
use sqlx::{Connection, PgConnection, Row};
use tokio::runtime::Runtime;

use crate::backends::replace;
use crate::shop::{Shop, order, pause, poll, set_price, tail};
use crate::support::{Answer, request};

/// Pauses of 50 ms in each of the three thirds: before, during and after the outage. A minute together.
const THIRD: u32 = 400;
const CLIENTS: usize = 3;

/// Clients that order, list and read without a break until they are told to stop, and their answers.
fn load(http: &str, stop: &Arc<AtomicBool>) -> (Vec<JoinHandle<()>>, Receiver<Answer>) {
    let (sender, answers) = channel();
    let clients = (0..CLIENTS).map(|client| {
        let (http, stop, sender) = (http.to_owned(), stop.clone(), sender.clone());
        std::thread::spawn(move || {
            for turn in client.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let answer = match turn % 3 {
                    0 => request(&http, "GET", "/orders?limit=2", ""),
                    _ => request(&http, "POST", "/orders", &order(1, "ann@example.org")),
                };
                sender.send(answer.expect("every request is answered")).expect("somebody counts");
                // A load that a small machine can carry beside other tests.
                pause();
            }
        })
    });
    (clients.collect(), answers)
}

fn stored(runtime: &Runtime, url: &str) -> BTreeSet<String> {
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await.expect("the record store");
        let rows = sqlx::query("SELECT id::text FROM flux.executions").fetch_all(&mut connection).await;
        rows.expect("its records").iter().map(|row| row.get(0)).collect()
    })
}

#[test]
fn a_record_store_that_goes_away_under_load_is_not_noticed_and_gets_every_execution() {
    let Some(mut postgres) = Postgres::new() else { return };
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(postgres.start());
    let shop = Shop::new();
    replace(&shop.project, &[("[fetch]", &format!("[record]\npostgres = {:?}\n[fetch]", postgres.url()))]);
    let server = shop.serve();
    set_price(&server);
    let stop = Arc::new(AtomicBool::new(false));
    let (clients, answers) = load(&server.http, &stop);
    (0..THIRD).for_each(|_| pause());
    let mut seen: Vec<_> = answers.try_iter().map(answered).collect();
    postgres.crash();
    (0..THIRD).for_each(|_| pause());
    let before = seen.len();
    seen.extend(answers.try_iter().map(answered));
    assert!(seen.len() > before + 100, "there was no load in the outage");
    runtime.block_on(postgres.start());
    (0..THIRD).for_each(|_| pause());
    stop.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().expect("no request failed"));
    seen.extend(answers.try_iter().map(answered));
    let seen: BTreeSet<_> = seen.into_iter().collect();
    poll("the records", || seen.is_subset(&stored(&runtime, &postgres.url())).then_some(()));
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.stderr.contains("recordings wait in the spool"), "the outage is logged: {said:?}");
    // Jobs and all: nothing is left in the spool, which tail reads too.
    let shown = tail(&shop.project).into_iter().map(|it| it["id"].as_str().expect("an id").to_owned());
    assert_eq!(shown.collect::<BTreeSet<_>>(), stored(&runtime, &postgres.url()));
}

/// The execution that gave an answer as it has to be.
fn answered(answer: Answer) -> String {
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    answer.execution.expect("an answer names its execution")
}
