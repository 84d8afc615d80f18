//! Whether a guest has the handlers that flux.toml calls, and how its language writes one.

use flux_host::Handler;
use flux_host::section::Trigger;
use flux_runtime::Project;

use super::language::Language;

/// A handler that flux.toml calls.
#[derive(Debug, Clone)]
pub struct Need {
    /// What is called.
    pub handler: Handler,
    /// The queue that a job is of; a route has none.
    queue: String,
    /// What calls it, as a message names it.
    pub caller: String,
    /// Where flux.toml has the guest's name there: table, key and so on.
    pub place: Vec<String>,
}

impl Need {
    /// What a project calls of one of its guests.
    pub fn of(project: &Project, guest: &str) -> Vec<Self> {
        let called = project.config.triggers().into_iter().filter(|trigger| trigger.guest == guest);
        called.map(Self::from).collect()
    }

    /// The first need of each handler that a guest does not have.
    pub fn missing<'a>(needs: &'a [Self], handlers: &[Handler]) -> Vec<&'a Self> {
        let first =
            |handler| needs.iter().find(|need| need.handler == handler && !handlers.contains(&handler));
        [Handler::Http, Handler::Job].into_iter().filter_map(first).collect()
    }

    /// What the guest cannot do, after its name.
    pub fn lacking(&self) -> String {
        let what = if self.handler == Handler::Http { "HTTP requests" } else { "jobs" };
        format!("has no handler for {what}, and {} calls it", self.caller)
    }

    /// How a guest gets the handler: in the words of its language, where that is known.
    pub fn hint(&self, language: Option<Language>) -> String {
        let Self { caller, queue, .. } = self;
        let write = match (language, self.handler) {
            (None, Handler::Http) => {
                "export flux:host/http-handler@0.1.0 or wasi:http/incoming-handler@0.2".to_owned()
            }
            (None, Handler::Job) => "export flux:host/job-handler@0.1.0".to_owned(),
            (Some(language), Handler::Http) => format!("write one: {}", http(language)),
            (Some(language), Handler::Job) => {
                format!("write one: {}", job(language).replace("{queue}", queue))
            }
        };
        format!("{write}; or take {caller} out of flux.toml")
    }
}

impl From<Trigger> for Need {
    fn from(trigger: Trigger) -> Self {
        let Trigger { kind, name, place, .. } = trigger;
        let (handler, queue, caller) = match kind {
            "http" => (Handler::Http, String::new(), format!("the route '{name}'")),
            "cron" => (Handler::Job, format!("cron.{name}"), format!("[cron.{name}]")),
            // [queues.receipts]
            _ => {
                let table = place.first().map_or("", String::as_str);
                (Handler::Job, name.clone(), format!("[{table}.{name}]"))
            }
        };
        Self { handler, queue, caller, place }
    }
}

fn http(language: Language) -> &'static str {
    match language {
        Language::Rust => "#[flux_sdk::http_handler] fn handle(request: Request) -> Result<Response, Error>",
        Language::Go => {
            "func init() { http.Handle(\"GET /\", answer) }, of package github.com/flux-run/flux/sdks/go/http"
        }
        Language::Python => "app = flux.http(flux.Router())",
        Language::Typescript => "export default { fetch(request) { ... } } satisfies Handler",
        Language::Assemblyscript => "export function handle(request: http.Request): Result<http.Response>",
    }
}

fn job(language: Language) -> &'static str {
    match language {
        Language::Rust => "#[flux_sdk::job_handler] fn run(job: Job) -> Result<(), Failure>",
        Language::Go => {
            "func init() { jobs.Handle(\"{queue}\", run) }, of package github.com/flux-run/flux/sdks/go/jobs"
        }
        Language::Python => "@flux.job def run(job: flux.Job) -> None",
        Language::Typescript => "export default { async job(job) { ... } } satisfies Handler",
        Language::Assemblyscript => "export function run(job: jobs.Job): Result<Done>",
    }
}
