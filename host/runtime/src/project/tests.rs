//! Every kind of mistake in flux.toml: where it is told, what is said, and what to write.

use std::path::Path;

use flux_host::section::Purpose;

use super::parse;
use crate::catalog::Catalog;

const APP: &str = "[app]\nname = \"t\"\n";

/// The warnings about a text that has no mistake.
fn warned(folder: &Path, text: &str) -> Vec<String> {
    let (_, warnings) = parse(&Catalog::builtin(), Purpose::Run, folder, text).expect("no mistake");
    warnings.into_iter().map(|it| format!("{}:{} {} | {}", it.line, it.column, it.message, it.hint)).collect()
}

fn told(purpose: Purpose, folder: &Path, text: &str) -> Vec<String> {
    let found = parse(&Catalog::builtin(), purpose, folder, text).err().unwrap_or_default();
    let told = found.into_iter().map(|it| format!("{}:{} {} | {}", it.line, it.column, it.message, it.hint));
    told.collect()
}

/// What is said of a flux.toml whose first two lines are `[app]` and a name.
#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(told(Purpose::Read, Path::new("."), &format!("{APP}{text}")), expect);
}

/// The same before a run, in a folder that has `guest/`, `a.wasm` and `empty.toml`.
#[track_caller]
fn check_run(text: &str, expect: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("guest")).expect("a folder");
    for (name, bytes) in [("a.wasm", ""), ("good.toml", "a = 'b'"), ("bad.toml", "a = 1")] {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let told = told(Purpose::Run, folder.path(), &format!("{APP}{text}"));
    let inside = format!("{}/", folder.path().display());
    assert_eq!(told.iter().map(|line| line.replace(&inside, "")).collect::<Vec<_>>(), expect);
}

#[test]
fn what_is_right_is_not_told() {
    check("", &[]);
    check(
        "[guests.g]\nsource = 'guest'\nengine = 'v8'\n[[http.routes]]\nroute = '* /{*rest}'\nguest = 'g'\n\
         [queues.mail]\nguest = 'g'\nnats = 'localhost:4222'\n[cron.tick]\nguest = 'g'\nschedule = '*/5 * * * *'\n\
         timezone = 'Europe/Berlin'\n[kv.a]\nredis.env = 'NO_SUCH_VARIABLE'\n[kv.b]\nmemory = true\n\
         [db.main]\npostgres = 'postgresql://h/d'\nmigrations = 'nowhere'\n[secrets.s]\nenv = 'NO_SUCH_VARIABLE'\n\
         [config]\n'any.key' = 'x'\n[record.retention]\nmax-age = '30days'\n[record.redact]\nbuckets = ['a']\n\
         columns = ['email', 'main.card']\njson = ['**.email']\n[http]\nlisten = '[::1]:0'\n[admin]\nlisten = 'localhost:0'\n",
        &[],
    );
    check_run(
        "[guests.g]\nsource = 'guest'\n[guests.h]\nsource = 'a.wasm'\n[[http.routes]]\nroute = 'GET /'\nguest = 'g'\n\
         [queues.q]\nguest = 'h'\n[secrets.s]\nfile = 'good.toml'\n",
        &[],
    );
}

#[test]
fn an_app_has_a_name() {
    let without = |text: &str| told(Purpose::Read, Path::new("."), text);
    assert_eq!(without(""), ["1:1 the key 'app' is missing | add app = \"…\""]);
    assert_eq!(without("[app]\n"), ["1:1 the key 'name' is missing from [app] | add name = \"…\""]);
    assert_eq!(without("[app]\nname = ''\n"), ["2:8 'name' is empty | write one such as name = \"orders\""]);
}

