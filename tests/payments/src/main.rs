//! The payment endpoint of the demo and the tests: a small real server on loopback.
//!
//! `payments ADDRESS` prints the address it listens on. It declines (402) whoever's e-mail begins
//! with `broke`, and fails (500) for `down`.

use axum::extract::Json;
use axum::http::StatusCode;
use axum::{Router, routing::post};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/charge", post(charge))).await?;
    Ok(())
}

async fn charge(Json(request): Json<Value>) -> (StatusCode, Json<Value>) {
    let email = request["email"].as_str().unwrap_or_default();
    match email {
        _ if email.starts_with("broke") => {
            (StatusCode::PAYMENT_REQUIRED, Json(json!({ "declined": "no money" })))
        }
        _ if email.starts_with("down") => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": "down" })))
        }
        _ => (StatusCode::OK, Json(json!({ "charged": request["amount_cents"] }))),
    }
}
