//! What a guest does after its response is complete.

use wasip2::clocks::monotonic_clock;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    Fields, FutureIncomingResponse, OutgoingBody, OutgoingRequest, ResponseOutparam, Scheme,
};
use wasip2::io::poll::poll;

/// Longer than any test.
const HOUR: u64 = 3_600_000_000_000;

/// Answers, and does then what `how` says.
pub fn after(how: &str, out: ResponseOutparam) {
    let body = super::answer(out);
    OutgoingBody::finish(body, None).expect("it is whole");
    match how {
        "panic" => panic!("after the response"),
        "wait" => monotonic_clock::subscribe_duration(HOUR).block(),
        "loop" => endless(),
        "exit" => exit(),
        _ => {}
    }
}

/// Sets the head, which is all that a HEAD needs.
pub fn head(out: ResponseOutparam) {
    let _body = super::begin(out);
    panic!("after the head");
}

/// Asks a server that does not answer, waits for a timer instead, and answers.
pub fn race(authority: &str, out: ResponseOutparam) {
    let slow = ask(authority);
    let timer = monotonic_clock::subscribe_duration(1_000_000);
    let ready = poll(&[&slow.subscribe(), &timer]);
    assert_eq!(ready, [1], "the timer is first");
    drop(slow);
    after("", out);
}

/// Fails while a request is under way.
pub fn ask_and_panic(authority: &str) {
    let _slow = ask(authority);
    panic!("with a request under way");
}

fn ask(authority: &str) -> FutureIncomingResponse {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
    request.set_authority(Some(authority)).expect("an authority");
    request.set_path_with_query(Some("/never")).expect("a path");
    outgoing_handler::handle(request, None).expect("it is sent")
}

/// Reads a clock for as long as it is let.
pub fn clocks() {
    while monotonic_clock::now() < u64::MAX {}
}

/// Computes for as long as it is let.
pub fn endless() {
    let mut number = 0_u64;
    loop {
        number = std::hint::black_box(number.wrapping_add(1));
    }
}

/// Ends the guest in its handler.
#[expect(clippy::disallowed_methods, reason = "what comes of it is the point")]
fn exit() -> ! {
    std::process::exit(0)
}
