//! An edit of flux.toml that keeps every comment, the order and the layout of what is there.

use anyhow::{Context as _, bail};
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value, value};

use super::section::{Kind, Section, There};

/// What some editors begin a text with.
const BOM: char = '\u{feff}';

/// What flux.toml has of a section already.
pub fn there(text: &str, section: &Section) -> Option<There> {
    let document: DocumentMut = text.trim_start_matches(BOM).parse().ok()?;
    let (table, name) = section.kind.place()?;
    let item = document.get(table)?.get(name)?;
    let text = match item.as_table() {
        Some(values) => format!("[{table}.{name}]\n{values}"),
        None => format!("{table}.{name} = {}\n", item.to_string().trim()),
    };
    Some(There { text, has_hosts: item.get("hosts").is_some() })
}

/// The text with the section; none: it has it already. Its mark at the beginning and its ends of lines stay.
pub fn add(text: &str, section: &Section) -> anyhow::Result<Option<String>> {
    let (mark, rest) = text.strip_prefix(BOM).map_or(("", text), |rest| (&text[..BOM.len_utf8()], rest));
    let Some(edited) = add_to(rest, section)? else { return Ok(None) };
    let ends = rest.matches('\n').count();
    let is_windows = ends > 0 && rest.matches("\r\n").count() == ends;
    let edited = if is_windows { edited.replace("\r\n", "\n").replace('\n', "\r\n") } else { edited };
    Ok(Some(format!("{mark}{edited}")))
}

fn add_to(text: &str, section: &Section) -> anyhow::Result<Option<String>> {
    let mut document: DocumentMut = text.parse().context("flux.toml is no TOML")?;
    let is_new = match (&section.kind, section.kind.place()) {
        (Kind::Fetch(host), _) => add_host(&mut document, host)?,
        (_, Some((table, name))) => add_table(&mut document, table, name, &section.text)?,
        (_, None) => bail!("there is no place for it in flux.toml"),
    };
    Ok(is_new.then(|| document.to_string()))
}

/// `[table.name]`, behind the last one of its kind.
fn add_table(document: &mut DocumentMut, table: &str, name: &str, text: &str) -> anyhow::Result<bool> {
    let root = document.as_table_mut();
    let parent = child(root, table)?;
    if parent.contains_key(name) {
        return Ok(false);
    }
    let mut parsed: DocumentMut = format!("\n{text}").parse().context("the section is no TOML")?;
    let made = parsed.get_mut(table).and_then(|it| it.get_mut(name)).map(std::mem::take);
    let mut made = made.context("the section has another name")?;
    if let Some(made) = made.as_table_mut() {
        // Where it stands is where its kind stands, not where it stood in its own text.
        made.set_position(None);
    }
    parent.insert(name, made);
    Ok(true)
}

fn add_host(document: &mut DocumentMut, host: &str) -> anyhow::Result<bool> {
    if !document.contains_key("fetch") {
        let mut fetch = Table::new();
        fetch.decor_mut().set_prefix("\n");
        document.insert("fetch", Item::Table(fetch));
    }
    let fetch = child(document.as_table_mut(), "fetch")?;
    if !fetch.contains_key("allow") {
        fetch.insert("allow", value(Array::new()));
    }
    let allow = fetch.get_mut("allow").and_then(Item::as_array_mut).context("[fetch] allow is not a list")?;
    if allow.iter().any(|entry| entry.as_str() == Some(host)) {
        return Ok(false);
    }
    push(allow, host);
    Ok(true)
}

/// On a line of its own, where the entry before it is. A comment behind that entry stays there.
fn push(list: &mut Array, entry: &str) {
    let last = list.iter().last().and_then(|last| last.decor().prefix()?.as_str().map(str::to_owned));
    let Some(line) = last.and_then(|prefix| prefix.rfind('\n').map(|at| prefix[at..].to_owned())) else {
        return list.push(entry);
    };
    let comment = list.trailing().as_str().unwrap_or_default().trim_end().to_owned();
    let mut entry = Value::from(entry);
    entry.decor_mut().set_prefix(format!("{comment}{line}"));
    list.push_formatted(entry);
    list.set_trailing("\n");
}

