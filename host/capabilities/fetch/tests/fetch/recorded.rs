//! What a guest is answered live, it is answered when recorded and when replayed.

use std::sync::Arc;

use flux_host::bindings::flux::host::fetch::{Error, Host, Request};
use flux_host::{Environment, Execution, System};
use flux_recorder::*;
use flux_replay::Replay;

use crate::server::Server;
use crate::{Answer, execution, fetch, get, live, local};
use flux_cap_fetch::View;

/// What a guest does that fetches in every way; `together` is another way to write the same.
async fn guest(execution: &mut Execution, server: &Server, together: bool) -> Vec<Answer> {
    let mut view = View(execution);
    let echo = Request { method: "POST".to_owned(), body: vec![0, 159, 255], ..get(server.url("/echo")) };
    let requests = vec![echo, get(server.url("/teapot")), get("http://x.invalid"), get("nothing")];
    if together {
        return view.send_all(requests).await.unwrap();
    }
    let mut answers = Vec::new();
    for request in requests {
        answers.push(view.send(request).await.unwrap());
    }
    answers
}

pub fn begin() -> Begin {
    let trigger = Trigger { kind: "test".to_owned(), name: "fetch".to_owned(), input: Vec::new() };
    let (id, engine) = (System::new().id(), "none".to_owned());
    Begin { id, parent: None, guest: Digest([0; 32]), engine, seed: [0; 32], started_ns: 0, trigger }
}

pub fn end() -> End {
    End { outcome: returned(&()), elapsed_ns: 0, peak_memory: 0 }
}

#[tokio::test]
async fn a_guest_is_answered_the_same_live_recorded_and_replayed() {
    for together in [false, true] {
        let mut server = Server::start().await;
        let answers = guest(&mut live(local()), &server, together).await;
        assert_eq!(answers[0].as_ref().unwrap().body, [0, 159, 255]);

        let journal = MemoryJournal::default();
        let session = Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).unwrap();
        let mut recorded = execution(session, Some(fetch(local())));
        assert_eq!(guest(&mut recorded, &server, together).await, answers);
        recorded.end(end()).unwrap();
        let (requests, _) = (server.requests(), server.stop());

        let recording = Arc::new(Recording::read(journal.bytes()).unwrap());
        // Code that sends one by one what was sent together, or the other way, is the same code.
        for replay_together in [false, true] {
            let mut replay = Replay::by_the_same(Arc::clone(&recording));
            let mut replayed = execution(replay.session(), None);
            assert_eq!(guest(&mut replayed, &server, replay_together).await, answers);
            replayed.end(end()).unwrap();
            let found = replay.report().unwrap().unwrap();
            assert_eq!((found.divergences, found.answered), (Vec::new(), 4));
        }
        assert_eq!(server.requests(), requests);
    }
}

#[tokio::test]
async fn answers_are_recorded_as_they_arrive() {
    let server = Server::start().await;
    let journal = MemoryJournal::default();
    let session = Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).unwrap();
    let mut execution = execution(session, Some(fetch(local())));
    // The first is never answered; the time of the request ends it after the second is recorded.
    let slow = Request { timeout_ms: Some(50), ..get(server.url("/never")) };
    let sent = View(&mut execution).send_all(vec![slow, get("nothing")]).await.unwrap();
    assert_eq!(sent[0], Err(Error::Timeout));
    let recording = Recording::read(journal.bytes()).unwrap();
    assert_eq!(recording.returns, [1, 0]);
    let results: Vec<_> = (0..2).map(|at| recording.result(at).map(<[u8]>::to_vec)).collect();
    assert_eq!(results, sent.iter().map(|answer| Some(answer.to_canonical())).collect::<Vec<_>>());
}