#[test]
fn a_trigger_calls_a_guest_that_is_there() {
    check(
        "[guests.orders]\nsource = 'guest'\n[[http.routes]]\nroute = 'GET /'\nguest = 'order'\n\
         [queues.mail]\nguest = 'x'\n[cron.tick]\nguest = 'orderz'\nschedule = '* * * * *'\n",
        &[
            "7:9 there is no guest 'order' under [guests] | did you mean 'orders'?",
            "9:9 there is no guest 'x' under [guests] | add [guests.x] with source = \"<folder>\"",
            "11:9 there is no guest 'orderz' under [guests] | did you mean 'orders'?",
        ],
    );
    // The guest is there, though its table has a mistake.
    check(
        "[guests.g]\nsource = 1\n[queues.mail]\nguest = 'g'\n",
        &["4:10 'source' must be a text in quotes, not a number | write it in quotes: source = \"…\""],
    );
}

#[test]
fn a_route_is_a_method_and_a_path() {
    let routes = [
        ("PSOT /links", "there is no method 'PSOT'", "did you mean 'POST /links'?"),
        ("get /links", "there is no method 'get'", "did you mean 'GET /links'?"),
        (
            "CONNECT /",
            "CONNECT is for proxies: it has no path",
            "write a method and a path, such as GET /orders/{id}",
        ),
        ("/links", "'/links' is no route", "write the method before the path: GET /links"),
        ("GET  /links", "'GET  /links' is no route", "write GET /links, with one space"),
        (
            "GET /links?a",
            "a route is a path, and this one has a query",
            "write /links: the guest finds the query in its request",
        ),
        ("GET links", "'GET links' is no route", "write a method and a path, such as GET /orders/{id}"),
        ("GET /:id/x", "':id' is no parameter of a path", "write {id}"),
        ("GET /files/*path", "'*path' is no parameter of a path", "write {*path}"),
        (
            "GET /{*rest}/x",
            "the rest of a path stands before its end",
            "write {*rest} last, or {name} for one segment",
        ),
    ];
    for (route, message, hint) in routes {
        let text = format!("[guests.g]\nsource = 'guest'\n[[http.routes]]\nroute = '{route}'\nguest = 'g'\n");
        check(&text, &[&format!("6:9 {message} | {hint}")]);
    }
}

#[test]
fn of_two_routes_it_is_clear_which_answers() {
    let route = |route: &str| format!("[[http.routes]]\nroute = '{route}'\nguest = 'g'\n");
    let two = |a: &str, b: &str| format!("[guests.g]\nsource = 'guest'\n{}{}", route(a), route(b));
    check(
        &two("GET /a", "GET /a"),
        &["9:9 the route 'GET /a' stands twice | take one of the two out: the other is in line 6"],
    );
    let hint = "take one of the two out, or write their parameters alike";
    check(
        &two("GET /{a}", "* /{b}"),
        &[&format!(
            "9:9 the route '/{{a}}' fits the same paths, so it is unclear which of the two answers | {hint}"
        )],
    );
    check(&two("GET /{a}", "POST /{b}"), &[]);
    // The rest of a path may be nothing.
    check(
        &two("GET /{a}/", "GET /{b}/{*rest}"),
        &[&format!(
            "9:9 the route '/{{a}}/' fits the same paths, so it is unclear which of the two answers | {hint}"
        )],
    );
    check(&two("GET /{*rest}", "* /x"), &[]);
}

#[test]
fn a_back_end_is_one() {
    check(
        "[kv.a]\nsqlite = 'a.db'\nredis = 'redis://h'\n[kv.b]\n[kv.c]\nmemory = false\n[db.d]\n[db.e]\nsqlite = 'e'\n\
         postgres = 'postgres://h/e'\n",
        &[
            "5:9 [kv.a] has 2 back ends: sqlite and redis | keep one of the lines: sqlite, redis",
            "6:1 [kv.b] has no back end | add one of sqlite = \"kv.db\", redis = \"redis://…\" and memory = true",
            "7:1 [kv.c] has no back end | add one of sqlite = \"kv.db\", redis = \"redis://…\" and memory = true",
            "9:1 [db.d] has no back end | add one of sqlite = \"d.db\" and postgres = \"postgres://…\"",
            "12:12 [db.e] has 2 back ends: sqlite and postgres | keep one of the lines: sqlite, postgres",
        ],
    );
    // A name that is spelt wrong is one mistake.
    check(
        "[kv.a]\nsqllite = 'a.db'\n[secrets.s]\nenvv = 'S'\n[db.d]\nsqlite = 1\n",
        &[
            "4:1 there is no key 'sqllite' in [kv.a] | did you mean 'sqlite'?",
            "6:1 there is no key 'envv' in [secrets.s] | did you mean 'env'?",
            "8:10 'sqlite' must be a text in quotes, not a number | write it in quotes: sqlite = \"…\"",
        ],
    );
    check(
        "[guests.g]\nsource = 'guest'\n[queues.q]\nguest = 'g'\nsqlite = 'a'\nnats = 'nats://h'\n",
        &["8:8 [queues.q] has 2 back ends: sqlite and nats | keep one of the lines: sqlite, nats"],
    );
}

