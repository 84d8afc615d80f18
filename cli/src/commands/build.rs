//! `flux build`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flux_host::Handler;
use flux_host::section::Purpose;
use flux_runtime::Project;
use flux_runtime::config::EngineKind;
use serde_json::{Value, json};

use crate::build::{Built, Options, Order, Progress, build_all, is_built, of_folder, of_project};
use crate::context::Context;
use crate::errors::{self, CliError};
use crate::printer;
use crate::table::Column;
use crate::time::span;

const COLUMNS: [Column; 9] = [
    Column::cut("GUEST"),
    Column::cut("LANGUAGE"),
    Column::keep("DIGEST"),
    Column::drop("BYTES"),
    Column::drop("HANDLERS"),
    Column::keep("BUILD"),
    Column::drop("LOAD"),
    Column::drop("START"),
    Column::cut("COMPONENT"),
];

/// Build the project's guests, with their language's own tools
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Flux finds the language from the project's files: Cargo.toml, go.mod, pyproject.toml, \
    asconfig.json or package.json. A component (.wasm) is checked and used as it is.\n\
    A guest whose inputs did not change is not built again. BUILD is the time that the build took. LOAD is the time to \
    compile the component, or to find it compiled. START is the time that each execution waits for a fresh instance.\n\n\
    Examples:\n  flux build                             every guest of ./flux.toml, several at once\n  \
    flux build guests/orders -o orders.wasm   one folder, with no flux.toml or another's\n  \
    flux build --engine v8 guests/orders      a bundle of TypeScript for V8: orders.js\n  \
    flux build --features changed             with Cargo features, or build tags of Go\n  \
    flux build orders.wasm                    only check that a component can run here\n  \
    flux build --json | jq -r '.[].digest'    whole digests"
)]
pub struct Args {
    /// A folder or a component. If the folder has a flux.toml, all its guests are built; otherwise the folder itself
    dir: Option<PathBuf>,
    /// Write the component to this file (one guest only)
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Cargo features, build tags of Go, or `feature_` constants of AssemblyScript, besides those of
    /// flux.toml; Python and TypeScript have none
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// The engine to build for: TypeScript becomes a component, or a bundle for V8 [default: wasm, or as
    /// flux.toml says]
    #[arg(long, value_enum, value_name = "ENGINE", hide_default_value = true)]
    engine: Option<Engine>,
    /// Optimise (the default)
    #[arg(long, conflicts_with = "debug")]
    release: bool,
    /// Do not optimise (no effect on Python)
    #[arg(long)]
    debug: bool,
    /// Build every guest again, even if nothing changed, and install a Python project's dependencies again. To
    /// clear Rust's own cache: cargo clean
    #[arg(long, visible_alias = "no-cache")]
    force: bool,
}

/// An engine that guests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// A component, on wasmtime
    Wasm,
    /// A bundle, on V8
    V8,
}

impl From<Engine> for EngineKind {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Wasm => Self::Wasm,
            Engine::V8 => Self::V8,
        }
    }
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let orders = orders(args.dir.as_ref().unwrap_or(&context.project), args)?;
    let results = build_all(&orders, &Progress::new(context.json));
    let built: Vec<_> = results.iter().flatten().collect();
    if !built.is_empty() {
        print(&built, context)?;
    }
    let mut failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    let Some(last) = failed.pop() else {
        return Ok(ExitCode::SUCCESS);
    };
    failed.iter().for_each(|error| errors::print(error, context.json));
    Err(last)
}

fn orders(source: &Path, args: &Args) -> anyhow::Result<Vec<Order>> {
    let options = Options {
        features: args.features.clone(),
        engine: args.engine.map(Into::into),
        debug: args.debug,
        force: args.force,
    };
    if source.is_file() && is_built(source) || source.is_dir() && !source.join("flux.toml").is_file() {
        return Ok(vec![of_folder(source, args.out.as_deref(), options)]);
    }
    let mut orders = of_project(&Project::read_for(Purpose::Build, source)?, &options);
    if let Some(out) = &args.out {
        let mut sources = orders.iter_mut().filter(|order| !order.is_built());
        let (Some(order), None) = (sources.next(), sources.next()) else {
            let hint = "leave it out: components go to the data folder";
            return Err(CliError::new("--out is for one guest", hint).into());
        };
        order.out.clone_from(out);
    }
    Ok(orders)
}

fn print(built: &[&Built], context: &Context) -> std::io::Result<()> {
    if context.json {
        return context.print_json_list(&built.iter().map(|it| as_value(it)).collect::<Vec<_>>());
    }
    printer::table(&COLUMNS, &built.iter().map(|it| row(it)).collect::<Vec<_>>())
}

fn as_value(it: &Built) -> Value {
    let ms = |ns: u64| ns as f64 / 1e6;
    json!({
        "guest": it.name, "language": it.language.map(|it| it.name()), "path": it.path,
        "digest": it.checked.digest.to_string(), "size": it.size, "handlers": handlers(it),
        "cached": it.cached, "buildMs": ms(it.build_ns), "loadMs": ms(it.checked.load_ns),
        "startMs": it.checked.start_ns.map(ms),
    })
}

fn row(it: &Built) -> Vec<String> {
    let build = match (it.language, it.cached) {
        (None, _) => "-".to_owned(),
        (Some(_), true) => "cached".to_owned(),
        (Some(_), false) => span(it.build_ns),
    };
    vec![
        it.name.clone(),
        it.language.map_or_else(|| "component".to_owned(), |it| it.to_string()),
        it.checked.digest.short(),
        it.size.to_string(),
        handlers(it).join(", "),
        build,
        span(it.checked.load_ns),
        it.checked.start_ns.map_or_else(|| "-".to_owned(), span),
        it.path.display().to_string(),
    ]
}

fn handlers(it: &Built) -> Vec<&'static str> {
    let name = |handler: &Handler| if *handler == Handler::Http { "http" } else { "job" };
    it.checked.handlers.iter().map(name).collect()
}
