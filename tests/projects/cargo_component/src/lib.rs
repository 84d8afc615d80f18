//! A guest that was made with cargo-component. Its bindings are what that generated.

#[allow(warnings)]
mod bindings;

use bindings::exports::flux::host::http_handler::{Guest, Request, Response};
use bindings::flux::host::clock;

struct Component;

impl Guest for Component {
    fn handle(request: Request) -> Response {
        let passed = clock::now().seconds > 0;
        let body = format!("{} {}\n", request.path, if passed { "after 1970" } else { "in 1970" });
        Response { status: 200, headers: Vec::new(), body: body.into_bytes() }
    }
}

bindings::export!(Component with_types_in bindings);