#[test]
fn an_address_is_one_of_its_service() {
    check(
        "[kv.a]\nredis = 'localhost:6379'\n[db.b]\npostgres = 'mysql://u:p@h/d'\n[record]\npostgres = ''\n",
        &[
            "4:9 this is no address of a Redis | write one such as redis://user:password@host:6379",
            "6:12 this is no address of a PostgreSQL database | write one such as \
             postgres://user:password@host:5432/database",
            "8:12 this is no address of a PostgreSQL database | write one such as \
             postgres://user:password@host:5432/database",
        ],
    );
}

#[test]
fn an_address_is_one_that_its_driver_takes() {
    let postgres = "write one such as postgres://user:password@host:5432/database";
    let redis = "write one such as redis://user:password@host:6379";
    check(
        "[db.a]\npostgres = 'postgres://u:hush@h:70000/d'\n[db.b]\npostgres = 'postgres://h/d?sslmod=require'\n\
         [db.c]\npostgres = 'postgres://h:0/d'\n[kv.a]\nredis = 'redis://h/first'\n[kv.b]\nredis = 'redis://h:99999'\n\
         [guests.g]\nsource = 'g'\n[queues.q]\nguest = 'g'\nnats = 'nats://h:99999'\n[record]\npostgres = 'postgres://h:x/d'\n",
        &[
            &format!("4:12 this is no address of a PostgreSQL database: invalid port number | {postgres}"),
            &format!(
                "6:12 this is no address of a PostgreSQL database: it has an unknown parameter; these are known: sslmode, \
                 sslrootcert, sslcert, sslkey, host, hostaddr, port, dbname, user, password, application_name, options | \
                 {postgres}"
            ),
            &format!(
                "8:12 this is no address of a PostgreSQL database: nobody listens on port 0 | {postgres}"
            ),
            &format!("10:9 this is no address of a Redis: Invalid database number | {redis}"),
            &format!("12:9 this is no address of a Redis: Redis URL did not parse | {redis}"),
            "17:8 this is no address of a NATS server: NATS server URL is invalid: invalid port number | write one such as \
             nats://127.0.0.1:4222",
            &format!("19:12 this is no address of a PostgreSQL database: invalid port number | {postgres}"),
        ],
    );
}

