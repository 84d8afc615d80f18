//! Time, bytes and numbers.

use std::time::Duration;

use flux_cap_fetch::{FetchOptions, View};
use flux_host::bindings::flux::host::fetch::{Error, Host, Request};

use crate::server::Server;
use crate::{get, live, local, send, with};

#[tokio::test]
async fn a_server_that_never_answers_is_a_timeout() {
    let server = Server::start().await;
    for path in ["/never", "/half"] {
        let request = Request { timeout_ms: Some(50), ..get(server.url(path)) };
        assert_eq!(send(local(), request).await, Err(Error::Timeout));
    }
    let short = FetchOptions { timeout: Duration::from_millis(50), ..local() };
    let request = Request { timeout_ms: Some(u32::MAX), ..get(server.url("/never")) };
    assert_eq!(send(short, request).await, Err(Error::Timeout));
}

#[tokio::test]
async fn send_all_has_no_more_under_way_than_it_may() {
    let server = Server::start().await;
    let one = FetchOptions { max_concurrent: 1, ..local() };
    let requests = (0..8).map(|_| get(server.url("/alone"))).collect();
    let answers = View(&mut live(one)).send_all(requests).await.unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status == 200));
}

#[tokio::test]
async fn headers_are_bounded_in_both_directions() {
    let server = Server::start().await;
    let small = || FetchOptions { max_headers: 1000, ..local() };
    let long = || with("x-long", &"a".repeat(1000), get(server.url("/seen")));
    assert_eq!(send(small(), long()).await, Err(Error::TooLarge));
    assert_eq!(send(small(), get(server.url(&"/".repeat(1000)))).await, Err(Error::TooLarge));
    assert_eq!(server.requests(), 0);
    assert_eq!(send(local(), long()).await.unwrap().status, 200);
    assert_eq!(send(small(), get(server.url("/large"))).await, Err(Error::TooLarge));
    assert_eq!(send(local(), get(server.url("/large"))).await.unwrap().status, 200);
    // These are more than the client reads at all.
    for path in ["/larger", "/many"] {
        assert_eq!(send(local(), get(server.url(path))).await, Err(Error::TooLarge));
    }
}

#[tokio::test]
async fn send_all_sends_no_more_than_it_may() {
    let server = Server::start().await;
    let two = FetchOptions { max_requests: 2, ..local() };
    let requests = (0..4).map(|_| get(server.url("/seen"))).collect();
    let answers = View(&mut live(two)).send_all(requests).await.unwrap();
    assert!(answers[..2].iter().all(Result::is_ok));
    assert_eq!(answers[2..], [Err(Error::TooLarge), Err(Error::TooLarge)]);
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn the_bodies_of_one_send_all_are_bounded_together() {
    let server = Server::start().await;
    let few = || FetchOptions { max_total: 250, max_concurrent: 1, ..local() };
    let hundred = || get(server.url("/hundred"));
    let answers = View(&mut live(few())).send_all(vec![hundred(); 3]).await.unwrap();
    assert!(answers[..2].iter().all(Result::is_ok));
    assert_eq!(answers[2], Err(Error::TooLarge));
    // What failed has given its share back, and what is sent counts too.
    let broken = || get(server.url("/broken"));
    let echo = Request { method: "POST".to_owned(), body: vec![0; 101], ..get(server.url("/echo")) };
    let requests = vec![hundred(), broken(), broken(), echo, hundred()];
    let answers = View(&mut live(few())).send_all(requests).await.unwrap();
    assert!(matches!(answers[1], Err(Error::Protocol(_))));
    assert_eq!(answers[3], Err(Error::TooLarge));
    assert!(answers[0].is_ok() && answers[4].is_ok());
}
