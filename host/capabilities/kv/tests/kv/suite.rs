//! What every back end does alike.

use flux_cap_kv::{MAX_KEY, MAX_VALUE};
use flux_host::bindings::flux::host::kv::{Condition, Error};

use crate::backends::backends;
use crate::support::{live, play};

fn unavailable(message: &str) -> Result<i64, Error> {
    Err(Error::Unavailable(message.to_owned()))
}

#[tokio::test]
async fn a_value_is_kept_until_it_is_deleted() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        assert_eq!(it.get(main, "k").await, Ok(None));
        assert!(!it.delete(main, "k").await);
        assert_eq!(it.set(main, "k", b"one").await, Ok(true));
        assert_eq!(it.set(main, "k", b"two").await, Ok(true));
        assert_eq!(it.value(main, "k").await, Some(b"two".to_vec()));
        assert!(it.delete(main, "k").await);
        assert_eq!(it.value(main, "k").await, None);
        assert!(!it.delete(main, "k").await);
    })
    .await;
}

#[tokio::test]
async fn empty_is_not_absent() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        assert_eq!(it.set(main, "", b"").await, Ok(true));
        assert_eq!(it.value(main, "").await, Some(vec![]));
        assert_eq!(it.value(main, "other").await, None);
        assert_eq!(it.keys(main, "", None, 10).await.keys, [""]);
    })
    .await;
}

#[tokio::test]
async fn buckets_do_not_see_each_other() {
    play(async |it| {
        let (main, other) = (it.open("main").await.unwrap(), it.open("other").await.unwrap());
        it.set(main, "k", b"main").await.unwrap();
        assert_eq!(it.value(other, "k").await, None);
        assert!(!it.delete(other, "k").await);
        assert_eq!(it.increment(other, "k", 2).await, Ok(2));
        assert_eq!(it.value(main, "k").await, Some(b"main".to_vec()));
        assert_eq!(it.keys(other, "", None, 10).await.keys, ["k"]);
    })
    .await;
}

#[tokio::test]
async fn a_value_ends_with_its_time() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        it.set_for(main, "k", b"v", 100).await;
        it.clock.advance(99);
        assert_eq!(it.value(main, "k").await, Some(b"v".to_vec()));
        assert!(!it.set_if(main, "k", b"w", Condition::Absent).await);
        it.clock.advance(1);
        assert_eq!(it.value(main, "k").await, None);
        assert_eq!(it.keys(main, "", None, 10).await.keys, Vec::<String>::new());
        assert!(!it.delete(main, "k").await);
        it.set_for(main, "k", b"v", 100).await;
        it.clock.advance(100);
        assert!(it.set_if(main, "k", b"w", Condition::Absent).await);
        it.clock.advance(1_000_000);
        assert_eq!(it.value(main, "k").await, Some(b"w".to_vec()), "a set without a time stays");
        it.set_for(main, "long", b"v", u64::MAX).await;
        it.set_for(main, "none", b"v", 0).await;
        assert_eq!(it.keys(main, "", None, 10).await.keys, ["k", "long"]);
    })
    .await;
}

#[tokio::test]
async fn only_the_version_that_was_read_is_replaced() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        it.set(main, "k", b"one").await.unwrap();
        let first = it.version(main, "k").await;
        assert!(it.set_if(main, "k", b"two", Condition::Version(first.clone())).await);
        assert!(!it.set_if(main, "k", b"three", Condition::Version(first.clone())).await);
        assert!(!it.set_if(main, "other", b"v", Condition::Version(first)).await);
        let second = it.version(main, "k").await;
        // The same number is not the same version.
        for wrong in
            [String::new(), "x".to_owned(), format!("0{second}"), format!("+{second}"), "-1".to_owned()]
        {
            assert!(!it.set_if(main, "k", b"v", Condition::Version(wrong.clone())).await, "{wrong:?}");
        }
        assert_eq!(it.value(main, "k").await, Some(b"two".to_vec()));
    })
    .await;
}

#[tokio::test]
async fn a_version_is_not_used_again() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        it.set(main, "k", b"v").await.unwrap();
        let first = it.version(main, "k").await;
        assert!(it.delete(main, "k").await);
        assert!(!it.set_if(main, "k", b"v", Condition::Version(first.clone())).await);
        assert!(it.set_if(main, "k", b"v", Condition::Absent).await);
        assert_ne!(it.version(main, "k").await, first);
        assert!(!it.set_if(main, "k", b"w", Condition::Version(first)).await);
    })
    .await;
}

