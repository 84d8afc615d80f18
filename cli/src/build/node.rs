//! Node.js, in which the tools of TypeScript and AssemblyScript run, and npm, which brings them.

use std::process::Command;

use super::Task;
use crate::errors::CliError;

/// The oldest release that the tools run in.
const OLDEST: u32 = 20;
/// How to come by it.
pub const INSTALL: &str = "install Node.js 20 or newer with npm: https://nodejs.org";

/// Refuses a Node.js that is too old.
pub fn check_version(task: &Task) -> anyhow::Result<()> {
    let stdout = task.run(Command::new("node").arg("--version"), INSTALL)?;
    let version = String::from_utf8_lossy(&stdout).trim().to_owned();
    match major(&version) {
        Some(found) if found < OLDEST => {
            Err(CliError::new(format!("Node.js {version} is too old to make a component"), INSTALL).into())
        }
        // A version of the future, or of somebody's own, may well do.
        _ => Ok(()),
    }
}

/// 20 of `v20.19.5`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// `npm install`, without what nobody reads in a build.
pub fn npm_install() -> Command {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]);
    npm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_compared_by_number() {
        assert_eq!(major("v20.19.5"), Some(20));
        assert!(major("v8.17.0") < Some(OLDEST));
        assert_eq!(major("nightly"), None);
    }
}