/// A table of the document, made if it is missing; where it is written inline, that.
fn child<'a>(root: &'a mut Table, name: &str) -> anyhow::Result<&'a mut dyn TableLike> {
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let item = root.entry(name).or_insert(Item::Table(implicit));
    item.as_table_like_mut().with_context(|| format!("{name} of flux.toml is no table"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, kind: Kind, section: &str) -> Option<String> {
        add(text, &Section { text: section.to_owned(), kind, note: None }).expect("it is edited")
    }

    const APP: &str = "# The app.\n[app]\nname = \"a\" # its name\n\n[kv.one]\nmemory = true\n\n# Last.\n[limits]\ncalls = 1\n";

    #[test]
    fn a_section_stands_behind_its_like_and_all_else_stays() {
        let two = "# Two.\n[kv.two]\nsqlite = \"kv.db\"\n";
        let text = added(APP, Kind::Kv("two".to_owned()), two).expect("it is new");
        assert_eq!(text, APP.replace("memory = true\n", &format!("memory = true\n\n{two}")));
        assert_eq!(added(&text, Kind::Kv("two".to_owned()), two), None, "the second time it is there");
    }

    #[test]
    fn a_section_that_is_there_is_shown_as_it_is() {
        let there = |text: &str, kind: Kind| there(text, &Section { text: String::new(), kind, note: None });
        let text = |it: Option<There>| it.map(|it| it.text);
        let cron = "[cron.nightly] # at night\nguest = \"a\"\nschedule = \"0 3 * * *\" # UTC\n\n[app]\nname = \"a\"\n";
        let expect = "[cron.nightly]\nguest = \"a\"\nschedule = \"0 3 * * *\" # UTC\n";
        assert_eq!(text(there(cron, Kind::Cron("nightly".to_owned()))).as_deref(), Some(expect));
        assert_eq!(there(cron, Kind::Cron("daily".to_owned())), None);
        let inline = "kv = { one = { memory = true } }\n";
        let expect = "kv.one = { memory = true }\n";
        assert_eq!(text(there(inline, Kind::Kv("one".to_owned()))).as_deref(), Some(expect));
        let secret = Kind::Secret { name: "key".to_owned(), is_for_hosts: false };
        assert!(there("[secrets.key]\nenv = \"KEY\"\nhosts = []\n", secret).is_some_and(|it| it.has_hosts));
    }

    #[test]
    fn the_first_of_its_kind_stands_at_the_end() {
        let section = "[db.main]\nsqlite = \"main.db\"\n";
        let text = added(APP, Kind::Db("main".to_owned()), section).expect("it is new");
        assert_eq!(text, format!("{APP}\n{section}"));
    }

    #[test]
    fn a_table_that_is_written_inline_stays_so() {
        let text = "kv = { one = { memory = true } }\n[app]\nname = \"a\"\n";
        let text = added(text, Kind::Kv("two".to_owned()), "[kv.two]\nmemory = true\n").expect("it is new");
        let parsed: toml::Table = text.parse().expect("TOML");
        assert!(text.starts_with("kv = { one = { memory = true }"), "{text}");
        assert_eq!(parsed["kv"]["two"]["memory"].as_bool(), Some(true));
    }

    #[test]
    fn a_mark_and_the_ends_of_lines_stay() {
        let two = "[kv.two]\nmemory = true\n";
        let text = format!("\u{feff}{}", APP.replace('\n', "\r\n"));
        let edited = added(&text, Kind::Kv("two".to_owned()), two).expect("it is new");
        assert_eq!(edited.matches('\n').count(), edited.matches("\r\n").count(), "{edited:?}");
        let expect = APP.replace("memory = true\n", &format!("memory = true\n\n{two}"));
        assert_eq!(edited, format!("\u{feff}{}", expect.replace('\n', "\r\n")));
    }

    #[test]
    fn dotted_keys_stay_as_they_are() {
        for text in [
            "kv.one.memory = true\n[app]\nname = \"a\"\n",
            "[kv]\none.memory = true\n",
            "[kv]\none = { memory = true }\n",
        ] {
            let edited =
                added(text, Kind::Kv("two".to_owned()), "[kv.two]\nmemory = true\n").expect("it is new");
            let parsed: toml::Table = edited.parse().unwrap_or_else(|error| panic!("{edited}: {error}"));
            assert_eq!(parsed["kv"]["two"]["memory"].as_bool(), Some(true), "{edited}");
            assert_eq!(parsed["kv"]["one"]["memory"].as_bool(), Some(true), "{edited}");
            assert!(text.lines().all(|line| edited.lines().any(|it| it == line)), "{edited}");
        }
        let edited =
            added("fetch.timeout-ms = 5\n", Kind::Fetch("b.example".to_owned()), "").expect("it is new");
        let parsed: toml::Table = edited.parse().unwrap_or_else(|error| panic!("{edited}: {error}"));
        assert_eq!(parsed["fetch"]["allow"][0].as_str(), Some("b.example"), "{edited}");
    }

    #[test]
    fn a_host_joins_the_list() {
        let host = |text: &str| added(text, Kind::Fetch("b.example".to_owned()), "");
        let first = host(APP).expect("it is new");
        assert_eq!(first, format!("{APP}\n[fetch]\nallow = [\"b.example\"]\n"));
        assert_eq!(host(&first), None);
        let second = added(&first, Kind::Fetch("c.example".to_owned()), "").expect("it is new");
        assert!(second.ends_with("allow = [\"b.example\", \"c.example\"]\n"), "{second}");
        let lines = "[fetch]\nallow = [\n    \"a.example\", # one\n]\n";
        let second = host(lines).expect("it is new");
        assert!(second.starts_with("[fetch]\nallow = [\n    \"a.example\", # one\n"), "{second}");
        let parsed: toml::Table = second.parse().expect("TOML");
        assert_eq!(parsed["fetch"]["allow"].as_array().map(Vec::len), Some(2), "{second}");
    }
}
