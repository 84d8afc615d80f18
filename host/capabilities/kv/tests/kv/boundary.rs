//! What the journal has of a bucket.

use std::sync::Arc;

use flux_cap_kv::Memory;
use flux_recorder::Session;

use crate::support::{guest, play};

#[tokio::test]
async fn a_handle_is_its_label() {
    let labels = play(async |it| {
        let (other, main) = (it.open("other").await.unwrap(), it.open("main").await.unwrap());
        let label =
            |it: &mut crate::support::Guest, rep| it.execution.handles().label(rep).unwrap().to_string();
        (label(it, other), label(it, main))
    });
    assert_eq!(labels.await, ("other".to_owned(), "main".to_owned()));
}

#[tokio::test]
async fn a_handle_that_is_not_open_is_a_trap() {
    use flux_host::bindings::flux::host::kv::HostBucket;
    let mut guest = guest(Session::live([0; 32]), Arc::new(Memory::default()));
    let mut view = flux_cap_kv::View(&mut guest.execution);
    let answer = view.get(wasmtime::component::Resource::new_borrow(9), "k".to_owned()).await;
    assert!(answer.is_err());
}
