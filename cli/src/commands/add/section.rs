//! What is written into flux.toml, as text that people would write.

use flux_runtime::Project;

use super::what::What;
use crate::errors::CliError;

/// A section of flux.toml, or an entry of one.
#[derive(Debug)]
pub struct Section {
    /// TOML, whole lines.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// What else has to be done.
    pub note: Option<String>,
}

/// A section of the same name as flux.toml has it, which may have other values.
#[derive(Debug, PartialEq, Eq)]
pub struct There {
    /// TOML, whole lines.
    pub text: String,
    /// Whether it has `hosts`: of a secret, that only the host has its value.
    pub has_hosts: bool,
}

/// What a section is about, as far as the call of a guest depends on it.
#[derive(Debug)]
pub enum Kind {
    Db(String),
    Kv(String),
    Queue(String),
    /// The host's pattern.
    Fetch(String),
    Cron(String),
    Secret {
        name: String,
        /// Whether only the host ever has it.
        is_for_hosts: bool,
    },
}

impl Kind {
    /// The section's table, and its key there; a host is an entry of a list.
    pub fn place(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Db(name) => Some(("db", name)),
            Self::Kv(name) => Some(("kv", name)),
            Self::Queue(name) => Some(("queues", name)),
            Self::Cron(name) => Some(("cron", name)),
            Self::Secret { name, .. } => Some(("secrets", name)),
            Self::Fetch(_) => None,
        }
    }
}

impl Section {
    /// What is to be added to a project.
    pub fn of(what: &What, project: &Project) -> Result<Self, CliError> {
        let (text, kind, note) = match what {
            What::Db { name } => {
                let more = "# In production: postgres = { env = \"DATABASE_URL\" }, instead of sqlite.\n\
                            # Its tables: migrations = \"migrations\", for files such as migrations/0001_users.sql.";
                (format!("{more}\n[db.{name}]\nsqlite = \"{name}.db\"\n"), Kind::Db(name.clone()), None)
            }
            What::Kv { name } => {
                let more = "# In production: redis = { env = \"REDIS_URL\" }, instead of sqlite.";
                (format!("{more}\n[kv.{name}]\nsqlite = \"kv.db\"\n"), Kind::Kv(name.clone()), None)
            }
            What::Queue { name, guest } => {
                let guest = guest_of(project, guest.as_ref())?;
                (format!("[queues.{name}]\nguest = \"{guest}\"\n"), Kind::Queue(name.clone()), None)
            }
            What::Cron { name, schedule, guest } => {
                let guest = guest_of(project, guest.as_ref())?;
                let schedule = toml::Value::from(schedule.as_str());
                let text = format!("[cron.{name}]\nguest = \"{guest}\"\nschedule = {schedule}\n");
                (text, Kind::Cron(name.clone()), None)
            }
            What::Fetch { host } => {
                let (host, note) = host_of(host);
                let entry = toml::Value::from(host);
                (format!("[fetch]\nallow = [{entry}]\n"), Kind::Fetch(host.to_owned()), note)
            }
            What::Secret { name, env, host } => secret(name, env.as_deref(), host.as_deref()),
        };
        if let Some((_, name)) = kind.place() {
            check_name(name)?;
        }
        Ok(Self { text, kind, note })
    }
}

impl Section {
    /// The same as flux.toml has it already.
    pub fn found(mut self, there: There) -> Self {
        self.text = there.text;
        if let Kind::Secret { is_for_hosts, .. } = &mut self.kind {
            *is_for_hosts = there.has_hosts;
        }
        Self { note: None, ..self }
    }
}

fn secret(name: &str, env: Option<&str>, host: Option<&str>) -> (String, Kind, Option<String>) {
    let env = env.map_or_else(|| name.to_uppercase().replace('-', "_"), str::to_owned);
    let mut text = format!("[secrets.{name}]\nenv = {}\n", toml::Value::from(env.as_str()));
    let host = host.map(host_of);
    if let Some((host, _)) = host.as_ref() {
        text.push_str(&format!("hosts = [{}]\n", toml::Value::from(*host)));
    }
    let note = format!("the app starts only where {env} is set: {env}=... flux run");
    let kind = Kind::Secret { name: name.to_owned(), is_for_hosts: host.is_some() };
    let left_out = host.and_then(|(_, left_out)| left_out);
    (text, kind, Some(left_out.map_or(note.clone(), |left_out| format!("{left_out}\n{note}"))))
}

/// `https://api.example.com` of a URL that is longer, and what to say of the rest.
fn host_of(url: &str) -> (&str, Option<String>) {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let (host, rest) = url.split_at(end);
    let is_more = !matches!(rest, "" | "/");
    (
        host,
        is_more
            .then(|| format!("every path of {host} is allowed: an entry has no path, so {rest} is left out")),
    )
}

/// The guest that is meant, where one has to be named.
fn guest_of(project: &Project, named: Option<&String>) -> Result<String, CliError> {
    let guests: Vec<&String> = project.config.guests.keys().collect();
    let all = || guests.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
    match (named, guests.as_slice()) {
        (Some(name), _) if guests.contains(&name) => Ok(name.clone()),
        (Some(name), _) => {
            Err(CliError::new(format!("flux.toml has no guest '{name}'"), format!("it has: {}", all())))
        }
        (None, [only]) => Ok((*only).clone()),
        (None, []) => Err(CliError::new("flux.toml has no guest", "add [guests.<name>] with its source")),
        (None, _) => {
            Err(CliError::new("several guests could run it", format!("say which one, --guest: {}", all())))
        }
    }
}

fn check_name(name: &str) -> Result<(), CliError> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if !name.is_empty() && name.chars().all(is_name) {
        return Ok(());
    }
    let message = format!("'{name}' is not a valid name for a section of flux.toml");
    Err(CliError::new(message, "a name has letters, digits, '-' and '_'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_taken_out_of_a_url() {
        let note =
            "every path of https://api.example.com is allowed: an entry has no path, so /v1?q=/ is left out";
        let expect = ("https://api.example.com", Some(note.to_owned()));
        assert_eq!(host_of("https://api.example.com/v1?q=/"), expect);
        assert_eq!(host_of("http://h?q").0, "http://h");
        assert_eq!(host_of("127.0.0.1:9099"), ("127.0.0.1:9099", None));
        assert_eq!(host_of("*.example.com/"), ("*.example.com", None));
    }
}
