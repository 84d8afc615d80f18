//! Redis over TLS, with a certificate made for the test.

use std::process::Command;

use flux_cap_kv::{Backend, Redis};
use flux_test_services::skip;

use crate::server::Server;

/// Set in the process that trusts the certificate.
const TRUSTING: &str = "FLUX_TEST_TLS_PORT";

#[tokio::test]
async fn rediss_is_tls_and_the_certificate_is_checked() {
    if let Ok(port) = std::env::var(TRUSTING) {
        let client = Redis::open(&format!("rediss://127.0.0.1:{port}"), "flux").await.unwrap();
        assert_eq!(client.increment("main", "n", 1, 1).await, Ok(1));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("certificate.pem");
    let key = folder.path().join("key.pem");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=flux-test", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-out"])
        .args([&certificate, std::path::Path::new("-keyout"), &key])
        .output();
    let Ok(made) = made else { return skip("openssl is not installed") };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let options = ["--tls-auth-clients", "no", "--tls-cert-file", certificate, "--tls-key-file", key];
    // The port of the URL is the one with TLS; the other is off.
    let Some(server) = Server::start_tls(&options).await else { return };

    let port = server.port.to_string();
    let error = Redis::open(&format!("rediss://127.0.0.1:{port}"), "flux").await.unwrap_err();
    assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
    Redis::open(&format!("redis://127.0.0.1:{port}"), "flux").await.unwrap_err();

    // What is trusted is read from the environment, which belongs to a process.
    let trusting = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["tls::rediss_is_tls_and_the_certificate_is_checked", "--exact"])
        .env(TRUSTING, &port)
        .env("SSL_CERT_FILE", certificate)
        .output();
    let trusting = trusting.await.unwrap();
    let text = String::from_utf8_lossy(&trusting.stdout);
    assert!(trusting.status.success() && text.contains("1 passed"), "{text}");
}
