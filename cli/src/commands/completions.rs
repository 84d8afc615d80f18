//! `flux completions`.

use std::process::ExitCode;

use clap_complete::Shell;

use crate::printer;

/// Print a shell's completions
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  source <(flux completions bash)    in this shell; every shell: put the line into ~/.bashrc\n  \
                  mkdir -p ~/.zfunc && flux completions zsh > ~/.zfunc/_flux"
)]
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
