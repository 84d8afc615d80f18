//! A capability that is not one of Flux's: a table of dice, which knows who sits at it.
//!
//! The tests add it to show what adding one takes. Nothing here or in the host knows an engine: the functions say what
//! they do, and the descriptions what their calls hold.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use flux_host::section::{Checking, Findings, OpenError, Opening, Section};
use flux_host::{Capabilities, Capability, Content, Description, Execution, Function};
use flux_recorder::{Decode, Encode};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[dice.<label>]` of flux.toml.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct DiceSection {
    /// Tables, by label.
    #[serde(default)]
    dice: BTreeMap<String, TableConfig>,
}

/// A table.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TableConfig {
    /// Who sits at it.
    #[serde(default)]
    player: String,
}

impl Section for DiceSection {
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        Box::pin(async {
            let players = self.dice.iter().map(|(label, table)| (label.clone(), table.player.clone()));
            opening.capabilities.add(Dice { players: players.collect(), slate: Mutex::default() });
            Ok(())
        })
    }

    fn check(&self, _: &Checking<'_>, findings: &mut Findings<'_>) {
        findings.labels("dice");
        for (label, table) in &self.dice {
            findings.not_empty(&["dice", label, "player"], &table.player, "Ann");
        }
    }
}

/// Why nobody threw.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Error {
    /// There is no such table.
    Denied(String),
    /// There is no die with so many sides.
    NoSuchDie(u32),
}

/// What was thrown.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Throw {
    /// Who threw it.
    pub player: String,
    /// What it shows.
    pub eyes: u32,
}

/// The tables of an app.
#[derive(Debug, Default)]
pub struct Dice {
    players: BTreeMap<String, String>,
    slate: Mutex<Vec<String>>,
}

impl Dice {
    fn player(&self, label: &str) -> Result<&str, Error> {
        let denied =
            || Error::Denied(format!("table '{label}' is not in flux.toml; hint: add [dice.{label}]"));
        self.players.get(label).map(String::as_str).ok_or_else(denied)
    }

    /// Nobody throws the same twice, so that a replay is seen to answer from its recording.
    fn roll(&self, label: &str, sides: u32) -> Result<Throw, Error> {
        let player = self.player(label)?.to_owned();
        let thrown = self.slate.lock().unwrap_or_else(PoisonError::into_inner).len() as u32;
        let eyes = (thrown + 4).checked_rem(sides).ok_or(Error::NoSuchDie(sides))? + 1;
        Ok(Throw { player, eyes })
    }

    fn note(&self, line: String) -> Vec<String> {
        let mut slate = self.slate.lock().unwrap_or_else(PoisonError::into_inner);
        let number = slate.len() + 1;
        slate.push(format!("{number}. {line}"));
        slate.clone()
    }
}

const ROLL: Description = Description {
    function: "dice.table.roll",
    arguments: Content::Tuple(&[Content::Label, Content::Personal, Content::Plain]),
    result: Content::Outcome(
        &Content::Record(&[("player", Content::Personal)]),
        &Content::Variant(&[("denied", Content::Plain)]),
    ),
};

impl Capability for Dice {
    type Section = DiceSection;
    const NAME: &'static str = "dice";
    const WIT: &'static str = include_str!("../dice/wit/dice.wit");
    /// `note` is not among them.
    const DESCRIPTIONS: &'static [Description] = &[ROLL];

    fn functions() -> Vec<Function> {
        vec![
            Function::now("[static]table.open", |it, (label,)| Box::pin(async move { open(it, label) })),
            Function::in_turn("[method]table.roll", |it, (table, wish, sides)| {
                Box::pin(roll(it, table, wish, sides))
            }),
            Function::in_turn("note", |it, (line,)| Box::pin(note(it, line))),
        ]
    }
}

fn open(it: &mut Execution, label: String) -> wasmtime::Result<Result<u32, Error>> {
    it.open("dice", &label, |capabilities: &Capabilities| match capabilities.get::<Dice>() {
        Some(dice) => dice.player(&label).map(drop),
        None => Err(Error::Denied("no dice here".to_owned())),
    })
}

async fn roll(
    it: &mut Execution,
    table: u32,
    wish: String,
    sides: u32,
) -> wasmtime::Result<Result<Throw, Error>> {
    let label = it.handles().label(table)?;
    let live = async |it: &mut Execution| Ok(it.live::<Dice>()?.roll(&label, sides));
    it.effect(ROLL.function, (&*label, &wish, sides), live).await
}

async fn note(it: &mut Execution, line: String) -> wasmtime::Result<Vec<String>> {
    let live = async |it: &mut Execution| Ok(it.live::<Dice>()?.note(line.clone()));
    it.effect("dice.note", (&line,), live).await
}