#[tokio::test]
async fn increments_add() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        assert_eq!(it.increment(main, "n", 5).await, Ok(5));
        assert_eq!(it.increment(main, "n", -7).await, Ok(-2));
        assert_eq!(it.increment(main, "n", 0).await, Ok(-2));
        assert_eq!(it.value(main, "n").await, Some(b"-2".to_vec()));
        it.set_for(main, "t", b"1", 100).await;
        assert_eq!(it.increment(main, "t", 1).await, Ok(2));
        it.clock.advance(100);
        assert_eq!(it.increment(main, "t", 1).await, Ok(1), "an increment keeps the value's time");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_added_stays_as_it_is() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        it.increment(main, "n", i64::MAX).await.unwrap();
        let over = format!("{} + 1 is outside s64", i64::MAX);
        assert_eq!(it.increment(main, "n", 1).await, unavailable(&over));
        assert_eq!(it.value(main, "n").await, Some(i64::MAX.to_string().into_bytes()));
        for value in [&b"x"[..], b"", b" 1", b"1.5", b"\xff", b"99999999999999999999"] {
            it.set(main, "n", value).await.unwrap();
            assert_eq!(it.increment(main, "n", 1).await, unavailable("the value is not a decimal number"));
            assert_eq!(it.value(main, "n").await, Some(value.to_vec()));
        }
    })
    .await;
}

#[tokio::test]
async fn keys_come_in_pages() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        for key in ["b", "a3", "a1", "a", "a2", "A1"] {
            it.set(main, key, b"").await.unwrap();
        }
        let page = it.keys(main, "a", None, 2).await;
        assert_eq!((page.keys, page.next.as_deref()), (vec!["a".to_owned(), "a1".to_owned()], Some("a1")));
        let page = it.keys(main, "a", Some("a1"), 2).await;
        assert_eq!((page.keys, page.next), (vec!["a2".to_owned(), "a3".to_owned()], None));
        assert_eq!(it.keys(main, "", Some(""), 1000).await.keys, ["A1", "a", "a1", "a2", "a3", "b"]);
        assert_eq!(it.keys(main, "a", Some("zz"), 10).await.keys, Vec::<String>::new());
        assert_eq!(it.keys(main, "a", Some("A"), 10).await.keys.len(), 4);
        assert_eq!(it.keys(main, "", None, 0).await.keys, ["A1"], "a limit of 0 is 1");
    })
    .await;
}

#[tokio::test]
async fn a_page_has_at_most_a_thousand_keys() {
    let page = play(async |it| {
        let main = it.open("main").await.unwrap();
        for number in 0..1001 {
            it.set(main, &format!("{number:04}"), b"").await.unwrap();
        }
        let page = it.keys(main, "", None, u32::MAX).await;
        (page.keys.len(), page.next)
    });
    assert_eq!(page.await, (1000, Some("0999".to_owned())));
}

#[tokio::test]
async fn a_prefix_is_no_pattern() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        for key in ["a%b", "a_b", "axb", "a*b", "a\0b", "a'b", "%", "_"] {
            it.set(main, key, b"").await.unwrap();
        }
        for prefix in ["a%", "a_", "a*", "a\0", "a'", "%", "_"] {
            let keys = it.keys(main, prefix, None, 10).await.keys;
            assert_eq!(keys.len(), 1, "{prefix:?}: {keys:?}");
            assert!(keys[0].starts_with(prefix));
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        let (fits, long) = ("k".repeat(MAX_KEY), "k".repeat(MAX_KEY + 1));
        assert_eq!(it.set(main, &fits, b"").await, Ok(true));
        assert_eq!(it.set(main, &long, b"").await, Err(Error::TooLarge));
        assert_eq!(it.increment(main, &long, 1).await, Err(Error::TooLarge));
        assert_eq!(it.set(main, "v", &vec![0; MAX_VALUE + 1]).await, Err(Error::TooLarge));
        assert_eq!(it.get(main, &long).await, Ok(None));
        assert_eq!(it.value(main, "v").await, None);
    })
    .await;
}

#[tokio::test]
async fn another_label_is_denied_with_the_line_to_add() {
    let opened = play(async |it| it.open("carts").await).await;
    let line = "bucket 'carts' is not in flux.toml [FLX0501]; hint: add [kv.carts] with sqlite = \"kv.db\", \
                redis = \"redis://...\" or memory = true";
    assert_eq!(opened, Err(Error::Denied(line.to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_increments_sum_up() {
    let backends = backends().await;
    for (name, backend) in &backends.each {
        let tasks = (0..4).map(|_| {
            let mut guest = live(backend);
            tokio::spawn(async move {
                let main = guest.open("main").await.unwrap();
                for _ in 0..25 {
                    guest.increment(main, "n", 1).await.unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let mut guest = live(backend);
        let main = guest.open("main").await.unwrap();
        assert_eq!(guest.increment(main, "n", 0).await, Ok(100), "{name}");
    }
}
