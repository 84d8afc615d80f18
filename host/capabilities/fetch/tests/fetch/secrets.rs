//! Secrets by placeholder: who gets them, who never does, and what stands in the journal.

use std::sync::Arc;

use flux_cap_fetch::*;
use flux_host::bindings::flux::host::fetch::{Error, Host, Request};
use flux_host::{Outgoing, Secret, Secrets};
use flux_recorder::*;
use flux_replay::Replay;

use crate::recorded::{begin, end};
use crate::server::Server;
use crate::{Answer, execution, get, local, text, with};

const VALUE: &str = "s3cret/v\u{e4}lue +&";
const ENCODED: &str = "s3cret%2Fv%C3%A4lue%20%2B%26";

fn secrets(all: &[(&str, &str, &[&str])]) -> Arc<Secrets> {
    let secret = |value: &str, hosts: &[&str]| Secret {
        value: value.to_owned(),
        hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
    };
    let all = all.iter().map(|(name, value, hosts)| ((*name).to_owned(), secret(value, hosts)));
    Arc::new(Secrets::new(all.collect()))
}

/// Has `key` for one server only.
fn for_server(server: &Server, options: FetchOptions) -> Fetch {
    let host = server.address.to_string();
    Fetch::new(options, secrets(&[("key", VALUE, &[&host]), ("read", "readable", &[])])).unwrap()
}

fn in_bodies(server: &Server) -> FetchOptions {
    FetchOptions { secrets_in_body: vec![server.address.to_string().parse().unwrap()], ..local() }
}

async fn ask(fetch: &Fetch, request: Request) -> Answer {
    View(&mut execution(Session::live([0; 32]), Some(fetch.clone()))).send(request).await.unwrap()
}

fn post(url: String, body: &str) -> Request {
    Request { method: "POST".to_owned(), body: body.as_bytes().to_vec(), ..get(url) }
}

