//! Divergences for people: those of one kind are told once, with their number.

use std::fmt;

use flux_recorder::Value;
use flux_replay::{Difference, Divergence, Relaid, relaid};

use super::causes::{anywhere, kind};
use crate::printer::{Page, cut};

const WIDTH: usize = 100;
/// How many entries of flux.toml a hint names.
const HINTS: usize = 8;
/// How many of one kind are told one by one; of more, the first is told and the others are counted.
const ONE_BY_ONE: usize = 3;
/// How many of those that are counted are named.
const NAMED: usize = 8;

/// Writes all divergences of an execution. `all`: each of them, also those of one kind.
pub fn write(out: &mut Page, divergences: &[Divergence], all: bool) -> fmt::Result {
    for group in groups(divergences, kind) {
        let shown = if all || group.len() <= ONE_BY_ONE { group.len() } else { 1 };
        group[..shown].iter().try_for_each(|divergence| write_one(out, divergence, all))?;
        let rest = &group[shown..];
        if !rest.is_empty() {
            let calls: Vec<_> = rest.iter().filter_map(|it| it.index()).take(NAMED).collect();
            let calls = calls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let more = if rest.len() > NAMED { ", …" } else { "" };
            let of =
                if calls.is_empty() { String::new() } else { format!(": recorded as calls {calls}{more}") };
            writeln!(out, "      and {} more like it{of}  (each of them: --all)", rest.len())?;
        }
    }
    Ok(())
}

/// Groups of one kind, in the order of their first.
fn groups<T>(all: &[T], kind: impl Fn(&T) -> String) -> Vec<Vec<&T>> {
    let mut places = std::collections::HashMap::new();
    let mut groups: Vec<Vec<&T>> = Vec::new();
    for it in all {
        let place = *places.entry(kind(it)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    groups
}

fn write_one(out: &mut Page, divergence: &Divergence, all: bool) -> fmt::Result {
    let code = divergence.code();
    let shown = |args: &Value| cut(&args.to_string(), WIDTH);
    match divergence {
        Divergence::Changed { index, asked, function, differences } => {
            writeln!(out, "  {code} changed: call {asked}, {function} (recorded as call {index})")?;
            write_differences(out, differences, all)
        }
        Divergence::Reordered { index, asked, function, args } => {
            writeln!(out, "  {code} reordered: call {asked}, {function}{}", shown(args))?;
            writeln!(
                out,
                "      it was call {index}; to allow it: add \"{function}\" to unordered under [replay]"
            )
        }
        Divergence::Missing { index, function, args } => {
            writeln!(out, "  {code} missing: recorded call {index}, {function}{}, was not made", shown(args))
        }
        Divergence::Blocked { asked, function, args } => {
            writeln!(out, "  {code} blocked: call {asked}, {function}{}", shown(args))?;
            writeln!(out, "      it was never recorded, so there is no answer")
        }
        Divergence::Unknown { index, function, args } => {
            writeln!(out, "  {code} outcome unknown: call {index}, {function}{}", shown(args))?;
            writeln!(out, "      it was made, but its result was not recorded")
        }
        Divergence::Response { differences } => {
            writeln!(out, "  {code} the response differs")?;
            write_differences(out, differences, all)
        }
        Divergence::Outcome { recorded, replayed } => {
            let (recorded, replayed) = (cut(recorded, WIDTH), cut(replayed, WIDTH));
            writeln!(out, "  {code} it ended in another way")?;
            writeln!(out, "      recorded  {recorded}")?;
            writeln!(out, "      now       {replayed}")
        }
        Divergence::Input { name, path } => {
            writeln!(out, "  {code} it reads {name}, which was never recorded; it was answered as absent")?;
            writeln!(out, "      to allow it: add {} to ignore under [replay] in flux.toml", path.to_toml())
        }
    }
}

/// The fields, and the entries of flux.toml that would cover them.
fn write_differences(out: &mut Page, differences: &[Difference], all: bool) -> fmt::Result {
    let (layouts, values): (Vec<_>, Vec<_>) = differences.iter().partition(|it| it.is_layout());
    write_values(out, &values, all)?;
    let of_layout = relaid(differences);
    of_layout.iter().try_for_each(|text| write_relaid(out, text, layouts.len() < differences.len()))
}

/// Each as wide as its difference; of many items of a list, one entry for all of them.
fn write_values(out: &mut Page, differences: &[&Difference], all: bool) -> fmt::Result {
    let side = |value: &Option<Value>| match value {
        Some(value) => cut(&value.to_string(), WIDTH),
        None => "(nothing)".to_owned(),
    };
    let mut entries = Vec::new();
    for group in groups(differences, |it| anywhere(&it.path).to_string()) {
        let is_folded = !all && group.len() > ONE_BY_ONE;
        let shown = if is_folded { 1 } else { group.len() };
        for Difference { path, recorded, replayed, .. } in &group[..shown] {
            writeln!(out, "      {path}: recorded {}, now {}", side(recorded), side(replayed))?;
        }
        if is_folded {
            let everywhere = anywhere(&group[0].path);
            writeln!(out, "      and {} more at {everywhere}  (each of them: --all)", group.len() - 1)?;
            entries.push(everywhere.to_toml());
        } else {
            entries.extend(group.iter().map(|it| it.path.to_toml()));
        }
    }
    write_hint(out, &entries)
}

fn write_hint(out: &mut Page, entries: &[String]) -> fmt::Result {
    let them = match entries.len() {
        0 => return Ok(()),
        1 => "it",
        _ => "them",
    };
    let more = if entries.len() > HINTS { ", …" } else { "" };
    let entries = entries.iter().take(HINTS).map(String::as_str).collect::<Vec<_>>().join(", ");
    writeln!(out, "      to allow {them}: add {entries}{more} to ignore under [replay] in flux.toml")
}

/// JSON of which only the layout differs: one line, whatever its size, and no value.
fn write_relaid(out: &mut Page, text: &Relaid, has_others: bool) -> fmt::Result {
    let Relaid { path, order, spelling, .. } = text;
    let what = match (order, spelling) {
        (true, true) => "the order of members, and white space or escapes",
        (true, false) => "the order of members",
        _ => "white space or escapes",
    };
    let same = if has_others {
        "the JSON is also laid out in another way"
    } else {
        "the same JSON in another layout"
    };
    writeln!(out, "      {path}: {same} ({what})")?;
    writeln!(out, "      to allow exactly that: add {} to layout under [replay] in flux.toml", path.to_toml())
}