#[test]
fn a_file_can_be_what_it_is_for() {
    let nul = "no file or folder can have this name: it has a NUL character | take \\u0000 out of it";
    check(
        "data = \"a\\u0000\"\n[db.a]\nsqlite = '.'\n[db.b]\nsqlite = 'x/'\n[kv.c]\nsqlite = \"c\\u0000\"\n[db.e]\nsqlite = 'e.db'\n\
         migrations = \"m\\u0000\"\n[secrets.s]\nfile = \"s\\u0000\"\n[secrets.t]\nenv = 'A=B'\n[kv.f]\nsqlite = '..'\n",
        &[
            &format!("3:8 {nul}"),
            "5:10 '.' is a folder, and SQLite needs a file | write the name of a file, such as sqlite = \"a.db\"",
            "7:10 'x/' is a folder, and SQLite needs a file | write the name of a file, such as sqlite = \"b.db\"",
            &format!("9:10 {nul}"),
            &format!("12:14 {nul}"),
            &format!("14:8 {nul}"),
            "16:7 'A=B' is no name of an environment variable | write one such as env = \"T\"",
            "18:10 '..' is a folder, and SQLite needs a file | write the name of a file, such as sqlite = \"kv.db\"",
        ],
    );
    // In the folder of this test, `a.wasm` is a file and `guest` a folder.
    check_run(
        "data = 'a.wasm/x'\n",
        &[
            "3:8 a.wasm is not a folder | name another folder, such as data = \".flux\", or make this one writable",
        ],
    );
    check_run(
        "[db.a]\nsqlite = '../../guest'\n[db.b]\nsqlite = 'no/b.db'\nmigrations = 'a.wasm'\n[record.redact]\nkeys = 'guest'\n",
        &[
            "4:10 '../../guest' cannot be a database: guest is not a file | name a file that is not there yet, or an SQLite file",
            "6:10 'no/b.db' cannot be a database: there is no folder .flux/data/no | make the folder, or name a file without one",
            "7:14 cannot read the folder a.wasm: Not a directory (os error 20) | name a folder of files such as \
             0001_tables.sql, which this user can read",
            "9:8 guest is a folder | name a file: the first run makes it",
        ],
    );
}

#[test]
fn a_guest_that_nothing_calls_is_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("guest")).expect("a folder");
    let text =
        format!("{APP}[guests.g]\nsource = 'guest'\n[guests.h]\nsource = 'guest'\n[queues.q]\nguest = 'g'\n");
    let hint = "add a [[http.routes]] with route = \"GET /\" and guest = \"h\", a [queues.…] or a [cron.…], or take the \
                guest out";
    assert_eq!(warned(folder.path(), &text), [format!("5:1 nothing calls the guest 'h' | {hint}")]);
}

#[test]
fn ten_thousand_mistakes_are_all_found() {
    use std::fmt::Write as _;

    let mut text = format!("{APP}[guests.g]\nsource = 'guest'\n");
    for index in 0..10_000 {
        // By turns: no method, no text, no guest, and none at all.
        let wrong =
            ["route = 'PSOT /a'\nguest = 'g'", "route = 1\nguest = 'g'", "route = 'GET /{a}'", "x = 1"]
                [index % 4];
        writeln!(text, "[[http.routes]]\n{wrong}").expect("a String takes it");
    }
    let found = told(Purpose::Read, Path::new("."), &text);
    // Some have two mistakes.
    assert!(found.len() >= 12_000, "{}", found.len());
    assert_eq!(found[0], "6:9 there is no method 'PSOT' | did you mean 'POST /a'?");
}

#[test]
fn a_schedule_and_its_zone_are_told_apart() {
    check(
        "[guests.g]\nsource = 'guest'\n[cron.a]\nguest = 'g'\nschedule = '* * 99 * *'\ntimezone = 'Europe/Berln'\n\
         [cron.b]\nguest = 'g'\nschedule = 'daily'\nmax-attempts = 0\n",
        &[
            "7:12 '* * 99 * *' is no schedule: '99' is no day | the day field goes from 1 to 31",
            "8:12 'Europe/Berln' is no time zone | did you mean 'Europe/Berlin'?",
            "11:12 'daily' is no schedule: it has 1 fields | write minute hour day month weekday, and a sixth field before \
             them for seconds",
            "12:16 'max-attempts' is 0, which is outside its range | write a number from 1 to 1000",
        ],
    );
}

#[test]
fn ports_are_ports_and_no_two_the_same() {
    let example = "write a host and a port from 0 to 65535, such as \"127.0.0.1:8080\"";
    check(
        "[http]\nlisten = '127.0.0.1:80800'\n[admin]\nlisten = '9080'\n",
        &[&format!("4:10 '80800' is no port | {example}"), &format!("6:10 '9080' has no port | {example}")],
    );
    let hint = "give one of the two another port; 0 takes a free one";
    check(
        "[http]\nlisten = '0.0.0.0:9000'\n[admin]\nlisten = '127.0.0.1:9000'\n",
        &[&format!("6:10 '127.0.0.1:9000' is the address of [http] listen in line 4 too | {hint}")],
    );
    check(
        "[http]\nlisten = 'localhost:9080'\n",
        &[&format!("4:10 'localhost:9080' is the address of [admin] listen by default too | {hint}")],
    );
    check("[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'\n", &[]);
    check(
        "[http]\nlisten = '127.0.0.300:80'\n[admin]\nlisten = '[::zz]:80'\n",
        &[
            &format!("4:10 '127.0.0.300:80' is no address to listen on | {example}"),
            &format!("6:10 '[::zz]:80' is no address to listen on | {example}"),
        ],
    );
}

