//! The sample application with its payment endpoint, for the tests of several modules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Answer, Payments, Project, Server, request};

/// orders in a project of its own, and what takes its payments.
pub struct Shop {
    pub project: Project,
    pub payments: Payments,
}

impl Shop {
    pub fn new() -> Self {
        Self { project: Project::orders(), payments: Payments::start() }
    }

    pub fn serve(&self) -> Server {
        self.project.serve(&[("FLUX_CONFIG_PAYMENTS_URL", &self.payments.url)])
    }
}

/// What an order for some pieces of `tea` is.
pub fn order(quantity: i64, email: &str) -> String {
    format!("{{\"sku\":\"tea\",\"quantity\":{quantity},\"email\":\"{email}\"}}")
}

/// A request that is answered, with an execution's id.
pub fn ask(server: &Server, method: &str, path: &str, body: &str) -> Answer {
    let answer = request(&server.http, method, path, body).expect("it is answered");
    assert!(answer.execution.is_some(), "{method} {path}: no x-flux-execution: {answer:?}");
    answer
}

/// An order that has to be answered with a status.
pub fn place(server: &Server, quantity: i64, email: &str, status: u16) -> Answer {
    let answer = ask(server, "POST", "/orders", &order(quantity, email));
    assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
    answer
}

/// Sets the price of `tea`: 12.50.
pub fn set_price(server: &Server) {
    assert_eq!(ask(server, "PUT", "/prices/tea", "{\"cents\":1250}").status, 204);
}

/// A body that is a JSON document.
pub fn document(answer: &Answer) -> Value {
    let value = serde_json::from_slice(&answer.body);
    value.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&answer.body)))
}

/// The id in an answer's order.
pub fn order_id(answer: &Answer) -> String {
    document(answer)["id"].as_str().expect("an order has an id").to_owned()
}

/// Looks until there is something, 400 times at the most.
pub fn poll<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = look() {
            return found;
        }
        pause();
    }
    panic!("it never came: {what}");
}

/// A twentieth of a second.
#[expect(clippy::disallowed_methods, reason = "another process has no event to wait for; tries are counted")]
pub fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

/// Waits until an order's receipt went out; the order.
pub fn mailed(server: &Server, id: &str) -> Value {
    poll("the receipt", || {
        let order = document(&ask(server, "GET", &format!("/orders/{id}"), ""));
        (order["status"] == "mailed").then_some(order)
    })
}

/// What `flux tail --json` shows, oldest first.
pub fn tail(project: &Project) -> Vec<Value> {
    let said = project.flux(&["tail", "-n", "100000", "--json"]);
    assert_eq!(said.status, 0, "{said:?}");
    said.stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON document a line")).collect()
}

/// The events of an execution.
pub fn trace(project: &Project, id: &str) -> Vec<Value> {
    let (status, value) = project.flux_json(&["trace", id]);
    assert_eq!(status, 0, "{value}");
    value["events"].as_array().expect("a trace has events").clone()
}

/// Every file below a folder, with its bytes.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            found.insert(path, bytes);
        }
    }
    found
}
