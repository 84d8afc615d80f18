//! A guest of the capability that the tests add: it throws a die, and tells who threw what.

use flux_sdk::http::{Request, Response};

use bindings::toy::dice::dice::{Error, Table, note};

mod bindings {
    wit_bindgen::generate!({ world: "player", path: "../wit" });
}

const SIDES: u32 = if cfg!(feature = "changed") { 12 } else { 6 };

#[flux_sdk::http_handler]
fn handle(_request: Request) -> Response {
    match played() {
        Ok(told) => Response::status(200).body(told),
        Err(error) => Response::status(500).body(format!("{error:?}")),
    }
}

fn played() -> Result<String, Error> {
    let throw = Table::open("green")?.roll("may it be high", SIDES)?;
    let slate = note(&format!("{} has {}", throw.player, throw.eyes));
    Ok(format!("{} threw {}; {}", throw.player, throw.eyes, slate.join(", ")))
}
