//! `flux completions`.

use std::process::ExitCode;

use clap_complete::Shell;

/// Print a shell's completions: flux completions bash > ~/.local/share/bash-completion/completions/flux
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run<C: clap::CommandFactory>(args: &Args) -> anyhow::Result<ExitCode> {
    clap_complete::generate(args.shell, &mut C::command(), "flux", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
