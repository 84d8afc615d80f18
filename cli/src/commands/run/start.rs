//! What is said when the server has begun.

use flux_cap_queue::QueueSection;
use flux_runtime::App;
use flux_server::Addresses;
use serde_json::json;

use super::builds::Done;
use crate::printer::{self, Page};

/// Prints where it listens, which builds it serves and what calls them.
pub fn print(app: &App, addresses: Addresses, builds: &Done, as_json: bool) -> anyhow::Result<()> {
    if as_json { json_line(app, addresses) } else { page(app, addresses, builds) }
}

fn json_line(app: &App, addresses: Addresses) -> anyhow::Result<()> {
    let guests = app.guests();
    let guests: serde_json::Map<_, _> =
        guests.iter().map(|(name, guest)| (name.clone(), guest.digest().to_string().into())).collect();
    let line = json!({
        "app": app.project().config.app.name, "http": format!("http://{}", addresses.http),
        "admin": format!("http://{}", addresses.admin), "guests": guests,
    });
    Ok(printer::json_line(&line)?)
}

fn page(app: &App, addresses: Addresses, builds: &Done) -> anyhow::Result<()> {
    let config = &app.project().config;
    let mut page = Page::default();
    let Addresses { http, admin } = addresses;
    writeln!(page, "{} on http://{http}  (health: http://{admin}/healthz)", config.app.name)?;
    for (name, guest) in &*app.guests() {
        let digest = guest.digest().short();
        writeln!(page, "  guest {name}  {digest}  {}", builds.get(name).map_or("", |done| done))?;
    }
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
