//! One shop in every language: what one of them did, each of the others does again.
//!
//! A verdict of 'identical' is parity to the byte: the same calls in the same order, each with the same
//! canonical arguments, and the same result. Ids and times are the recorded ones, so nothing has to be
//! left out of the comparison.

use std::fmt::Write;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shop::{ask, order_id, place, poll, set_price, tail};
use crate::support::{Payments, Project, Server, in_all_languages};

/// Executions of [`served`]: 18 requests, and five jobs of four orders.
const EXECUTIONS: usize = 23;

/// A shop of this component that has served everything that it can be asked, and has stopped.
fn served(component: &Path) -> Project {
    let project = Project::orders_of(component);
    let payments = Payments::start();
    let server = project.serve(&[("FLUX_CONFIG_PAYMENTS_URL", &payments.url)]);
    sell(&server);
    refuse(&server);
    let is_done = |it: &Value| it["kind"] == "job" && it["outcome"] == "returned" && it["failed"] == false;
    poll("four receipts", || (tail(&project).iter().filter(|it| is_done(it)).count() == 4).then_some(()));
    server.stop();
    // The payment service is gone: an answer of the fetch capability, not of a server.
    let server = project.serve(&[("FLUX_CONFIG_PAYMENTS_URL", "http://127.0.0.1:1")]);
    place(&server, 1, "ann@example.org", 502);
    server.stop();
    project
}

fn sell(server: &Server) {
    set_price(server);
    let id = order_id(&place(server, 1, "ann@example.org", 201));
    place(server, 3, "flaky@example.org", 201);
    place(server, 1000, "zoë@example.org", 201);
    let float = "{\"email\":\"bob@example.org\",\"quantity\":2.0,\"sku\":\"tea\",\"note\":null}";
    assert_eq!(ask(server, "POST", "/orders", float).status, 201);
    for path in [&format!("/orders/{id}"), "/orders", "/orders?limit=2", "/orders?cursor=8&limit=1"] {
        assert_eq!(ask(server, "GET", path, "").status, 200, "{path}");
    }
}

fn refuse(server: &Server) {
    place(server, 1, "broke@example.org", 502);
    place(server, 1, "down@example.org", 502);
    place(server, 0, "nobody", 422);
    let unpriced = "{\"sku\":\"coffee\",\"quantity\":1,\"email\":\"ann@example.org\"}";
    assert_eq!(ask(server, "POST", "/orders", unpriced).status, 404);
    assert_eq!(ask(server, "POST", "/orders", "no json").status, 400);
    assert_eq!(ask(server, "PUT", "/prices/tea", "{\"cents\":1.5}").status, 422);
    assert_eq!(ask(server, "GET", "/orders/none", "").status, 404);
    assert_eq!(ask(server, "GET", "/orders?limit=0", "").status, 422);
}

#[test]
fn a_shop_recorded_in_any_language_replays_against_any_other() {
    let Some(components) = in_all_languages("orders") else { return };
    let found: String = std::thread::scope(|scope| {
        let shops = components.iter().map(|shop| scope.spawn(|| replayed_by_others(shop, &components)));
        let shops: Vec<_> = shops.collect();
        shops.into_iter().map(|shop| shop.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    assert!(found.is_empty(), "not identical:\n{found}");
}

/// What differs when a shop of one language is replayed against each of the others.
fn replayed_by_others(shop: &(&str, PathBuf), components: &[(&str, PathBuf)]) -> String {
    let (recorded, component) = shop;
    let project = served(component);
    let mut found = String::new();
    for (replayed, component) in components.iter().filter(|(language, _)| language != recorded) {
        for difference in replay(&project, component) {
            let _ = writeln!(found, "{recorded} against {replayed}: {difference}");
        }
    }
    found
}

/// What is not identical when all executions of a project are replayed against another component.
fn replay(project: &Project, against: &Path) -> Vec<String> {
    let against = against.display().to_string();
    let (status, report) = project.flux_json(&["replay", "--last", "100", "--against", &against]);
    let executions = report["executions"].as_array().expect("a report has executions");
    assert_eq!(executions.len(), EXECUTIONS, "{report}");
    let differs = |it: &Value| {
        let calls = &it["calls"];
        it["verdict"] != "identical" || it["outputDiffers"] == true || calls["answered"] != calls["recorded"]
    };
    let found: Vec<_> = executions.iter().filter(|it| differs(it)).map(ToString::to_string).collect();
    assert_eq!(status == 0, report["pass"] == true, "{report}");
    found
}
