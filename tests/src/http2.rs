//! A client of HTTP/2 that begins with the preface.

use std::collections::BTreeMap;

/// One request over a connection of its own: status, headers and body. Status 0: the request failed.
pub fn http2(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, BTreeMap<String, String>, String) {
    let asked = async {
        let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build()?;
        let method = method.parse().unwrap_or_default();
        let mut request = client.request(method, format!("http://{address}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text =
            |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Ok::<_, reqwest::Error>((status, headers, response.text().await?))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answer = runtime.map(|runtime| runtime.block_on(asked));
    match answer {
        Ok(Ok(answer)) => answer,
        failed => (0, BTreeMap::new(), format!("{failed:?}")),
    }
}