#[test]
fn bounds_leave_something_to_do() {
    let hint = "write a number of 1 or more, or take the line out for the default";
    check(
        "[http]\nmax-streams = 0\n[limits]\nconcurrency = 0\n[fetch]\ntimeout-ms = 0\n[db.d]\nsqlite = 'd'\nmax-rows = 0\n",
        &[
            &format!("4:15 'max-streams' is 0: no request would be answered | {hint}"),
            &format!("6:15 'concurrency' is 0: no guest could do anything | {hint}"),
            &format!("8:14 'timeout-ms' is 0: every request would fail at once | {hint}"),
            &format!("11:12 'max-rows' is 0: no statement would ever be answered | {hint}"),
        ],
    );
}

#[test]
fn entries_that_fit_nothing_are_told() {
    check(
        "[kv.sessions]\nmemory = true\n[record.redact]\nheaders = ['x y']\njson = ['a..b']\n\
         columns = ['main.', 'main.email']\nbuckets = ['sesions']\n[replay]\nignore = ['response.body.first name']\n\
         unordered = ['kv.bucket.get[0]']\n[fetch]\nallow = ['ftp://h']\n[secrets.s]\nenv = 'S'\nhosts = ['a/b']\n\
         [record.retention]\nmax-age = 'long'\n",
        &[
            "6:12 'x y' is no name of a header | write one such as \"authorization\"",
            "7:9 'a..b' is no path of members | write one such as customer.email, items.*.card or **.email",
            "8:12 'main.' is no column | write one such as email or main.email",
            "8:21 there is no database 'main' under [db] | add [db.main], or take the entry out",
            "9:12 there is no bucket 'sesions' under [kv] | did you mean 'sessions'?",
            "11:11 'response.body.first name' is no path: a step begins with '.' or '[', at character 20 | put a name with \
             such characters into quotes: \"first name\"",
            "12:14 'kv.bucket.get[0]' is no function: 'kv.bucket.get' is one | name a function as a report does, without its \
             arguments",
            "14:10 'ftp' is no scheme of fetch: write http:// or https://, or none for both | write a host such as \
             \"api.example.com\", \"*.example.com\" or \"127.0.0.1:9099\"",
            "17:10 'a/b' is more than a host and a port: paths and users cannot be allowed | write a host such as \
             \"api.example.com\", \"*.example.com\" or \"127.0.0.1:9099\"",
            "19:11 'long' is no length of time | write one such as 90s, 12h or 30days",
        ],
    );
}

#[test]
fn a_guest_has_what_its_engine_gives() {
    check(
        "[guests.c]\nsource = 'c'\nengine = 'v9'\n[guests.d]\nsource = 'd'\nengine = 'v8'\nenv = { A = 'b' }\n\
         [guests.e]\nsource = 'e'\nenv = { 'A=' = 'b' }\n",
        &[
            "5:10 'engine' cannot be 'v9' | write one of: wasm, v8",
            "9:7 a guest on V8 has no environment variables | put the values under [config]: the guest reads them with \
             config.get",
            "12:16 'A=' is no environment variable | write NAME = \"value\"",
        ],
    );
}

