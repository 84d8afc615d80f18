//! What back ends may get wrong, each in its own way: the same on all of them.

use flux_cap_kv::MAX_VALUE;
use flux_host::bindings::flux::host::kv::{Condition, Error};

use crate::support::{Guest, play};

#[tokio::test]
async fn keys_and_values_are_any_bytes() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        let all: Vec<u8> = (0..=255).collect();
        let mut keys =
            ["", "\0", "a\0b", "\r\n", "{x}", "}", "*", "[a-z]", "?", "%25", "\u{10ffff}", "(", "+", "-"];
        for key in keys {
            let value = [&all, key.as_bytes()].concat();
            assert_eq!(it.set(main, key, &value).await, Ok(true));
        }
        for key in keys {
            assert_eq!(it.value(main, key).await, Some([&all, key.as_bytes()].concat()), "{key:?}");
        }
        keys.sort_unstable();
        assert_eq!(it.keys(main, "", None, 100).await.keys, keys);
        for key in keys {
            assert!(it.delete(main, key).await, "{key:?}");
        }
        assert_eq!(it.keys(main, "", None, 100).await.keys, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn the_largest_value_comes_back() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        let value = vec![0xa5; MAX_VALUE];
        assert_eq!(it.set(main, "k", &value).await, Ok(true));
        assert!(it.value(main, "k").await == Some(value));
    })
    .await;
}

#[tokio::test]
async fn increments_are_exact_over_the_whole_range() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        assert_eq!(it.increment(main, "n", i64::MIN).await, Ok(i64::MIN));
        assert_eq!(it.increment(main, "n", i64::MAX).await, Ok(-1));
        assert_eq!(it.increment(main, "n", i64::MAX).await, Ok(i64::MAX - 1));
        assert_eq!(it.increment(main, "n", 1).await, Ok(i64::MAX));
        let odd = (1 << 53) + 1;
        assert_eq!(it.increment(main, "odd", odd).await, Ok(odd));
        assert_eq!(it.increment(main, "odd", 2).await, Ok(odd + 2));
        it.increment(main, "low", i64::MIN).await.unwrap();
        let under = Error::Unavailable(format!("{} + -1 is outside s64", i64::MIN));
        assert_eq!(it.increment(main, "low", -1).await, Err(under));
        assert_eq!(it.increment(main, "low", 0).await, Ok(i64::MIN));
    })
    .await;
}

#[tokio::test]
async fn a_number_is_read_with_its_sign_and_zeros() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        let zeros = "0".repeat(1000);
        for (text, sum) in [("+3", 4), ("007", 8), ("-0", 1), ("-001", 0), ("+0", 1), (&(zeros + "9"), 10)] {
            it.set(main, "n", text.as_bytes()).await.unwrap();
            assert_eq!(it.increment(main, "n", 1).await, Ok(sum), "{text}");
            assert_eq!(it.value(main, "n").await, Some(sum.to_string().into_bytes()));
        }
        let most = format!("+00{}", i64::MAX);
        it.set(main, "n", most.as_bytes()).await.unwrap();
        it.increment(main, "n", 1).await.unwrap_err();
        assert_eq!(it.value(main, "n").await, Some(most.into_bytes()), "as it was, zeros and all");
        for text in ["+", "-", "--1", "+-1", "1 ", "0x1", "1e3", "1\0", "\u{661}"] {
            it.set(main, "n", text.as_bytes()).await.unwrap();
            assert!(it.increment(main, "n", 1).await.is_err(), "{text:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_failed_leaves_the_version() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        it.set(main, "k", b"x").await.unwrap();
        let version = it.version(main, "k").await;
        it.increment(main, "k", 1).await.unwrap_err();
        assert!(!it.set_if(main, "k", b"y", Condition::Absent).await);
        assert!(it.set_if(main, "k", b"z", Condition::Version(version)).await);
    })
    .await;
}

#[tokio::test]
async fn each_change_is_another_version() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        let mut seen = Vec::new();
        let see = async |it: &mut Guest, seen: &mut Vec<String>| {
            let version = it.version(main, "k").await;
            assert!(!seen.contains(&version), "{version} in {seen:?}");
            seen.push(version);
        };
        for _ in 0..3 {
            it.set_for(main, "k", b"1", 100).await;
            see(it, &mut seen).await;
            it.increment(main, "k", 1).await.unwrap();
            see(it, &mut seen).await;
            it.clock.advance(100);
            assert_eq!(it.get(main, "k").await, Ok(None));
            for old in &seen {
                assert!(!it.set_if(main, "k", b"v", Condition::Version(old.clone())).await);
            }
            it.increment(main, "k", 1).await.unwrap();
            see(it, &mut seen).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_time_is_kept_or_taken_away_by_the_last_set() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        it.set_for(main, "k", b"1", 10).await;
        it.set_for(main, "k", b"2", 20).await;
        it.clock.advance(10);
        assert_eq!(it.increment(main, "k", 1).await, Ok(3));
        it.clock.advance(10);
        assert_eq!(it.increment(main, "k", 1).await, Ok(1), "begun anew, and with no end");
        it.clock.advance(1 << 40);
        assert_eq!(it.value(main, "k").await, Some(b"1".to_vec()));
        it.set_for(main, "k", b"v", 10).await;
        it.set(main, "k", b"v").await.unwrap();
        it.clock.advance(10);
        // A write to another key may clear away what has expired, and this has not.
        it.set(main, "other", b"").await.unwrap();
        assert_eq!(it.value(main, "k").await, Some(b"v".to_vec()));
        assert_eq!(it.keys(main, "", None, 1).await.keys, ["k"]);
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_begun_anew() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        // More than a back end may clear away by the way.
        let keys: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
        for key in &keys {
            it.set_for(main, key, b"7", 10).await;
        }
        it.clock.advance(10);
        for key in keys.iter().rev() {
            assert_eq!(it.increment(main, key, 1).await, Ok(1));
        }
        it.clock.advance(10);
        assert_eq!(it.keys(main, "", None, 100).await.keys, keys, "without an end");
    })
    .await;
}

#[tokio::test]
async fn a_page_goes_past_what_has_expired() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        for number in 0..30 {
            it.set_for(main, &format!("{number:02}"), b"", 10).await;
        }
        it.set(main, "00", b"").await.unwrap();
        it.set(main, "29", b"").await.unwrap();
        it.set(main, "30", b"").await.unwrap();
        it.clock.advance(10);
        let page = it.keys(main, "", None, 2).await;
        assert_eq!((page.keys, page.next.as_deref()), (vec!["00".to_owned(), "29".to_owned()], Some("29")));
        let page = it.keys(main, "", Some("29"), 2).await;
        assert_eq!((page.keys, page.next), (vec!["30".to_owned()], None));
    })
    .await;
}

#[tokio::test]
async fn keys_are_ordered_by_their_bytes() {
    play(async |it| {
        let main = it.open("main").await.unwrap();
        for key in ["é", "z", "日本", "🦀", "e", "E", "ß", "\u{ffff}", "日"] {
            it.set(main, key, b"").await.unwrap();
        }
        let keys = it.keys(main, "", None, 20).await.keys;
        assert_eq!(keys, ["E", "e", "z", "ß", "é", "日", "日本", "\u{ffff}", "🦀"]);
        assert_eq!(it.keys(main, "日", None, 20).await.keys, ["日", "日本"]);
    })
    .await;
}
