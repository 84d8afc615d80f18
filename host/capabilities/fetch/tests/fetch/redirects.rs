//! Redirects: judged like a first request, and what goes with them to another host.

use flux_cap_fetch::{FetchOptions, Redirect};
use flux_host::bindings::flux::host::fetch::{Error, Request};

use crate::server::Server;
use crate::{get, header, local, options, send, text, with};

#[tokio::test]
async fn redirects_are_followed_to_allowed_hosts_only() {
    let server = Server::start().await;
    let home = server.url("/seen");
    let to = |url: &str| get(server.url(&format!("/to/{url}")));
    let request = with("authorization", "secret", to(&home));
    let seen = send(local(), request).await.unwrap();
    assert!(text(&seen).contains("authorization: secret"));
    assert!(!text(&seen).contains("referer"));

    let other = Server::start().await;
    let request = with("authorization", "secret", to(&other.url("/seen")));
    let seen = send(local(), request).await.unwrap();
    assert!(text(&seen).contains(&other.address.to_string()));
    assert!(!text(&seen).contains("secret"));

    let only_first = || options(&[&server.address.to_string()]);
    let denied = send(only_first(), to(&other.url("/seen"))).await;
    let (address, requests) = (other.address, other.requests());
    let why = format!(
        "host '{address}' is not in flux.toml [FLX0502]; hint: add \"{address}\" to allow under [fetch]"
    );
    assert_eq!(denied, Err(Error::Denied(why)));
    assert_eq!(requests, 1);
    let user = send(local(), to(&home.replace("//", "//me@"))).await;
    assert_eq!(user, Err(Error::Protocol("a redirect names a user".to_owned())));
}

#[tokio::test]
async fn redirects_end() {
    let server = Server::start().await;
    let few = FetchOptions { max_redirects: 3, ..local() };
    let ended = send(few, get(server.url("/loop"))).await;
    assert_eq!(ended, Err(Error::Protocol("more than 3 redirects".to_owned())));
    assert_eq!(server.requests(), 4);
    let none = FetchOptions { max_redirects: 0, ..local() };
    let response = send(none, get(server.url("/loop"))).await.unwrap();
    assert_eq!((response.status, header(&response, "location")), (302, Some("/loop")));
}

#[tokio::test]
async fn what_is_for_one_host_goes_to_no_other_and_not_back() {
    let (first, other) = (Server::start().await, Server::start().await);
    let back = first.url("/seen");
    let url = first.url(&format!("/to/{}", other.url(&format!("/to/{back}"))));
    let headers = ["authorization", "cookie", "x-plain"].map(|name| (name.to_owned(), "mine".to_owned()));
    send(local(), Request { headers: headers.to_vec(), ..get(url) }).await.unwrap();
    for seen in [other.last(), first.last()] {
        assert!(seen.contains("x-plain: mine"), "{seen}");
        assert!(!seen.contains("authorization") && !seen.contains("cookie"), "{seen}");
    }
    assert_eq!(first.requests(), 2);
}

#[tokio::test]
async fn the_status_says_whether_method_and_body_go_along() {
    let (server, other) = (Server::start().await, Server::start().await);
    for (method, status, becomes) in [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("PUT", 302, "PUT"),
        ("HEAD", 303, "HEAD"),
        ("POST", 307, "POST"),
        ("PUT", 308, "PUT"),
    ] {
        let url = server.url(&format!("/{status}/{}", other.url("/seen")));
        let request = Request { method: method.to_owned(), body: b"four".to_vec(), ..get(url) };
        send(local(), with("content-type", "text/plain", request)).await.unwrap();
        let seen = other.last();
        assert!(seen.starts_with(&format!("{becomes} /seen ")), "{method} {status}: {seen}");
        assert_eq!(seen.ends_with("four"), becomes != "GET", "{method} {status}: {seen}");
        assert_eq!(seen.contains("content-type"), becomes != "GET", "{method} {status}: {seen}");
        assert!(seen.contains(&format!("host: {}\r\n", other.address)), "{seen}");
    }
}

#[tokio::test]
async fn a_redirect_that_leads_nowhere_is_the_response() {
    let server = Server::start().await;
    let response = send(local(), get(server.url("/304/x"))).await.unwrap();
    assert_eq!(response.status, 304);
    let response = send(local(), get(server.url("/302/http://[/"))).await.unwrap();
    assert_eq!((response.status, header(&response, "location")), (302, Some("http://[/")));
    let ftp = send(local(), get(server.url("/302/ftp://127.0.0.1/"))).await;
    assert_eq!(ftp, Err(Error::Protocol("a redirect leads to ftp, not http or https".to_owned())));
}

#[tokio::test]
async fn a_redirect_is_what_flux_toml_makes_of_it() {
    let server = Server::start().await;
    let to = server.url(&format!("/307/{}", server.url("/seen")));
    let set = |redirect| FetchOptions { redirect, ..local() };
    let followed = send(set(Redirect::Follow), get(&to)).await.unwrap();
    assert_eq!((followed.status, server.requests()), (200, 2));
    let response = send(set(Redirect::Manual), get(&to)).await.unwrap();
    assert_eq!((response.status, server.requests()), (307, 3));
    assert_eq!(header(&response, "location"), Some(server.url("/seen").as_str()));
    let refused = send(set(Redirect::Error), get(&to)).await;
    let address = server.address.to_string();
    assert!(matches!(&refused, Err(Error::Protocol(why)) if why.contains(&address)), "{refused:?}");
    assert_eq!(server.requests(), 4);
}
