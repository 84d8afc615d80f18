//! What is JetStream's own: a server that is restarted, several nodes, and what it cannot do.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use flux_cap_queue::*;
use flux_host::bindings::flux::host::queue::Error;
use flux_test_services::{NATS, service};
use tokio::sync::Notify;

use crate::services::Streams;
use crate::support::*;

/// A server of the test's own, ended with it.
struct Server(Child);

impl Server {
    fn start(port: u16, folder: &Path) -> Self {
        let mut command = Command::new("nats-server");
        command.args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"]).arg(folder);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Server {
    /// As an operator restarts it: what it acknowledged is on disk.
    fn stop(mut self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until there is an answer.
async fn at_last<T>(ask: impl AsyncFn() -> Result<T, Error>) -> T {
    let answered = async {
        loop {
            if let Ok(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), answered).await.unwrap()
}

#[tokio::test]
async fn a_server_that_is_restarted_has_lost_nothing() {
    if service(NATS).is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::start(port, folder.path());
    let url = format!("nats://127.0.0.1:{port}");
    let open = async || {
        Nats::open(&url, NatsOptions::default()).await.map_err(|error| Error::Unavailable(error.to_string()))
    };
    let queue = at_last(open).await;
    // JetStream comes up after the port.
    at_last(async || queue.counts("mail", 0).await).await;
    queue.send(keyed("a", "k", 0)).await.unwrap();
    queue.send(job("later", 1000)).await.unwrap();
    queue.send(job("dead", 0)).await.unwrap();
    queue.claim("mail", 0).await.unwrap().unwrap();
    let died = queue.claim("mail", 0).await.unwrap().unwrap();
    assert!(queue.settle(attempt(&died.id, 1), dead(), 1).await.unwrap());

    server.stop();
    let refused = async || match queue.send(job("b", 0)).await {
        Err(Error::Unavailable(_)) => Ok(()),
        other => Err(Error::Unavailable(format!("{other:?}"))),
    };
    at_last(refused).await;

    let _server = Server::start(port, folder.path());
    assert_eq!(at_last(async || queue.send(keyed("c", "k", 2)).await).await, "a");
    let shown = at_last(async || queue.show("mail", "dead", 2).await).await.unwrap();
    assert_eq!(shown.summary.state, JobState::Dead);
    // What ran can be settled by who ran it.
    assert!(queue.settle(attempt("a", 1), Settlement::Done, 3).await.unwrap());
    let found = at_last(async || queue.claim("mail", 1000).await?.ok_or_else(none)).await;
    assert_eq!(found.id, "later");
}

fn none() -> Error {
    Error::Unavailable("no job yet".to_owned())
}

#[tokio::test]
async fn another_node_is_woken_and_runs_what_a_node_left() {
    let Some(streams) = Streams::new() else {
        return;
    };
    let (here, there) = (streams.open(1000).await, streams.open(1000).await);
    let mail = Arc::new(Notify::new());
    here.listen("mail", &mail);
    until_heard(&there, &mail).await;
    let taken = there.claim("mail", 0).await.unwrap().unwrap();
    assert!(!here.settle(attempt(&taken.id, 1), Settlement::Done, 1).await.unwrap());
    drop(there);
    let again =
        at_last(async || here.claim("mail", 0).await?.filter(|job| job.id == taken.id).ok_or_else(none));
    assert_eq!(again.await.attempt, 2);
    assert!(here.schedules().is_none() && here.joins().is_none());
    streams.remove().await;
}

#[tokio::test]
async fn what_is_no_job_is_removed_and_what_is_too_large_refused() {
    let Some(streams) = Streams::new() else {
        return;
    };
    let queue = streams.open(1000).await;
    let large = NewJob { payload: vec![0; MAX_PAYLOAD], ..job("large", 0) };
    assert_eq!(queue.send(large).await, Err(Error::TooLarge));
    queue.send(job("a", 0)).await.unwrap();
    streams.publish("mail.ready.junk").await;
    queue.send(job("b", 0)).await.unwrap();
    for id in ["a", "b"] {
        assert_eq!(queue.claim("mail", 0).await.unwrap().unwrap().id, id);
    }
    streams.remove().await;
}

#[tokio::test]
async fn streams_that_somebody_removed_are_made_anew_by_the_next_use() {
    let Some(streams) = Streams::new() else {
        return;
    };
    let queue = streams.open(1000).await;
    queue.send(job("lost", 0)).await.unwrap();
    streams.remove().await;
    let Err(Error::Unavailable(why)) = queue.send(job("a", 0)).await else { panic!("it was sent") };
    assert!(why.contains("hint: somebody removed the streams"), "{why}");
    queue.check("mail", 0).await.unwrap();
    queue.send(job("b", 0)).await.unwrap();
    assert_eq!(queue.claim("mail", 0).await.unwrap().unwrap().id, "b");
    streams.remove().await;
}
