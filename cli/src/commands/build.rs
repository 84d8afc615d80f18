//! `flux build`.

use std::path::PathBuf;
use std::process::ExitCode;

use flux_host::Handler;
use flux_runtime::Project;
use serde_json::json;

use crate::build::{Built, Options, build};
use crate::errors::CliError;
use crate::{Context, printer};

/// Make components of the project's guests, with their language's own tools
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flux build                      every guest of ./flux.toml\n  \
    flux build guests/orders -o orders.wasm\n  flux build --features changed -o changed.wasm")]
pub struct Args {
    /// A folder: with a flux.toml every guest of it is built, else the folder itself
    dir: Option<PathBuf>,
    /// Where the component goes (one guest only)
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Cargo features, besides those of flux.toml
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// Do not optimise
    #[arg(long)]
    debug: bool,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let folder = args.dir.as_ref().unwrap_or(&context.project);
    let built = match folder.join("flux.toml").is_file() || folder.is_file() {
        true => project(&Project::read(folder)?, args)?,
        false => {
            let name = folder.canonicalize().ok().and_then(|path| path.file_name().map(PathBuf::from));
            let name = name.unwrap_or_else(|| PathBuf::from("guest")).with_extension("wasm");
            let out = args.out.clone().unwrap_or_else(|| folder.join(name));
            vec![build(folder, &out, &options(args, &[]))?]
        }
    };
    print(&built, context.json)?;
    Ok(ExitCode::SUCCESS)
}

fn options(args: &Args, features: &[String]) -> Options {
    Options { features: [features, &args.features].concat(), debug: args.debug }
}

fn project(project: &Project, args: &Args) -> anyhow::Result<Vec<Built>> {
    let sources = project.config.guests.iter().filter(|(_, guest)| !guest.is_component());
    let sources: Vec<_> = sources.collect();
    if args.out.is_some() && sources.len() != 1 {
        return Err(CliError::new(
            "--out is for one guest",
            "leave it out: components go to the data folder",
        )
        .into());
    }
    let mut built = Vec::new();
    for (name, guest) in sources {
        let out = args.out.clone().unwrap_or_else(|| project.component(name, guest));
        built.push(build(
            &project.folder.join(guest.source.get_ref()),
            &out,
            &options(args, &guest.features),
        )?);
    }
    Ok(built)
}

fn print(built: &[Built], as_json: bool) -> std::io::Result<()> {
    let names = |it: &Built| -> Vec<&str> {
        let name = |handler: &Handler| if *handler == Handler::Http { "http" } else { "job" };
        it.handlers.iter().map(name).collect()
    };
    if as_json {
        let one = |it: &Built| json!({ "path": it.path, "digest": it.digest.to_string(), "size": it.size, "handlers": names(it) });
        return printer::json(&json!(built.iter().map(one).collect::<Vec<_>>()));
    }
    let row = |it: &Built| {
        let digest = it.digest.to_string()[..12].to_owned();
        vec![it.path.display().to_string(), digest, it.size.to_string(), names(it).join(", ")]
    };
    printer::table(&["COMPONENT", "DIGEST", "BYTES", "HANDLERS"], &built.iter().map(row).collect::<Vec<_>>())
}
