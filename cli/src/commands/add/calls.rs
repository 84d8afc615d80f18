//! The call of a guest that goes with a section of flux.toml, in the guest's language.

use super::section::Kind;
use crate::build::Language;

/// Lines to copy: what is imported, then the call.
pub fn of(kind: &Kind, language: Language) -> String {
    let sample = match language {
        Language::Rust => rust(kind),
        Language::Go => go(kind),
        Language::Python => python(kind),
        Language::Typescript => typescript(kind),
        Language::Assemblyscript => assemblyscript(kind),
    };
    let name = kind.place().map_or("", |(_, name)| name);
    match kind {
        Kind::Fetch(host) => sample.replace("{url}", &url(host)),
        Kind::Cron(_) => sample.replace("{queue}", &format!("cron.{name}")),
        _ => sample.replace("{name}", name),
    }
}

/// The handler of a queue's jobs, which the queue's guest has.
pub fn handler(kind: &Kind, language: Language) -> Option<String> {
    match kind {
        Kind::Queue(name) => Some(job(language).replace("{queue}", name)),
        _ => None,
    }
}

/// A handler of jobs.
fn job(language: Language) -> &'static str {
    match language {
        Language::Rust => {
            "#[flux_sdk::job_handler]\n\
             fn run(job: flux_sdk::jobs::Job) -> Result<(), flux_sdk::jobs::Failure> {\n    \
             // job.queue is \"{queue}\"\n    Ok(())\n}"
        }
        Language::Go => {
            "import flux \"github.com/flux-run/flux/sdks/go\"\n\
             import \"github.com/flux-run/flux/sdks/go/jobs\"\n\
             func init() { jobs.Handle(\"{queue}\", func(job *flux.Job) error { return nil }) }"
        }
        Language::Python => {
            "import flux\n\n@flux.job\ndef run(job: flux.Job) -> None:\n    ...  # job.queue is \"{queue}\""
        }
        Language::Typescript => {
            "import type { Handler } from \"@flux-run/sdk\";\n\
             export default {\n  async job(job) {}, // job.queue is \"{queue}\"\n} satisfies Handler;"
        }
        Language::Assemblyscript => {
            "import { Done, Result, done, jobs } from \"@flux-run/assemblyscript\";\n\
             export function run(job: jobs.Job): Result<Done> {\n  return done(); // job.queue is \"{queue}\"\n}"
        }
    }
}

/// A URL that the pattern of a host allows.
fn url(host: &str) -> String {
    let host = host.replacen("*.", "www.", 1).replace(":*", ":8080");
    let is_local = ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local));
    match (host.contains("://"), is_local) {
        (true, _) => format!("{host}/"),
        (false, true) => format!("http://{host}/"),
        (false, false) => format!("https://{host}/"),
    }
}

fn rust(kind: &Kind) -> &'static str {
    match kind {
        Kind::Db(_) => {
            "let rows = flux_sdk::db::Connection::open(\"{name}\")?.query(\"SELECT 1 AS one\", &[])?;"
        }
        Kind::Kv(_) => "let entry = flux_sdk::kv::Bucket::open(\"{name}\")?.get(\"key\")?;",
        Kind::Queue(_) => "let job = flux_sdk::queue::send(\"{name}\", \"payload\")?;",
        Kind::Fetch(_) => "let response = flux_sdk::fetch::Request::get(\"{url}\").send()?;",
        Kind::Cron(_) => job(Language::Rust),
        Kind::Secret { is_for_hosts: true, .. } => {
            "let request = request.header(\"authorization\", \"Bearer {{secret {name}}}\");"
        }
        Kind::Secret { .. } => "let value = flux_sdk::config::require_secret(\"{name}\")?;",
    }
}

fn go(kind: &Kind) -> &'static str {
    match kind {
        Kind::Db(_) => {
            "import \"github.com/flux-run/flux/sdks/go/db\"\n\
             main, err := db.Open(\"{name}\")\nrows, err := main.Query(\"SELECT 1 AS one\")"
        }
        Kind::Kv(_) => {
            "import \"github.com/flux-run/flux/sdks/go/kv\"\n\
             bucket, err := kv.Open(\"{name}\")\nentry, found, err := bucket.Get(\"key\")"
        }
        Kind::Queue(_) => {
            "import \"github.com/flux-run/flux/sdks/go/queue\"\n\
             job, err := queue.Send(\"{name}\", []byte(\"payload\"))"
        }
        Kind::Fetch(_) => {
            "import \"github.com/flux-run/flux/sdks/go/fetch\"\nresponse, err := fetch.Get(\"{url}\").Send()"
        }
        Kind::Cron(_) => job(Language::Go),
        Kind::Secret { is_for_hosts: true, .. } => {
            "request.WithHeader(\"authorization\", \"Bearer {{secret {name}}}\")"
        }
        Kind::Secret { .. } => {
            "import \"github.com/flux-run/flux/sdks/go/config\"\n\
             value, err := config.RequireSecret(\"{name}\")"
        }
    }
}

