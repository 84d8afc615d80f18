//! `flux run`.

mod watch;

use std::fmt;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use flux_cap_queue::QueueSection;
use flux_host::System;
use flux_host::section::Purpose;
use flux_runtime::{App, Project};
use flux_server::Server;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::field::Field;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::{FieldFn, Writer, debug_fn};

use crate::build::{Options, Progress, build_all, of_project};
use crate::printer::Page;
use crate::{Context, errors, printer};

/// How often, and how long each time, it is waited for the last share of the app.
const LAST_HOLDS: u32 = 500;
const HOLD: Duration = Duration::from_millis(10);

/// Serve the project: HTTP requests and jobs, every execution recorded
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ends at SIGINT or SIGTERM, when what runs has ended. Guests that were never built are built first.\n\
    [config] values can be set by the environment: FLUX_CONFIG_PAYMENTS_URL=... for payments_url."
)]
pub struct Args {
    /// Build and swap guests whose source changes; no request is dropped. What does not build is said, and
    /// the guest runs on as it was
    #[arg(long)]
    watch: bool,
    /// Listen here instead of [http] listen
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Serve /healthz and /readyz here instead of [admin] listen
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
    /// Print every execution, not failures only
    #[arg(short, long)]
    verbose: bool,
    /// Record nothing: what recording is measured against in benches/
    #[arg(long, hide = true)]
    unrecorded: bool,
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let _log = start_log(args.verbose);
    let mut project = Project::read_for(Purpose::Run, &context.project)?;
    if let Some(listen) = args.listen {
        project.config.http.listen = listen;
    }
    if let Some(admin) = args.admin {
        project.config.admin.listen = admin;
    }
    let sources = args.watch.then(|| watch::Sources::of(&project));
    build_guests(&project, args.watch, &Progress::new(context.json))?;
    let app = Arc::new(App::open(project, Arc::new(System::new()), !args.unrecorded).await?);
    app.load_guests().await?;
    let server = Server::bind(app.clone()).await?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_at_signal(stop.clone())?);
    // Before it is said that it runs: whoever reads that may change a file at once.
    if let Some(sources) = sources {
        watch::start(&app, sources, stop.clone())?;
    }
    print_start(&app, &server, context.json)?;
    let served = server.run(stop).await;
    // Every execution has ended, and gives its share of the app back.
    if let Some(app) = alone(app).await {
        app.close().await?;
    }
    served?;
    Ok(ExitCode::SUCCESS)
}

/// Whoever reads stderr may stop reading: then lines are lost, and no request waits for one. What the
/// guard has is written when it is dropped.
fn start_log(verbose: bool) -> WorkerGuard {
    let level = if verbose { "info" } else { "warn" };
    let filter = EnvFilter::try_from_env("FLUX_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let ansi = std::io::stderr().is_terminal();
    let (stderr, guard) = tracing_appender::non_blocking(std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    log.with_ansi(ansi).with_target(false).fmt_fields(fields().delimited(" ")).init();
    guard
}

/// Much of what is logged was said by guests: no value is more than its own lines, which are set in.
fn fields() -> FieldFn<impl Fn(&mut Writer<'_>, &Field, &dyn fmt::Debug) -> fmt::Result + Clone> {
    debug_fn(|out, field, value| {
        let text = printer::indented(&format!("{value:?}"));
        match field.name() {
            "message" => write!(out, "{text}"),
            name => write!(out, "{name}={text}"),
        }
    })
}

/// Builds the guests that were never built; with a watch all, for what runs is the source as it is.
fn build_guests(project: &Project, all: bool, progress: &Progress) -> anyhow::Result<()> {
    let mut orders = of_project(project, &Options::default());
    orders.retain(|order| !order.is_built() && (all || !order.out.exists()));
    // Each is tried: what is wrong is said at once.
    let mut failed: Vec<_> = build_all(&orders, progress).into_iter().filter_map(Result::err).collect();
    let last = failed.pop();
    failed.iter().for_each(|error| errors::print(error, false));
    last.map_or(Ok(()), Err)
}

fn print_start(app: &App, server: &Server, as_json: bool) -> anyhow::Result<()> {
    let addresses = server.addresses()?;
    let name = &app.project().config.app.name;
    if as_json {
        let line = json!({ "app": name, "http": format!("http://{}", addresses.http), "admin": format!("http://{}", addresses.admin) });
        return Ok(printer::json_line(&line)?);
    }
    let mut page = Page::default();
    writeln!(page, "{name} on http://{}  (health: http://{}/healthz)", addresses.http, addresses.admin)?;
    let config = &app.project().config;
    for route in &config.http.routes {
        writeln!(page, "  {}  {}", route.route, route.guest)?;
    }
    if let Some(section) = config.section::<QueueSection>() {
        for (queue, table) in &section.queues {
            writeln!(page, "  queue {queue}  {}", table.guest)?;
        }
        for (name, table) in &section.cron {
            writeln!(page, "  cron {name} ({})  {}", table.schedule, table.guest)?;
        }
    }
    Ok(printer::text(&page)?)
}

fn stop_at_signal(stop: CancellationToken) -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.cancel();
    })
}

/// The app, once nobody else has it: what served the last request may hold it a moment longer.
async fn alone(mut app: Arc<App>) -> Option<App> {
    for _ in 0..LAST_HOLDS {
        app = match Arc::try_unwrap(app) {
            Ok(app) => return Some(app),
            Err(shared) => shared,
        };
        tokio::time::sleep(HOLD).await;
    }
    tracing::warn!("something still runs: what was not shipped waits in the spool for the next start");
    None
}