#[test]
fn before_a_run_everything_is_there() {
    check_run(
        "config-files = ['good.toml', 'no.toml']\n\
         [guests.g]\nsource = './nosuch'\n[guests.h]\nsource = 'b.wasm'\n[guests.i]\nsource = 'guest'\n\
         [[http.routes]]\nroute = 'GET /'\nguest = 'g'\n[queues.q]\nguest = 'h'\n[db.d]\nsqlite = 'd.db'\n\
         migrations = 'migrations'\n[secrets.s]\nenv = 'FLUX_TEST_UNSET'\n[secrets.t]\nfile = 'no-file'\n",
        &[
            "3:30 cannot read no.toml: No such file or directory (os error 2) | the file is TOML with nothing but lines such as \
             key = \"text\"",
            "5:10 there is no folder './nosuch' | correct the path, which is relative to flux.toml, or make a guest there: \
             flux new",
            "7:10 there is no file 'b.wasm' | build it with its own tools first, or name the folder of its source",
            "17:14 there is no folder migrations | make it with a first file migrations/0001_tables.sql",
            "19:7 the secret 's' is not in the environment variable FLUX_TEST_UNSET | set the environment variable \
             FLUX_TEST_UNSET in the shell or in .env, or take the secret out of [secrets]",
            "21:8 the secret 't' is not in the file no-file | write it into the file no-file, or take the secret out of [secrets]",
        ],
    );
}

#[test]
fn to_look_at_records_nothing_has_to_be_there() {
    let text = "[guests.g]\nsource = './nosuch'\n[db.d]\nsqlite = 'd.db'\nmigrations = 'no'\n[secrets.s]\nenv = 'FLUX_TEST_UNSET'\n";
    check(text, &[]);
    let build = told(Purpose::Build, Path::new("."), &format!("{APP}{text}"));
    assert_eq!(build.len(), 1, "{build:?}");
}

#[test]
fn a_table_that_nobody_has_is_told() {
    check(
        "[htpp]\nlisten = 'x'\n[zzz]\n",
        &[
            "3:1 there is no table 'htpp' | did you mean 'http'?",
            "5:1 there is no table 'zzz' | the tables of flux.toml are: app, guests, http, admin, limits, secrets, record, \
             replay, config, db, kv, queues, cron, fetch",
        ],
    );
}

/// Paths and functions are those of the capabilities' WIT.
#[test]
fn what_replays_tolerate_must_name_something() {
    let names = |ignore: &str, layout: &str, unordered: &str| {
        format!("[replay]\nignore = [{ignore}]\nlayout = [{layout}]\nunordered = [{unordered}]\n")
    };
    check(
        &names(
            "'response.headers.date', 'response.body.a[0].b', 'fetch.send.body.at', 'db.connection.query[2][0]', 'kv', \
             'config.get.region', 'open.\"kv:a\"', 'response.status', '*.bucket.get', 'kv.bucket.set[3].ttl-ms'",
            "'response.body', 'queue.send[1]', 'db.transaction.execute[2][1]'",
            "'kv.bucket.get', 'fetch.send'",
        ),
        &[],
    );
    check(
        &names(
            "'response.bdoy', 'kv.buckt.get[0]', 'fetch.send[0].body', 'db.connection.query[3]', 'response.status.code'",
            "'respose.body', 'response.headers[0]'",
            "'kv.bucket.gte'",
        ),
        &[
            "4:11 'response.bdoy' names nothing: response has no part 'bdoy' | did you mean 'body'?",
            "4:28 'kv.buckt.get[0]' names nothing: neither the response nor a recorded call | did you mean \
             'kv.bucket.get[0]'?",
            "4:47 'fetch.send[0].body' names nothing: fetch.send has no part '[0]' | fetch.send has method, url, headers, \
             body, timeout-ms",
            "4:69 'db.connection.query[3]' names nothing: db.connection.query has no part '[3]' | did you mean '[2]'?",
            "4:95 'response.status.code' names nothing: response.status has no part 'code' | name response.status itself, \
             without what follows",
            "5:11 'respose.body' names nothing: neither the response nor a recorded call | did you mean 'response.body'?",
            "5:27 'response.headers[0]' names nothing: response.headers has no part '[0]' | response.headers has names \
             (as in .date), and no numbers",
            "6:14 there is no call 'kv.bucket.gte' | did you mean 'kv.bucket.get'?",
        ],
    );
}
