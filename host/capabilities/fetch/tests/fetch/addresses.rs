//! What names lead to: judged once for each connection, and connected to as judged.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flux_cap_fetch::{AddressKind, FetchOptions, PrivatePattern, Resolver, View};
use flux_host::bindings::flux::host::fetch::{Error, Host};
use futures_util::FutureExt;

use crate::server::Server;
use crate::{Answer, get, live, local, options, send};

/// Every name leads to these addresses.
fn leads_to(addresses: &[&str], options: FetchOptions) -> FetchOptions {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let resolver = Resolver::new(move |_| std::future::ready(Ok(addresses.clone())).boxed());
    FetchOptions { resolver, ..options }
}

fn private(patterns: &[&str]) -> FetchOptions {
    let allow_private = patterns.iter().map(|text| text.parse().unwrap()).collect();
    FetchOptions { allow_private, ..options(&["api.test:*", "other.test:*"]) }
}

fn denied(answer: Answer) -> String {
    match answer {
        Err(Error::Denied(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_address_has_its_kind() {
    use AddressKind::*;
    for (kind, addresses) in [
        (Some(Unspecified), vec!["0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"]),
        (Some(Loopback), vec!["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "::127.0.0.1"]),
        (Some(Private), vec!["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fc00::1"]),
        (Some(Private), vec!["fdff::1", "fd00:ec2::254", "fec0::1", "::ffff:10.0.0.1", "64:ff9b:1::a00:1"]),
        (Some(LinkLocal), vec!["169.254.169.254", "fe80::1", "febf::1", "::ffff:169.254.169.254"]),
        (Some(Shared), vec!["100.64.0.1", "100.127.255.255", "100.100.100.200"]),
        (Some(Platform), vec!["168.63.129.16"]),
        (Some(Documentation), vec!["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"]),
        (Some(Benchmark), vec!["198.18.0.1", "198.19.255.255", "2001:2::1"]),
        (Some(Reserved), vec!["192.0.0.192", "192.88.99.1", "240.0.0.1", "100::1", "5f00::1", "4000::1"]),
        (Some(Reserved), vec!["2001:10::1", "2001:20::1", "::8.8.8.8", "::ffff:0:808:808"]),
        (Some(Multicast), vec!["224.0.0.1", "239.255.255.255", "ff02::1"]),
        (Some(Broadcast), vec!["255.255.255.255"]),
        // NAT64, 6to4 and Teredo: 10.0.0.1 and 127.0.0.1 inside; Teredo once as relay, once as client.
        (
            Some(Private),
            vec!["64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::", "2001:0:808:808::f5ff:fffe"],
        ),
        (Some(Loopback), vec!["64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:808:808::80ff:fffe"]),
        (None, vec!["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.0"]),
        (None, vec!["169.253.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00::1"]),
        (None, vec!["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2001:200::1"]),
    ] {
        for address in addresses {
            assert_eq!(AddressKind::of(address.parse().unwrap()), kind, "{address}");
        }
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_denied() {
    let server = Server::start().await;
    for (address, kind, entry) in [
        ("127.0.0.1", "a loopback", "api.test"),
        ("::ffff:127.0.0.1", "a loopback", "api.test"),
        ("::1", "a loopback", "api.test"),
        ("10.0.0.1", "a private", "api.test"),
        ("64:ff9b::a00:1", "a private", "api.test"),
        ("100.64.0.1", "a carrier's shared", "api.test"),
        ("169.254.169.254", "a link-local", "169.254.169.254/32"),
        ("fe80::1", "a link-local", "fe80::1/128"),
        ("0.0.0.0", "an unspecified", "0.0.0.0/32"),
        ("255.255.255.255", "a broadcast", "255.255.255.255/32"),
    ] {
        let why =
            denied(send(leads_to(&[address], private(&[])), get(server.named("api.test", "/seen"))).await);
        let line = format!("hint: add \"{entry}\" to allow-private under [fetch]");
        assert_eq!(why, format!("host 'api.test' leads to {kind} address [FLX0502]; {line}"));
        // A name alone never leads to a cloud's metadata, nor to what is no machine.
        if entry.contains('/') {
            let by_name = leads_to(&[address], private(&["api.test"]));
            assert_eq!(denied(send(by_name, get(server.named("api.test", "/seen"))).await), why);
        }
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_private_address_is_reached_where_it_is_allowed() {
    let server = Server::start().await;
    let seen = |name: &str| get(server.named(name, "/seen"));
    for pattern in ["api.test", "*.test", "127.0.0.0/8", "127.0.0.1", "0.0.0.0/0"] {
        let response = send(leads_to(&["127.0.0.1"], private(&[pattern])), seen("api.test")).await.unwrap();
        assert_eq!(response.status, 200);
        assert!(server.last().contains(&format!("host: api.test:{}\r\n", server.address.port())));
    }
    for pattern in ["other.test", "*.api.test", "10.0.0.0/8", "127.0.0.2", "::/0"] {
        denied(send(leads_to(&["127.0.0.1"], private(&[pattern])), seen("api.test")).await);
    }
    // allow and allow-private are asked both.
    let only_private = FetchOptions { allow: Vec::new(), ..private(&["api.test"]) };
    denied(send(leads_to(&["127.0.0.1"], only_private), seen("api.test")).await);
}

#[tokio::test]
async fn localhost_and_addresses_are_allowed_by_their_own_entry() {
    let server = Server::start().await;
    let local_names = || options(&["localhost:*", "*.localhost:*"]);
    send(local_names(), get(server.named("localhost", "/seen"))).await.unwrap();
    send(leads_to(&["127.0.0.1"], local_names()), get(server.named("a.localhost", "/seen"))).await.unwrap();
    send(local(), get(server.url("/seen"))).await.unwrap();
    send(local(), get(server.named("0x7f.1", "/seen"))).await.unwrap();
    // localhost is this machine and nothing else.
    denied(send(leads_to(&["10.0.0.1"], local_names()), get(server.named("localhost", "/seen"))).await);
    for other in ["[::ffff:127.0.0.1]", "127.0.0.2", "[64:ff9b::7f00:1]", "localhost"] {
        denied(send(local(), get(server.named(other, "/seen"))).await);
    }
}

#[tokio::test]
async fn of_several_addresses_only_the_allowed_are_tried() {
    let server = Server::start().await;
    let seen = || get(server.named("api.test", "/seen"));
    let mixed = ["10.0.0.1", "169.254.169.254", "127.0.0.1", "::1"];
    send(leads_to(&mixed, private(&["127.0.0.1/32"])), seen()).await.unwrap();
    let why = denied(send(leads_to(&mixed, private(&["fd00::/8"])), seen()).await);
    assert!(why.contains("leads to a private address"), "{why}");
    let none = send(leads_to(&[], private(&[])), seen()).await;
    assert_eq!(none, Err(Error::Dns("the name has no address".to_owned())));
}

#[tokio::test]
async fn redirects_are_judged_by_host_and_by_address() {
    let server = Server::start().await;
    let resolver = Resolver::new(|name| {
        let last = if name == "api.test" { 2 } else { 1 };
        std::future::ready(Ok(vec![IpAddr::from([127, 0, 0, last])])).boxed()
    });
    let everywhere = Server::start_at("0.0.0.0:0").await;
    let judged = FetchOptions { resolver, ..private(&["127.0.0.2/32"]) };
    let to = |url: String| get(everywhere.named("api.test", &format!("/to/{url}")));
    let mut execution = live(judged);
    let why = denied(View(&mut execution).send(to(server.url("/seen"))).await.unwrap());
    assert!(why.contains("is not in flux.toml"), "{why}");
    let why = denied(View(&mut execution).send(to(server.named("other.test", "/seen"))).await.unwrap());
    assert!(why.contains("host 'other.test' leads to a loopback address"), "{why}");
    assert_eq!((everywhere.requests(), server.requests()), (2, 0));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_leads_to_what_was_judged() {
    let server = Server::start_at("0.0.0.0:0").await;
    let lookups = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lookups);
    // At first an address that is allowed, and ever after one that is not.
    let resolver = Resolver::new(move |_| {
        let last = if counted.fetch_add(1, Ordering::SeqCst) == 0 { 2 } else { 1 };
        std::future::ready(Ok(vec![IpAddr::from([127, 0, 0, last])])).boxed()
    });
    let mut execution = live(FetchOptions { resolver, ..private(&["127.0.0.2/32"]) });
    let request = || get(server.named("api.test", "/seen"));
    assert_eq!(View(&mut execution).send(request()).await.unwrap().unwrap().status, 200);
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
    let why = denied(View(&mut execution).send(request()).await.unwrap());
    assert!(why.contains("a loopback address"), "{why}");
    assert_eq!((lookups.load(Ordering::SeqCst), server.requests()), (2, 1));
}

#[test]
fn private_patterns_are_ranges_or_hosts() {
    for text in ["10.0.0.0/8", "fd00::/8", "0.0.0.0/0", "10.1.2.3/32", "internal.example.com", "*.corp.test"]
    {
        assert_eq!(text.parse::<PrivatePattern>().unwrap().to_string(), text);
    }
    assert_eq!("10.1.2.3".parse::<PrivatePattern>().unwrap().to_string(), "10.1.2.3/32");
    assert_eq!("fd00::1".parse::<PrivatePattern>().unwrap().to_string(), "fd00::1/128");
    for (text, why) in [
        ("10.0.0.1/8", "is no range"),
        ("10.0.0.0/33", "is no range"),
        ("10.0.0.0/+8", "is no range"),
        ("fd00::/129", "is no range"),
        ("example.com/8", "is no range"),
        ("internal.example.com:80", "is more than a host"),
        ("internal.example.com:*", "is more than a host"),
        ("https://internal.example.com", "is more than a host"),
        ("*", "that is not '*.'"),
        ("", "is no host"),
    ] {
        let error = text.parse::<PrivatePattern>().unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
}
