//! HTTP/1.1 and HTTP/2: the host that a server is told, and connections that are used again.

use std::net::IpAddr;

use flux_cap_fetch::{FetchOptions, Resolver, View};
use flux_host::Execution;
use flux_host::bindings::flux::host::fetch::{Error, Host, Request};
use futures_util::FutureExt;

use crate::tls::Keeping;
use crate::{get, live, local, options, send, text, with};

const BOTH: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// All names of the tests are this machine; the server is trusted.
fn trusting(server: &Keeping) -> FetchOptions {
    let here = || std::future::ready(Ok(vec![IpAddr::from([127, 0, 0, 1])])).boxed();
    FetchOptions {
        allow_private: vec!["*.test".parse().unwrap()],
        roots: Some(server.root.clone()),
        resolver: Resolver::new(move |_| here()),
        ..options(&["127.0.0.1:*", "api.test:*", "other.test:*"])
    }
}

async fn seen(execution: &mut Execution, request: Request) -> String {
    text(&View(execution).send(request).await.unwrap().unwrap()).to_owned()
}

#[tokio::test]
async fn the_server_chooses_the_protocol() {
    for (protocols, version) in [(&BOTH[..], "HTTP/2.0"), (&BOTH[1..], "HTTP/1.1"), (&[], "HTTP/1.1")] {
        let server = Keeping::tls(protocols).await;
        let url = format!("https://{}/", server.address);
        let seen = seen(&mut live(trusting(&server)), get(url)).await;
        assert!(seen.starts_with(version), "{seen}");
    }
}

#[tokio::test]
async fn a_server_without_a_known_root_is_not_trusted() {
    let server = Keeping::tls(&BOTH).await;
    let url = format!("https://{}/", server.address);
    let answer = send(local(), get(url)).await;
    assert!(matches!(answer, Err(Error::Tls(_))), "{answer:?}");
}

#[tokio::test]
async fn the_host_of_the_url_is_what_the_server_is_told() {
    let (plain, tls1, tls2) =
        (Keeping::plain().await, Keeping::tls(&BOTH[1..]).await, Keeping::tls(&BOTH).await);
    for (server, scheme) in [(&plain, "http"), (&tls1, "https"), (&tls2, "https")] {
        let mut execution = live(trusting(server));
        let port = server.address.port();
        for name in ["127.0.0.1", "api.test"] {
            let host = format!("{name}:{port}");
            let url = format!("{scheme}://{host}/");
            for request in [get(&url), with("Host", &host, get(&url))] {
                let seen = seen(&mut execution, request).await;
                if std::ptr::eq(server, &tls2) {
                    assert!(seen.starts_with(&format!("HTTP/2.0 authority=Some({host}) host=[]")), "{seen}");
                } else {
                    assert!(seen.starts_with(&format!("HTTP/1.1 authority=None host=[{host:?}]")), "{seen}");
                }
            }
            let elsewhere = with("host", "elsewhere.test", get(&url));
            let refused = View(&mut execution).send(elsewhere).await.unwrap();
            assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_tells_the_new_host() {
    for (protocols, told) in [(&BOTH[..], "authority=Some("), (&BOTH[1..], "host=[\"")] {
        let server = Keeping::tls(protocols).await;
        let port = server.address.port();
        let url = format!("https://api.test:{port}/to/https://other.test:{port}/");
        let request = with("authorization", "mine", with("host", &format!("api.test:{port}"), get(url)));
        let seen = seen(&mut live(trusting(&server)), request).await;
        assert!(seen.contains(&format!("{told}other.test:{port}")), "{seen}");
        assert!(seen.contains("authorization=[]"), "{seen}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let plain = Keeping::plain().await;
    let mut execution = live(local());
    for _ in 0..3 {
        seen(&mut execution, get(format!("http://{}/", plain.address))).await;
    }
    assert_eq!(plain.connections(), 1);
    for protocols in [&BOTH[..], &BOTH[1..]] {
        let server = Keeping::tls(protocols).await;
        let mut execution = live(trusting(&server));
        for _ in 0..3 {
            seen(&mut execution, get(format!("https://{}/", server.address))).await;
        }
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn http2_has_the_same_limits() {
    let server = Keeping::tls(&BOTH).await;
    let url = format!("https://{}/large", server.address);
    let small = FetchOptions { max_headers: 1000, ..trusting(&server) };
    assert_eq!(send(small, get(&url)).await, Err(Error::TooLarge));
    assert_eq!(send(trusting(&server), get(&url)).await.unwrap().status, 200);
}
