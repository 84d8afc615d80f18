//! What is wrong with a text is found at once, each where it is, and nothing that follows from it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Address, AppConfig, Checking, Document, Findings, Purpose, UrlKind};

#[derive(Debug, Default, Deserialize)]
struct Section {
    #[serde(default)]
    shop: Shop,
    #[serde(default)]
    shelf: BTreeMap<String, Shelf>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Shop {
    name: String,
    max_visitors: u32,
    open: bool,
    tags: Vec<String>,
    mood: Mood,
    doors: Vec<Door>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mood {
    #[default]
    Calm,
    Busy,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Door {
    place: String,
    width: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Shelf {
    goods: String,
    #[serde(default)]
    store: Option<Address>,
}

/// Reads and checks as a section would; one line for each mistake.
fn found(text: &str) -> (Section, Vec<String>) {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(mistake) => return (Section::default(), vec![mistake.message]),
    };
    let mut findings = Findings::new(&document);
    findings.only(&["shop", "shelf"]);
    let read: Section = findings.read();
    let (app, secrets) = (AppConfig::default(), BTreeMap::new());
    let folder = Path::new("/nowhere");
    let project = Checking { folder, purpose: Purpose::Run, app: &app, secrets: &secrets };
    findings.labels("shelf");
    for (name, shelf) in &read.shelf {
        findings.not_empty(&["shelf", name, "goods"], &shelf.goods, "tea");
        if let Some(address) = &shelf.store {
            findings.address(&["shelf", name, "store"], address, &project, &UrlKind::postgres(|_| Ok(())));
        }
    }
    for (index, door) in read.shop.doors.iter().enumerate() {
        let path = ["shop", "doors", &index.to_string(), "place"];
        findings.not_empty(&path, &door.place, "front");
    }
    let line = |it: super::Mistake| format!("{}:{} {} | {}", it.line, it.column, it.message, it.hint);
    (read, findings.into_mistakes_and_warnings().0.into_iter().map(line).collect())
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(found(text).1, expect);
}

#[test]
fn a_text_without_mistakes_is_read() {
    let text = "[shop]\nname = 'x'\nmax-visitors = 0x1F\nmood = 'busy'\nopen = true\ntags = ['a']\n\
                [[shop.doors]]\nplace = 'front'\nwidth = 1_000\n[shelf.tea]\ngoods = 't'\nstore.env = 'PATH_'\n";
    let (read, mistakes) = found(&text.replace("store.env = 'PATH_'\n", ""));
    assert_eq!(mistakes, [""; 0]);
    let doors = vec![Door { place: "front".to_owned(), width: 1000 }];
    let tags = vec!["a".to_owned()];
    let expect = Shop { name: "x".to_owned(), max_visitors: 31, open: true, tags, mood: Mood::Busy, doors };
    assert_eq!(read.shop, expect);
    assert_eq!(read.shelf["tea"].goods, "t");
}

#[test]
fn every_mistake_is_found_at_once() {
    check(
        "[shopp]\n[shop]\nname = 1\nmax-visitors = '64 KiB'\nopen = 'yes'\ntags = 'a'\nmood = 'bussy'\nnmae = 'x'\n",
        &[
            "1:1 there is no table 'shopp' | did you mean 'shop'?",
            "3:8 'name' must be a text in quotes, not a number | write it in quotes: name = \"…\"",
            "4:16 'max-visitors' must be a whole number, not a text | write max-visitors = 65536",
            "5:8 'open' must be true or false, not a text | write open = true, or open = false",
            "6:8 'tags' must be a list, not a text | write tags = [\"a\"]",
            "7:8 'mood' cannot be 'bussy' | did you mean 'busy'?",
            "8:1 there is no key 'nmae' in [shop] | did you mean 'name'?",
        ],
    );
}

#[test]
fn a_key_that_is_missing_does_not_hide_the_mistakes_beside_it() {
    check(
        "[[shop.doors]]\nwidth = 2.5\n[[shop.doors]]\nplace = ''\nwidth = -1\n[shelf.tea]\nstore = 'redis://h'\n",
        &[
            "1:1 the key 'place' is missing from [[shop.doors]] | add place = \"…\"",
            "2:9 'width' must be a whole number, not a number with a point | write a number without a point: width = 1000",
            "4:9 'place' is empty | write one such as place = \"front\"",
            "5:9 'width' is outside its range | write a whole number from 0 to 4294967295",
            "6:1 the key 'goods' is missing from [shelf.tea] | add goods = \"…\"",
            "7:9 this is no address of a PostgreSQL database | write one such as \
             postgres://user:password@host:5432/database",
        ],
    );
}

#[test]
fn what_follows_from_a_mistake_is_none() {
    // The name of the wrong kind is there: it is not missing, too. The list's places are those of the text.
    check(
        "[shelf.tea]\ngoods = 1\n[shop]\ndoors = [1, { place = '', width = 1 }]\n",
        &[
            "2:9 'goods' must be a text in quotes, not a number | write it in quotes: goods = \"…\"",
            "4:10 an entry of 'doors' must be a table, not a number | write its keys below a heading [doors], or between braces",
            "4:23 'place' is empty | write one such as place = \"front\"",
        ],
    );
    check(
        "shelf = 1\n",
        &[
            "1:9 'shelf' must be a table, not a number | write its keys below a heading [shelf], or between braces",
        ],
    );
}

#[test]
fn an_address_may_stand_elsewhere() {
    let shelf = |store: &str| format!("[shelf.tea]\ngoods = 't'\nstore = {store}\n");
    let unset = "3:9 the address is not in the environment variable FLUX_TEST_UNSET | set the environment variable \
                 FLUX_TEST_UNSET in the shell or in .env, or write the URL itself";
    check(&shelf("{ env = 'FLUX_TEST_UNSET' }"), &[unset]);
    let hint = "write { env = \"DATABASE_URL\" } or { file = \"path\" }";
    check(&shelf("{ env = 'A', file = 'b' }"), &[&format!("3:9 an address has both env and file | {hint}")]);
    check(&shelf("{}"), &[&format!("3:9 an address has neither env nor file | {hint}")]);
    check(
        &shelf("{ enw = 'A' }"),
        &["3:11 there is no key 'enw' in [shelf.tea.store] | did you mean 'env'?"],
    );
    check(
        &shelf("1"),
        &[
            "3:9 'store' must be a URL, or { env = \"VARIABLE\" }, not a number | write a URL, or { env = \"VARIABLE\" }",
        ],
    );
}

#[test]
fn names_are_such_as_guests_and_files_can_have() {
    let hint = "a name has ASCII letters, digits, '-' and '_', begins with a letter or digit, and has 64 characters at \
                the most";
    for name in ["a.b", "a#1", "", "-a", "ä"] {
        let text = format!("[shelf.{name:?}]\ngoods = 't'\n");
        check(&text, &[&format!("1:1 '{name}' cannot be a name in [shelf] | {hint}")]);
    }
    check("[shelf.Tea_2-x]\ngoods = 't'\n", &[]);
}

#[test]
fn toml_that_does_not_parse_is_one_mistake() {
    check("[shop\nname = 1\n", &["unclosed table, expected `]`"]);
    check("[shop]\nname = hello\nopen = 1\n", &["string values must be quoted, expected literal string"]);
}
