//! The entries of `allow`.

use flux_cap_fetch::{HostPattern, HostPatternError};

#[test]
fn patterns_allow_what_they_say() {
    for (pattern, allowed, not) in [
        (
            "example.com",
            vec!["http://example.com", "https://EXAMPLE.com:443/a"],
            vec![
                "https://example.com:8443",
                "https://a.example.com",
                "https://example.com.evil.test",
                "https://badexample.com",
            ],
        ),
        (
            "*.example.com",
            vec!["https://a.example.com", "http://a.b.example.com"],
            vec!["https://example.com", "https://badexample.com", "https://a.example.com:81"],
        ),
        (
            "127.0.0.1:*",
            vec!["http://127.0.0.1", "http://0x7f.1:99"],
            vec!["http://127.0.0.2", "http://localhost"],
        ),
        ("localhost:9099", vec!["http://localhost:9099", "https://localhost:9099"], vec!["http://localhost"]),
        ("example.com:443", vec!["https://example.com"], vec!["http://example.com"]),
        ("https://api.x.com", vec!["https://api.x.com"], vec!["http://api.x.com", "https://api.x.com:80"]),
        ("[::1]:8080", vec!["http://[0:0::1]:8080"], vec!["http://[::1]", "http://[::2]:8080"]),
        ("b\u{fc}cher.test", vec!["https://xn--bcher-kva.test", "https://b\u{fc}cher.test"], vec![]),
    ] {
        let pattern: HostPattern = pattern.parse().unwrap();
        assert_eq!(pattern.to_string().parse(), Ok(pattern.clone()));
        let allows = |url: &&str| pattern.allows(&url.parse().unwrap());
        assert!(allowed.iter().all(allows), "{pattern}");
        assert!(!not.iter().any(allows), "{pattern}");
    }
}

#[test]
fn patterns_that_are_none_say_why() {
    let error = |text: &str| text.parse::<HostPattern>().unwrap_err();
    assert_eq!(error("ftp://x.com"), HostPatternError::Scheme("ftp".to_owned()));
    assert_eq!(error("x.com/path"), HostPatternError::More("x.com/path".to_owned()));
    assert_eq!(error("me@x.com"), HostPatternError::More("me@x.com".to_owned()));
    for port in ["", "0", "65536", "+80", "http"] {
        assert_eq!(error(&format!("x.com:{port}")), HostPatternError::Port(port.to_owned()));
    }
    for star in ["*", "a.*.com", "*x.com", "*.*.com", "*.127.0.0.1"] {
        assert_eq!(error(star), HostPatternError::Star(star.to_owned()));
    }
    for host in ["", "a b", "::1", "[::1"] {
        assert!(matches!(error(host), HostPatternError::Host { .. } | HostPatternError::Port(_)), "{host}");
    }
}
