//! The functions of `fetch` over values. A request goes on beside the guest, and beside other requests.

use flux_host::bindings::flux::host::fetch::{self, Request};
use flux_host::{Begun, Execution, Function, Started, value_of};
use futures_util::FutureExt as _;
use wasmtime::Result;

use crate::view::start;
use crate::{Fetch, View};

pub(crate) fn all() -> Vec<Function> {
    vec![
        Function::beside("send", |it, (request,)| begin(it, request)),
        Function::in_turn("send-all", |it, (requests,): (Vec<Request>,)| {
            async move { fetch::Host::send_all(&mut View(it), requests).await }.boxed()
        }),
    ]
}

fn begin(it: &mut Execution, request: Request) -> Result<Begun> {
    Ok(match start(it, &request)? {
        Started::Answered(recorded) => Begun::Answered(value_of(&recorded)),
        Started::Unanswered => Begun::Unanswered("fetch.send"),
        Started::Acts(pending) => {
            let fetch = it.live::<Fetch>()?;
            Begun::Acts(pending, async move { value_of(&fetch.send(request).await) }.boxed())
        }
    })
}
