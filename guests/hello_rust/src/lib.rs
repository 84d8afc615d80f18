//! The smallest guest: what a request costs at least.

use flux_sdk::http::{Request, Response};

#[flux_sdk::http_handler]
fn handle(_request: Request) -> Response {
    Response::status(200).header("content-type", "text/plain").body("hello\n")
}