fn python(kind: &Kind) -> &'static str {
    match kind {
        Kind::Db(_) => "from flux import db\nrows = db.open(\"{name}\").query(\"SELECT 1 AS one\")",
        Kind::Kv(_) => "from flux import kv\nentry = kv.open(\"{name}\").get(\"key\")",
        Kind::Queue(_) => "from flux import queue\njob = queue.send(\"{name}\", \"payload\")",
        Kind::Fetch(_) => "from flux import fetch\nresponse = fetch.Request.get(\"{url}\").send()",
        Kind::Cron(_) => job(Language::Python),
        Kind::Secret { is_for_hosts: true, .. } => {
            "headers = {\"authorization\": \"Bearer {{secret {name}}}\"}"
        }
        Kind::Secret { .. } => "from flux import config\nvalue = config.require_secret(\"{name}\")",
    }
}

fn typescript(kind: &Kind) -> &'static str {
    match kind {
        Kind::Db(_) => {
            "import { db } from \"@flux-run/sdk\";\n\
             const main = await db.open(\"{name}\");\nconst rows = await main.query(\"SELECT 1 AS one\");"
        }
        Kind::Kv(_) => {
            "import { kv } from \"@flux-run/sdk\";\n\
             const bucket = await kv.open(\"{name}\");\nconst entry = await bucket.get(\"key\");"
        }
        Kind::Queue(_) => {
            "import { queue } from \"@flux-run/sdk\";\nconst job = await queue.send(\"{name}\", \"payload\");"
        }
        Kind::Fetch(_) => {
            "import { fetch } from \"@flux-run/sdk\";\nconst response = await fetch(\"{url}\");"
        }
        Kind::Cron(_) => job(Language::Typescript),
        Kind::Secret { is_for_hosts: true, .. } => {
            "const headers = { authorization: \"Bearer {{secret {name}}}\" };"
        }
        Kind::Secret { .. } => {
            "import { config } from \"@flux-run/sdk\";\nconst value = config.requireSecret(\"{name}\");"
        }
    }
}

/// Each result has `failed`, then `value` or `error`.
fn assemblyscript(kind: &Kind) -> &'static str {
    match kind {
        Kind::Db(_) => {
            "import { db } from \"@flux-run/assemblyscript\";\n\
             const main = db.Connection.open(\"{name}\");\n\
             const rows = main.value.query(\"SELECT 1 AS one\", []);"
        }
        Kind::Kv(_) => {
            "import { kv } from \"@flux-run/assemblyscript\";\n\
             const bucket = kv.Bucket.open(\"{name}\");\nconst entry = bucket.value.get(\"key\");"
        }
        Kind::Queue(_) => {
            "import { queue, text } from \"@flux-run/assemblyscript\";\n\
             const job = queue.send(\"{name}\", text.encode(\"payload\"));"
        }
        Kind::Fetch(_) => {
            "import { fetch } from \"@flux-run/assemblyscript\";\n\
             const response = fetch.Request.get(\"{url}\").send();"
        }
        Kind::Cron(_) => job(Language::Assemblyscript),
        Kind::Secret { is_for_hosts: true, .. } => {
            "request.header(\"authorization\", \"Bearer {{secret {name}}}\");"
        }
        Kind::Secret { .. } => {
            "import { config } from \"@flux-run/assemblyscript\";\n\
             const value = config.requireSecret(\"{name}\");"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_spelt_as_the_host_reads_it() {
        let secret = Kind::Secret { name: "token".to_owned(), is_for_hosts: true };
        for language in [Language::Rust, Language::Go, Language::Python, Language::Typescript] {
            assert!(of(&secret, language).contains("Bearer {{secret token}}"), "{language}");
        }
    }

    #[test]
    fn the_url_is_one_that_the_pattern_allows() {
        assert_eq!(url("api.example.com"), "https://api.example.com/");
        assert_eq!(url("*.example.com"), "https://www.example.com/");
        assert_eq!(url("127.0.0.1:*"), "http://127.0.0.1:8080/");
        assert_eq!(url("http://internal.example"), "http://internal.example/");
    }
}
