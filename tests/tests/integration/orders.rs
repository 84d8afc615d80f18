//! The sample application, from the first request to the last receipt.

use serde_json::{Value, json};

use crate::shop::{Shop, ask, document, mailed, order_id, place, poll, set_price, tail, trace};
use crate::support::{Project, guest, request};

#[test]
fn an_order_is_priced_charged_stored_and_mailed() {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    let placed = document(&place(&server, 3, "ann@example.org", 201));
    assert_eq!(placed["amount_cents"], 3750);
    assert_eq!(placed["status"], "placed");
    let read = mailed(&server, placed["id"].as_str().expect("an id"));
    let mut expected = placed;
    expected["status"] = json!("mailed");
    assert_eq!(read, expected);
}

#[test]
fn each_failure_has_its_status_and_says_why() {
    let shop = Shop::new();
    let server = shop.serve();
    let unpriced = place(&server, 1, "ann@example.org", 404);
    assert_eq!(document(&unpriced)["detail"], "there is no price for tea");
    set_price(&server);
    let broke = place(&server, 1, "broke@example.org", 502);
    assert_eq!(document(&broke)["detail"], "the payment service answered 402");
    let wrong = place(&server, 0, "nobody", 422);
    let faults = "quantity must be an integer from 1 to 1000; email must be an address";
    assert_eq!(document(&wrong)["detail"], faults);
    assert_eq!(ask(&server, "POST", "/orders", "no json").status, 400);
    assert_eq!(ask(&server, "GET", "/orders/none", "").status, 404);
    let orders = document(&ask(&server, "GET", "/orders", ""));
    assert_eq!(orders, json!({ "orders": [], "next": null }), "a failed order must not be stored");
}

#[test]
fn a_page_ends_where_the_next_begins() {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    let mut placed: Vec<_> =
        (1..=5).map(|pieces| order_id(&place(&server, pieces, "ann@example.org", 201))).collect();
    placed.sort();
    let (mut read, mut path) = (Vec::new(), "/orders?limit=2".to_owned());
    loop {
        let page = document(&ask(&server, "GET", &path, ""));
        let orders = page["orders"].as_array().expect("a page has orders");
        read.extend(orders.iter().map(|order| order["id"].as_str().expect("an id").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(orders.len(), 2);
        path = format!("/orders?limit=2&cursor={next}");
    }
    assert_eq!(read, placed);
    assert_eq!(ask(&server, "GET", "/orders?limit=0", "").status, 422);
}

#[test]
fn a_receipt_that_is_postponed_is_tried_again() {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    let id = order_id(&place(&server, 1, "flaky@example.org", 201));
    mailed(&server, &id);
    server.stop();
    let jobs: Vec<_> = tail(&shop.project).into_iter().filter(|it| it["kind"] == "job").collect();
    let failed: Vec<_> = jobs.iter().map(|job| job["failed"].clone()).collect();
    assert_eq!(failed, [true, false], "{jobs:?}");
    let ended = |job: &Value| trace(&shop.project, job["id"].as_str().expect("an id")).pop().expect("an end");
    assert_eq!(ended(&jobs[0])["outcome"], "err(retry(\"the mail server asks to try again\"))");
    assert_eq!(ended(&jobs[1])["outcome"], "ok");
}

#[test]
fn a_trace_has_every_call_in_its_order() {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    let answer = place(&server, 3, "ann@example.org", 201);
    server.stop();
    let id = answer.execution.clone().expect("an id");
    let events = trace(&shop.project, &id);
    let calls: Vec<_> = events.iter().filter(|event| event["event"] == "call").collect();
    let functions: Vec<_> = calls.iter().map(|call| call["function"].as_str().unwrap_or_default()).collect();
    let expected = [
        "kv.bucket.get",
        "fetch.send",
        "db.connection.begin",
        "db.transaction.execute",
        "db.transaction.commit",
        "queue.send",
    ];
    assert_eq!(functions, expected);
    assert_eq!(calls[0]["args"], json!(["prices", "tea"]));
    let charge = &calls[1]["args"][0];
    assert!(charge["url"].as_str().is_some_and(|url| url.starts_with(&shop.payments.url)), "{charge}");
    assert_eq!(charge["body"]["amount_cents"], 3750, "a body in JSON is that JSON: {charge}");
    assert!(calls[5]["args"].to_string().contains(&order_id(&answer)));
    assert_eq!((&events[0]["event"], &events[0]["id"]), (&json!("begin"), &json!(id)));
    assert_eq!(events.last().map(|end| &end["outcome"]), Some(&json!("201")));
}

#[test]
fn a_tail_names_what_was_asked_and_how_it_ended() {
    let shop = Shop::new();
    let server = shop.serve();
    set_price(&server);
    let answers = [
        place(&server, 1, "broke@example.org", 502),
        place(&server, 0, "ann@example.org", 422),
        ask(&server, "GET", "/orders", ""),
    ];
    // While it runs too, not only after it.
    let shown = tail(&shop.project);
    for (answer, name) in answers.iter().zip(["POST /orders", "POST /orders", "GET /orders"]) {
        let found = shown.iter().find(|it| it["id"].as_str() == answer.execution.as_deref());
        let found = found.unwrap_or_else(|| panic!("{answer:?} is not in {shown:?}"));
        assert_eq!((&found["name"], &found["status"]), (&json!(name), &json!(answer.status)));
        assert_eq!(found["outcome"], "returned");
        assert_eq!(found["failed"], answer.status >= 500);
    }
}

#[test]
fn health_and_readiness_have_an_address_of_their_own() {
    let shop = Shop::new();
    let server = shop.serve();
    let health = request(&server.admin, "GET", "/healthz", "").expect("it is answered");
    assert_eq!((health.status, health.body.as_slice()), (200, b"ok\n".as_slice()));
    let ready = request(&server.admin, "GET", "/readyz", "").expect("it is answered");
    assert_eq!(ready.status, 200);
    let ready = document(&ready);
    assert_eq!((&ready["ready"], &ready["spool"]["dropped"]), (&json!(true), &json!(0)));
    assert_eq!(ready["guests"]["orders"].as_str().map(str::len), Some(64));
    let elsewhere = request(&server.http, "GET", "/healthz", "").expect("it is answered");
    assert_eq!(elsewhere.status, 404);
}

#[test]
fn a_shutdown_answers_what_runs() {
    let project = Project::of_guest(&guest("trouble_rust", ""), "");
    let server = project.serve(&[]);
    let http = server.http.clone();
    let slow = std::thread::spawn(move || request(&http, "GET", "/sleep?ms=1500", ""));
    poll("the slow request", || tail(&project).iter().any(|it| it["outcome"] == "running").then_some(()));
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    let answer = slow.join().expect("the client ended").expect("it was answered");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"slept 1500 ms\n".as_slice()));
    let shown = tail(&project);
    assert_eq!(shown.len(), 1);
    assert_eq!((&shown[0]["outcome"], &shown[0]["status"]), (&json!("returned"), &json!(200)));
}