fn denied(answer: Answer) -> String {
    match answer {
        Err(Error::Denied(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_secret_arrives_and_the_guest_never_holds_it() {
    let server = Server::start().await;
    let fetch = for_server(&server, local());
    let request = with("authorization", "Bearer {{secret key}}!", get(server.url("/seen")));
    let response = ask(&fetch, request).await.unwrap();
    assert!(server.last().contains(&format!("authorization: Bearer {VALUE}!\r\n")));
    assert!(text(&response).contains("authorization: Bearer {{secret key}}!\r\n"));
}

#[tokio::test]
async fn in_a_query_it_is_encoded() {
    let server = Server::start().await;
    let fetch = for_server(&server, local());
    for query in [
        "k={{secret key}}&x=%7B%7Bsecret%20key%7D%7D",
        "k={{secret%20key}}&x=%7B%7Bsecret+key%7D%7D",
        // A URL leaves out what breaks lines, wherever it stands.
        "k={{sec\tret \nkey}}&x=%7B%7Bsecret+key%7D%7D",
    ] {
        let response = ask(&fetch, get(server.url(&format!("/seen?{query}")))).await.unwrap();
        // What the guest encoded itself is text from outside.
        let seen = server.last();
        assert!(seen.starts_with(&format!("GET /seen?k={ENCODED}&x=%7B%7Bsecret")), "{seen}");
        assert!(text(&response).starts_with("GET /seen?k={{secret key}}&x="), "{}", text(&response));
    }
    for url in [
        server.url("/{{secret key}}/seen"),
        server.named("{{secret key}}", "/"),
        server.url("/{{secret%20key}}"),
    ] {
        let answer = ask(&fetch, get(url)).await;
        assert!(matches!(&answer, Err(Error::Invalid(why)) if why.contains("query only")), "{answer:?}");
    }
}

#[tokio::test]
async fn a_body_has_it_only_where_that_is_said() {
    let server = Server::start().await;
    let body = "a={{secret key}}&b={{secret key}}";
    let why = denied(ask(&for_server(&server, local()), post(server.url("/echo"), body)).await);
    let line = format!("add \"{}\" to secrets-in-body under [fetch]", server.address);
    assert!(why.contains(&line), "{why}");
    assert_eq!(server.requests(), 0);

    let fetch = for_server(&server, in_bodies(&server));
    let response = ask(&fetch, post(server.url("/echo"), body)).await.unwrap();
    let sent = format!("a={VALUE}&b={VALUE}");
    assert!(server.last().ends_with(&format!("\r\n\r\n{sent}")), "{}", server.last());
    assert!(server.last().contains(&format!("content-length: {}\r\n", sent.len())));
    assert_eq!(text(&response), body);
    let form = with("content-type", "application/x-www-form-urlencoded", post(server.url("/echo"), body));
    assert_eq!(text(&ask(&fetch, form).await.unwrap()), body);
    assert!(server.last().ends_with(&format!("\r\n\r\na={ENCODED}&b={ENCODED}")), "{}", server.last());
}

#[tokio::test]
async fn a_length_that_the_guest_says_is_that_of_its_own_body() {
    let server = Server::start().await;
    let body = "{{secret key}}";
    let request = with("content-length", &body.len().to_string(), post(server.url("/echo"), body));
    ask(&for_server(&server, in_bodies(&server)), request).await.unwrap();
    assert!(server.last().contains(&format!("content-length: {}\r\n", VALUE.len())));
}

#[tokio::test]
async fn other_text_in_braces_is_text() {
    let server = Server::start().await;
    let fetch = for_server(&server, local());
    for body in
        ["{{secret unknown}}", "{{secret }}", "{{secret a b}}", "{{secret key", "{{secret read}}", "{{key}}"]
    {
        assert_eq!(text(&ask(&fetch, post(server.url("/echo"), body)).await.unwrap()), body);
    }
    let nested = "{{secret {{secret read}}";
    let why = denied(ask(&fetch, with("x", nested, get(server.url("/seen")))).await);
    assert!(why.starts_with("secret 'read'"), "{why}");
}

#[tokio::test]
async fn only_the_hosts_of_a_secret_get_it() {
    let (server, other) = (Server::start().await, Server::start().await);
    let fetch = for_server(
        &server,
        FetchOptions { secrets_in_body: vec!["127.0.0.1:*".parse().unwrap()], ..local() },
    );
    let host = other.address;
    for (name, why) in [
        ("key", format!("secret 'key' is not for '{host}'; hint: add \"{host}\" to hosts of [secrets.key]")),
        (
            "read",
            format!("secret 'read' is sent to no host; hint: add hosts = [\"{host}\"] to [secrets.read]"),
        ),
        (
            "new-key",
            format!(
                "secret 'new-key' is not in flux.toml; hint: add\n\
                 [secrets.new-key]\nenv = \"NEW_KEY\"\nhosts = [\"{host}\"]"
            ),
        ),
    ] {
        let text = format!("{{{{secret {name}}}}}");
        for request in [
            with("x-key", &text, get(other.url("/seen"))),
            get(other.url(&format!("/seen?{text}"))),
            post(other.url("/echo"), &text),
        ] {
            assert_eq!(denied(ask(&fetch, request).await), why);
        }
    }
    assert_eq!(other.requests(), 0);
}

#[tokio::test]
async fn a_redirect_takes_no_secret_to_another_host() {
    let (server, other) = (Server::start().await, Server::start().await);
    // Not even to one that may have it: who leads there is the server, not the guest.
    let hosts = secrets(&[("key", VALUE, &["127.0.0.1:*"])]);
    let bodies = FetchOptions { secrets_in_body: vec!["127.0.0.1:*".parse().unwrap()], ..local() };
    let fetch = Fetch::new(bodies, hosts).unwrap();
    let to = |status: &str, url: &str| server.url(&format!("/{status}/{url}"));
    let request = with("x-key", "{{secret key}}", get(to("307", &other.url("/seen?k=[[secret%20key]]"))));
    ask(&fetch, request).await.unwrap();
    assert!(other.last().starts_with("GET /seen?k={{secret%20key}} "), "{}", other.last());
    assert!(!other.last().contains("x-key"), "{}", other.last());

    let requests = other.requests();
    let why = denied(ask(&fetch, post(to("307", &other.url("/seen")), "{{secret key}}")).await);
    assert!(why.contains(&format!("a redirect to '{}'", other.address)), "{why}");
    assert_eq!(other.requests(), requests);
    ask(&fetch, post(to("303", &other.url("/seen")), "{{secret key}}")).await.unwrap();
    assert!(other.last().starts_with("GET /seen ") && !other.last().contains("s3cret"));

    // On the same host it goes along.
    let home = with("x-key", "{{secret key}}", post(to("307", "/echo"), "{{secret key}}"));
    ask(&fetch, home).await.unwrap();
    assert_eq!(server.last().matches(VALUE).count(), 2);
}

#[tokio::test]
async fn a_server_that_repeats_a_secret_in_a_redirect_gives_it_to_its_hosts_only() {
    let (server, other) = (Server::start().await, Server::start().await);
    let fetch = for_server(&server, local());
    let home = server.url(&format!("/302/{}?k={{{{secret key}}}}", server.url("/seen")));
    ask(&fetch, get(home)).await.unwrap();
    assert!(server.last().starts_with(&format!("GET /seen?k={ENCODED} ")), "{}", server.last());
    let away = server.url(&format!("/302/{}?k={{{{secret key}}}}", other.url("/seen")));
    let why = denied(ask(&fetch, get(away)).await);
    assert!(why.starts_with("a redirect would take secret 'key' to "), "{why}");
    assert_eq!(other.requests(), 0);
}

#[tokio::test]
async fn many_placeholders_are_too_large_before_they_are_filled_in() {
    let server = Server::start().await;
    let host = server.address.to_string();
    let long = "v".repeat(5000);
    let options = FetchOptions { max_request: 10_000, max_headers: 10_000, ..in_bodies(&server) };
    let fetch = Fetch::new(options, secrets(&[("key", &long, &[&host])])).unwrap();
    let three = "{{secret key}}".repeat(3);
    for request in [
        with("x-key", &three, get(server.url("/seen"))),
        get(server.url(&format!("/seen?{three}"))),
        post(server.url("/echo"), &three),
    ] {
        assert_eq!(ask(&fetch, request).await, Err(Error::TooLarge));
    }
    let headers = vec![("x-key".to_owned(), "{{secret key}}".to_owned()); 3];
    assert_eq!(ask(&fetch, Request { headers, ..get(server.url("/seen")) }).await, Err(Error::TooLarge));
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn no_error_has_the_value() {
    let server = Server::start().await;
    let host = server.address.to_string();
    let refused = crate::server::unused().await;
    let all = secrets(&[("bad", "line\nbreak", &[&host]), ("key", VALUE, &["127.0.0.1:*"])]);
    let fetch = Fetch::new(local(), all).unwrap();
    let bad = ask(&fetch, with("x-key", "{{secret bad}}", get(server.url("/seen")))).await;
    assert_eq!(bad, Err(Error::Invalid("header: the value of x-key has a control character".to_owned())));
    for url in [
        format!("http://{refused}/?k={{{{secret key}}}}"),
        server.url("/garbage?k={{secret key}}"),
        server.url("/302/http://x.test/?k={{secret key}}"),
        server.url("/seen?k={{secret key}}").replace("http:", "https:"),
    ] {
        let error = format!("{:?}", ask(&fetch, with("x-key", "{{secret key}}", get(url))).await);
        assert!(!error.contains("s3cret"), "{error}");
    }
    assert!(!format!("{fetch:?}").contains("s3cret"));
}

#[test]
fn a_secret_for_what_is_no_host_is_an_error() {
    let error = Fetch::new(local(), secrets(&[("key", VALUE, &["api.test/path"])])).unwrap_err();
    assert_eq!(error.to_string(), "the hosts of secret 'key'");
    assert!(matches!(error, FetchError::SecretHost { source: HostPatternError::More(_), .. }));
}

#[test]
fn roots_that_are_none_are_an_error() {
    let pem = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let error = Fetch::new(FetchOptions { roots: Some(pem.to_owned()), ..local() }, Arc::default());
    assert!(matches!(error, Err(FetchError::Roots(_))), "{error:?}");
}

#[tokio::test]
async fn the_journal_has_the_placeholder_and_replays_alike() {
    let server = Server::start().await;
    let fetch = for_server(&server, in_bodies(&server));
    let header = |path: &str| with("x-key", "{{secret key}}", get(server.url(path)));
    let requests = vec![
        header("/seen"),
        get(server.url("/seen?k={{secret key}}")),
        post(server.url("/echo"), "{{secret key}}"),
    ];
    let journal = MemoryJournal::default();
    let session = Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).unwrap();
    let mut recorded = execution(session, Some(fetch));
    let mut answers = View(&mut recorded).send_all(requests.clone()).await.unwrap();
    answers.push(View(&mut recorded).send(header("/seen")).await.unwrap());
    // What comes to know the value in another way is recorded by its name as well.
    recorded.mark("note", VALUE).unwrap();
    recorded.mark("note", ENCODED).unwrap();
    recorded.end(end()).unwrap();
    assert_eq!(server.requests(), 4);

    let bytes = journal.bytes();
    let journal = String::from_utf8_lossy(&bytes);
    assert!(journal.contains("{{secret key}}"));
    assert!(!journal.contains("s3cret"), "{journal}");
    // A value in the hands of the guest is another text than the placeholder, and says how it is spelt.
    assert!(journal.contains(" &+/\u{e9}-") && journal.contains("%20%26%2B%2F%C3%A9-"), "{journal}");
    let mut replay = Replay::by_the_same(Arc::new(Recording::read(bytes.clone()).unwrap()));
    let mut replayed = execution(replay.session(), None);
    let mut again = View(&mut replayed).send_all(requests).await.unwrap();
    again.push(View(&mut replayed).send(header("/seen")).await.unwrap());
    assert_eq!(again, answers);
    replayed.end(end()).unwrap();
    assert_eq!(replay.report().unwrap().unwrap().divergences, []);
}

#[tokio::test]
async fn wasi_http_has_the_same_secrets_and_limits() {
    let server = Server::start().await;
    let outgoing: Arc<dyn Outgoing> = Arc::new(for_server(&server, local()));
    let request = with("x-key", "{{secret key}} {{secret read}}", get(server.url("/seen")));
    let named = outgoing.secrets(&request);
    assert_eq!(named, [("key".to_owned(), VALUE.to_owned())]);
    denied(outgoing.send_exactly(request).await);
    let request = with("x-key", "{{secret key}}", get(server.url("/seen")));
    let answer = tokio::spawn(outgoing.send_exactly(request)).await.unwrap().unwrap();
    assert!(text(&answer).contains("x-key: {{secret key}}\r\n"));
    assert!(server.last().contains(VALUE));
}
