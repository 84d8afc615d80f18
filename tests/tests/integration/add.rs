//! `flux add`: flux.toml has what was asked for, and everything that it had before.

use std::os::unix::fs::PermissionsExt;

use flux_runtime::Project as Config;
use serde_json::{Value, json};

use crate::support::{Project, Said};

const APP: &str = "# The shop.\n[app]\nname = \"shop\"   # its name\n\n[guests.shop]\nsource = \".\"\n\n\
                   [kv.prices] # in cents\nmemory = true\n\n# The end.\n";

fn project() -> Project {
    let project = Project::new(APP);
    std::fs::write(project.path().join("go.mod"), "module shop\n").expect("it is written");
    project
}

fn config(project: &Project) -> String {
    std::fs::read_to_string(project.path().join("flux.toml")).expect("it is read")
}

fn add(project: &Project, args: &[&str]) -> Said {
    project.flux(&[&["add"], args].concat())
}

/// What is asked for, what flux.toml says then, and the call that is shown.
const ADDITIONS: [(&[&str], &str, &str); 9] = [
    (&["db", "main"], "[db.main]\nsqlite = \"main.db\"\n", "db.Open(\"main\")"),
    (&["kv", "cache"], "[kv.cache]\nsqlite = \"kv.db\"\n", "kv.Open(\"cache\")"),
    (&["queue", "mail"], "[queues.mail]\nguest = \"shop\"\n", "queue.Send(\"mail\""),
    (&["queue", "news"], "[queues.news]\nguest = \"shop\"\n", "jobs.Handle(\"news\""),
    (
        &["fetch", "api.example.com"],
        "[fetch]\nallow = [\"api.example.com\"]\n",
        "\"https://api.example.com/\"",
    ),
    (
        &["cron", "nightly"],
        "[cron.nightly]\nguest = \"shop\"\nschedule = \"0 3 * * *\"\n",
        "jobs.Handle(\"cron.nightly\"",
    ),
    (&["cron", "often", "--schedule", "*/5 * * * *"], "schedule = \"*/5 * * * *\"\n", "cron.often"),
    (&["secret", "pay-key"], "[secrets.pay-key]\nenv = \"PAY_KEY\"\n", "config.RequireSecret(\"pay-key\")"),
    (
        &["secret", "token", "--env", "T", "--host", "https://api.example.com/v1"],
        "[secrets.token]\nenv = \"T\"\nhosts = [\"https://api.example.com\"]\n",
        "Bearer {{secret token}}",
    ),
];

#[test]
fn everything_can_be_added_once_and_all_else_stays() {
    let project = project();
    for (args, text, call) in ADDITIONS {
        let before = config(&project);
        let said = add(&project, args);
        assert!(
            said.status == 0 && said.stdout.contains("added to ") && said.stdout.contains(call),
            "{said:?}"
        );
        let after = config(&project);
        assert!(after.contains(text), "{args:?}:\n{after}");
        assert!(before.lines().all(|line| after.lines().any(|it| it == line)), "{args:?}:\n{after}");
        Config::read(project.path()).unwrap_or_else(|error| panic!("{args:?}: {error}\n{after}"));
        let again = add(&project, args);
        assert!(
            again.status == 0 && again.stdout.contains(" has it already, and was not changed:\n"),
            "{again:?}"
        );
        assert_eq!(config(&project), after, "{args:?}");
    }
}

#[test]
fn a_dry_run_writes_nothing() {
    let project = project();
    for (args, text, _) in ADDITIONS {
        let said = add(&project, &[args, &["--dry-run"]].concat());
        assert!(said.status == 0 && said.stdout.starts_with("would be added to "), "{said:?}");
        assert!(text.lines().all(|line| said.stdout.contains(line)), "{said:?}");
        assert_eq!(config(&project), APP);
    }
}

#[test]
fn what_would_make_flux_toml_wrong_is_refused() {
    let project = project();
    let cases: [(&[&str], &str); 6] = [
        (&["cron", "nightly", "--schedule", "at night"], "hint: "),
        // Nobody has the text that the mistake would be in, so no line of it is named.
        (
            &["cron", "nightly", "--schedule", "0 3 40 * *"],
            "error: '0 3 40 * *' is no schedule: '40' is no day; nothing was written\nhint: ",
        ),
        (&["fetch", "not a host"], "hint: "),
        (&["db", "my db"], "error: 'my db' is not a valid name for a section of flux.toml\n"),
        (
            &["queue", "mail", "--guest", "nobody"],
            "error: flux.toml has no guest 'nobody'\nhint: it has: shop\n",
        ),
        (&["queue"], "required arguments"),
    ];
    for (args, words) in cases {
        let said = add(&project, args);
        assert!(said.status != 0 && said.stderr.contains(words), "{args:?}: {said:?}");
        assert_eq!(config(&project), APP, "{args:?}");
    }
}

#[test]
fn of_several_guests_one_has_to_be_named() {
    let project = Project::new(&format!("{APP}\n[guests.mailer]\nsource = \"mailer\"\n"));
    let said = add(&project, &["queue", "mail"]);
    assert!(said.status == 1 && said.stderr.contains("--guest: mailer, shop\n"), "{said:?}");
    let said = add(&project, &["queue", "mail", "--guest", "mailer"]);
    assert!(said.status == 0 && config(&project).contains("[queues.mail]\nguest = \"mailer\"\n"), "{said:?}");
}

#[test]
fn of_a_url_its_origin_is_allowed_and_the_rest_is_told() {
    let project = project();
    let said = add(&project, &["fetch", "https://api.example.com/v1/users?all"]);
    assert!(said.status == 0 && said.stdout.contains("so /v1/users?all is left out\n"), "{said:?}");
    assert!(config(&project).contains("allow = [\"https://api.example.com\"]\n"), "{}", config(&project));
}

#[test]
fn a_link_and_the_ends_of_lines_stay_and_nothing_is_left_where_it_cannot_be_written() {
    let project = project();
    let (file, real) = (project.path().join("flux.toml"), project.path().join("real.toml"));
    std::fs::write(&real, format!("\u{feff}{}", APP.replace('\n', "\r\n"))).expect("it is written");
    std::fs::remove_file(&file).and_then(|()| std::os::unix::fs::symlink(&real, &file)).expect("a link");
    assert_eq!(add(&project, &["db", "main"]).status, 0);
    assert!(file.is_symlink());
    let text = config(&project);
    assert!(text.starts_with('\u{feff}') && text.contains("[db.main]\r\n"), "{text:?}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{text:?}");
    let left = std::fs::read_dir(project.path()).expect("a folder").flatten().map(|it| it.file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")));
}

#[test]
fn others_may_read_flux_toml_as_before() {
    let project = project();
    let file = project.path().join("flux.toml");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("its rights are set");
    assert_eq!(add(&project, &["db", "main"]).status, 0);
    let mode = file.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[test]
fn json_says_what_was_written_and_the_call() {
    let project = project();
    let (status, said) = project.flux_json(&["add", "kv", "cache"]);
    assert_eq!((status, &said["new"], &said["written"]), (0, &json!(true), &json!(true)), "{said}");
    let (status, said) = project.flux_json(&["add", "kv", "cache", "--dry-run"]);
    assert_eq!((status, &said["new"], &said["written"]), (0, &json!(false), &json!(false)), "{said}");
    let call = |it: &Value| (it["calls"][0]["language"].clone(), it["calls"].as_array().map(Vec::len));
    assert_eq!(call(&said), (json!("go"), Some(1)), "{said}");
}
