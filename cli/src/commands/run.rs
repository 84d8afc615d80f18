//! `flux run`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use flux_host::System;
use flux_runtime::{App, Project};
use flux_server::Server;
use notify::{RecursiveMode, Watcher};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::build::{Options, build};
use crate::{Context, errors, printer};

/// Serve the project: HTTP requests and jobs, every execution recorded
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ends at SIGINT or SIGTERM, when what runs has ended. Guests that were never built are built first.\n\
    [config] values can be set by the environment: FLUX_CONFIG_PAYMENTS_URL=... for payments_url."
)]
pub struct Args {
    /// Build and swap guests when their source changes; no request is dropped
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
    let mut project = Project::read(&context.project)?;
    if let Some(listen) = args.listen {
        project.config.http.listen = listen;
    }
    if let Some(admin) = args.admin {
        project.config.admin.listen = admin;
    }
    build_guests(&project, |path| !path.exists())?;
    let app = Arc::new(App::open(project, Arc::new(System::new()), !args.unrecorded).await?);
    app.load_guests().await?;
    let server = Server::bind(app.clone()).await?;
    print_start(&app, &server, context.json)?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_at_signal(stop.clone())?);
    let watching = args.watch.then(|| watch(app.clone(), stop.clone())).transpose()?;
    let served = server.run(stop).await;
    drop(watching);
    // Every execution has ended and gave its share of the app back.
    if let Some(app) = Arc::into_inner(app) {
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
    log.with_ansi(ansi).with_target(false).init();
    guard
}

/// Builds the guests whose component `wants` says.
fn build_guests(project: &Project, wants: impl Fn(&PathBuf) -> bool) -> anyhow::Result<()> {
    for (name, guest) in project.config.guests.iter().filter(|(_, guest)| !guest.is_component()) {
        let out = project.component(name, guest);
        if wants(&out) {
            let options = Options { features: guest.features.clone(), debug: false };
            build(&project.folder.join(guest.source.get_ref()), &out, &options)?;
        }
    }
    Ok(())
}

fn print_start(app: &App, server: &Server, as_json: bool) -> anyhow::Result<()> {
    let addresses = server.addresses()?;
    let name = &app.project().config.app.name;
    if as_json {
        let line = json!({ "app": name, "http": format!("http://{}", addresses.http), "admin": format!("http://{}", addresses.admin) });
        return Ok(printer::text(&format!("{line}\n"))?);
    }
    let mut lines =
        format!("{name} on http://{}  (health: http://{}/healthz)\n", addresses.http, addresses.admin);
    for route in &app.project().config.http.routes {
        lines += &format!("  {}  {}\n", route.route.get_ref(), route.guest.get_ref());
    }
    for (queue, config) in &app.project().config.queues {
        lines += &format!("  queue {queue}  {}\n", config.guest.get_ref());
    }
    for (name, config) in &app.project().config.cron {
        lines += &format!("  cron {name} ({})  {}\n", config.schedule.get_ref(), config.guest.get_ref());
    }
    Ok(printer::text(&lines)?)
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

/// Builds and swaps after changes, for as long as what it returns lives.
fn watch(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<impl Watcher> {
    let (sender, mut changes) = mpsc::unbounded_channel();
    let (data, folder) = (app.project().data().canonicalize()?, app.project().folder.canonicalize()?);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours = |path: &PathBuf| {
            path.starts_with(&data)
                || path
                    .strip_prefix(&folder)
                    .is_ok_and(|path| path.components().any(|part| part.as_os_str() == "target"))
        };
        if let Ok(event) = event
            && (event.kind.is_modify() || event.kind.is_create() || event.kind.is_remove())
            && !event.paths.iter().all(ours)
        {
            // Nobody listens any more: the server is stopping.
            let _ = sender.send(());
        }
    })?;
    for guest in app.project().config.guests.values() {
        let source = app.project().folder.join(guest.source.get_ref()).canonicalize()?;
        watcher.watch(&source, RecursiveMode::Recursive)?;
    }
    // A weak reference: a watch does not keep the app from closing.
    let app = Arc::downgrade(&app);
    tokio::spawn(async move {
        while let Some(()) =
            tokio::select! { change = changes.recv() => change, () = stop.cancelled() => None }
        {
            // An editor saves in several steps: what came meanwhile is the same change.
            while changes.try_recv().is_ok() {}
            let Some(app) = app.upgrade() else { break };
            let swapped = rebuild(&app).await;
            match swapped {
                Ok(()) => eprintln!("guests rebuilt and swapped"),
                Err(error) => errors::print(&error, false),
            }
        }
    });
    Ok(watcher)
}

async fn rebuild(app: &Arc<App>) -> anyhow::Result<()> {
    let project = app.project().clone();
    tokio::task::spawn_blocking(move || build_guests(&project, |_| true)).await??;
    Ok(app.load_guests().await?)
}
