//! `flux completions`.

use std::process::ExitCode;

use clap_complete::Shell;

use crate::printer;

/// Print a shell's completions: flux completions bash > ~/.local/share/bash-completion/completions/flux
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run<C: clap::CommandFactory>(args: &Args) -> anyhow::Result<ExitCode> {
    // Into memory first: where nobody reads on, what is written to stdout panics.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut C::command(), "flux", &mut script);
    printer::script(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
