//! Random executions and random edits of them: the verdict is one that a slow reference gives.
//!
//! The reference knows no alignment and no JSON. It tries every way in which the asked calls could be the
//! recorded ones, and knows documents as the members they were made of.

use std::sync::Arc;

use flux_recorder::{End, FailureKind, KeepAll, MemoryJournal, Recording, Session, Step, Value, returned};
use flux_replay::{Tolerances, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{FileFailurePersistence, TestRunner};

use crate::by_hand::failed;
use crate::check::{replay_by, tolerating};
use crate::transcript::begin;

const FUNCTIONS: [&str; 4] = ["kv.set", "fetch.send", "queue.send", ROLLBACK];
const ROLLBACK: &str = "db.transaction.rollback";
const NAMES: [&str; 4] = ["a", "b", "user.role", ""];
const CASES: u32 = 100_000;

/// A JSON object, as the members it is made of.
#[derive(Debug, Clone, PartialEq)]
struct Document {
    members: Vec<(&'static str, String)>,
    spaced: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Call {
    function: usize,
    key: u8,
    document: Document,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Status(u16),
    /// A trap with this message.
    Trap(&'static str),
}

impl Ending {
    fn fails(self) -> bool {
        !matches!(self, Self::Status(..500))
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Execution {
    calls: Vec<Call>,
    ending: Ending,
    body: Document,
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(Index, Call),
    Drop(Index),
    Swap(Index, Index),
    Key(Index, u8),
    Document(Index, DocumentEdit),
    Body(DocumentEdit),
    Ending(Ending),
}

#[derive(Debug, Clone)]
enum DocumentEdit {
    Digit(Index),
    Rename(Index, &'static str),
    Insert(Index, &'static str, String),
    Drop(Index),
    Turn(Index),
    Space,
}

/// What flux.toml tolerates: a member of the documents of a function or of the body, and an order.
#[derive(Debug, Clone)]
struct Tolerated {
    in_calls: Option<(usize, &'static str)>,
    in_body: Option<&'static str>,
    unordered: Option<usize>,
}

impl Document {
    fn text(&self) -> String {
        let space = if self.spaced { " " } else { "" };
        let member = |(name, value): &(&str, String)| format!("\"{name}\":{space}{value}");
        format!("{{{}}}", self.members.iter().map(member).collect::<Vec<_>>().join(","))
    }

    /// What is left without the members of a name.
    fn without(&self, ignored: Option<&str>) -> Self {
        let mut rest = self.clone();
        rest.members.retain(|(name, _)| Some(*name) != ignored);
        rest.spaced &= !rest.members.is_empty();
        rest
    }

    fn edit(&mut self, edit: &DocumentEdit) {
        let size = self.members.len();
        match edit {
            DocumentEdit::Space => self.spaced = !self.spaced,
            DocumentEdit::Insert(at, name, value) => {
                self.members.insert(at.index(size + 1), (name, value.clone()));
            }
            _ if size == 0 => {}
            DocumentEdit::Digit(at) => {
                let value = &mut self.members[at.index(size)].1;
                let last = value.pop().map_or('7', |digit| if digit == '1' { '2' } else { '1' });
                value.push(last);
            }
            DocumentEdit::Rename(at, name) => self.members[at.index(size)].0 = name,
            DocumentEdit::Drop(at) => drop(self.members.remove(at.index(size))),
            DocumentEdit::Turn(at) => self.members.rotate_left(at.index(size)),
        }
        // Between no members there is no space.
        self.spaced &= !self.members.is_empty();
    }
}

impl Call {
    /// A rollback has nothing that could be changed.
    fn settle(&mut self) {
        if FUNCTIONS[self.function] == ROLLBACK {
            (self.key, self.document) = (0, Document { members: Vec::new(), spaced: false });
        }
    }
}

impl Execution {
    fn edit(&mut self, edit: &Edit) {
        let size = self.calls.len();
        match edit {
            Edit::Insert(at, call) if size < 4 => self.calls.insert(at.index(size + 1), call.clone()),
            Edit::Body(edit) => self.body.edit(edit),
            Edit::Ending(ending) => self.ending = *ending,
            _ if size == 0 => {}
            Edit::Insert(..) => {}
            Edit::Drop(at) => drop(self.calls.remove(at.index(size))),
            Edit::Swap(one, other) => self.calls.swap(one.index(size), other.index(size)),
            Edit::Key(at, key) => self.calls[at.index(size)].key = *key,
            Edit::Document(at, edit) => self.calls[at.index(size)].document.edit(edit),
        }
        self.settle();
    }

    /// A transaction is rolled back once.
    fn settle(&mut self) {
        self.calls.iter_mut().for_each(Call::settle);
        let is_rollback = |call: &Call| FUNCTIONS[call.function] == ROLLBACK;
        let first = self.calls.iter().position(is_rollback);
        let mut at = 0..;
        self.calls.retain(|call| at.next() == first || !is_rollback(call));
    }

    fn run(&self, session: &mut Session) {
        for (number, call) in self.calls.iter().enumerate() {
            let body = Value::Bytes(call.document.text().into_bytes());
            let args = Value::Tuple(vec![Value::Unsigned(call.key.into()), body]);
            match session.begin::<u64>(FUNCTIONS[call.function], &args) {
                Ok(Step::Execute(ticket)) => session.finish(ticket, &(number as u64), 1).expect("a journal"),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        let response = |status: u16| {
            returned(&Value::Record(vec![
                ("status".to_owned(), Value::Unsigned(status.into())),
                ("body".to_owned(), Value::Bytes(self.body.text().into_bytes())),
            ]))
        };
        let outcome = match self.ending {
            Ending::Status(status) => response(status),
            Ending::Trap(message) => failed(FailureKind::Trap, message),
        };
        session.end(End { outcome, elapsed_ns: 1, peak_memory: 1 }).expect("an end");
    }

    fn record(&self) -> Recording {
        let journal = MemoryJournal::default();
        let mut session =
            Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal");
        self.run(&mut session);
        Recording::read(journal.bytes()).expect("a journal")
    }
}

impl Tolerated {
    fn tolerances(&self) -> Tolerances {
        let quoted = |name: &str| format!("\"{name}\"");
        let calls =
            self.in_calls.map(|(function, name)| format!("{}[1].{}", FUNCTIONS[function], quoted(name)));
        let body = self.in_body.map(|name| format!("response.body.{}", quoted(name)));
        let ignore: Vec<_> = calls.into_iter().chain(body).collect();
        let unordered: Vec<_> = self.unordered.map(|function| FUNCTIONS[function]).into_iter().collect();
        tolerating(&ignore.iter().map(String::as_str).collect::<Vec<_>>(), &unordered)
    }

    fn is_same(&self, one: &Call, other: &Call) -> bool {
        let rest = |call: &Call| {
            let ignored =
                self.in_calls.filter(|(function, _)| *function == call.function).map(|(_, name)| name);
            (call.function, call.key, call.document.without(ignored))
        };
        rest(one) == rest(other)
    }
}

/// One way in which asked calls are recorded ones.
struct Reference<'a> {
    recorded: &'a Execution,
    asked: &'a Execution,
    tolerated: &'a Tolerated,
    best: usize,
    verdicts: Vec<Verdict>,
}

impl Reference<'_> {
    fn try_all(&mut self, pairs: &mut Vec<Option<usize>>) {
        let at = pairs.len();
        let Some(call) = self.asked.calls.get(at) else {
            return self.weigh(pairs);
        };
        for index in 0..self.recorded.calls.len() {
            if self.recorded.calls[index].function == call.function && !pairs.contains(&Some(index)) {
                pairs.push(Some(index));
                self.try_all(pairs);
                pairs.pop();
            }
        }
        pairs.push(None);
        self.try_all(pairs);
        pairs.pop();
    }

    fn is_own(&self, at: usize, index: usize) -> bool {
        self.tolerated.is_same(&self.asked.calls[at], &self.recorded.calls[index])
    }

    /// Whether an answer is taken from a call whose own asker has none of its own.
    fn robs(&self, pairs: &[Option<usize>]) -> bool {
        let has_own = |at: usize| pairs[at].is_some_and(|index| self.is_own(at, index));
        let taken = (0..pairs.len()).filter(|at| !has_own(*at)).filter_map(|at| pairs[at]);
        taken.into_iter().any(|index| (0..pairs.len()).any(|at| self.is_own(at, index) && !has_own(at)))
    }

    /// The fewest calls that moved and may not.
    fn moved(&self, pairs: &[Option<usize>]) -> usize {
        let all: Vec<usize> = pairs.iter().copied().flatten().collect();
        let free = |index: usize| self.tolerated.unordered == Some(self.recorded.calls[index].function);
        let cost = |kept: usize| {
            let stays = |at: &usize| kept & (1 << at) != 0;
            let order: Vec<_> = (0..all.len()).filter(stays).map(|at| all[at]).collect();
            let moved = (0..all.len()).filter(|at| !stays(at) && !free(all[*at])).count();
            order.is_sorted().then_some(moved)
        };
        (0..1 << all.len()).filter_map(cost).min().unwrap_or(0)
    }

    /// How many of the recorded calls the guest made before it failed: what it undoes then is no part of its way.
    fn way(&self) -> usize {
        let calls = &self.recorded.calls;
        let undone = calls.iter().rev().take_while(|call| FUNCTIONS[call.function] == ROLLBACK).count();
        if self.recorded.ending.fails() { calls.len() - undone } else { calls.len() }
    }

    /// Whether nothing moved, and no call is answered behind one of its interface that was not made.
    fn rests_on_its_own(&self, pairs: &[Option<usize>]) -> bool {
        let interface = |index: usize| FUNCTIONS[self.recorded.calls[index].function].split('.').next();
        let is_missing = |index: &usize| !pairs.contains(&Some(*index));
        let missing: Vec<_> = (0..self.way()).filter(is_missing).collect();
        let behind =
            |index: usize| missing.iter().any(|it| *it < index && interface(*it) == interface(index));
        let on_the_way = pairs.iter().flatten().filter(|index| **index < self.way());
        self.moved(pairs) == 0 && !on_the_way.into_iter().any(|index| behind(*index))
    }

    fn weigh(&mut self, pairs: &[Option<usize>]) {
        if self.robs(pairs) {
            return;
        }
        let inserted = pairs.iter().filter(|pair| pair.is_none()).count();
        let missing = self.recorded.calls.len() - (pairs.len() - inserted);
        let is_changed = |at: &usize| pairs[*at].is_some_and(|index| !self.is_own(*at, index));
        let changed = (0..pairs.len()).filter(is_changed).count();
        let divergences = inserted + missing + changed + self.moved(pairs);
        if divergences < self.best {
            (self.best, self.verdicts) = (divergences, Vec::new());
        }
        if divergences == self.best {
            let verdict = self.verdict(pairs, divergences, changed);
            self.verdicts.push(verdict);
        }
    }

    fn verdict(&self, pairs: &[Option<usize>], divergences: usize, changed: usize) -> Verdict {
        let (failed, fails) = (self.recorded.ending.fails(), self.asked.ending.fails());
        if let Some(stop) = pairs.iter().position(Option::is_none) {
            let before = &pairs[..stop];
            let is_own = before.iter().enumerate().all(|(at, it)| it.is_some_and(|it| self.is_own(at, it)));
            let is_whole = (0..self.way()).all(|index| before.contains(&Some(index)));
            let has_progressed = failed && is_own && is_whole && self.rests_on_its_own(before);
            return if has_progressed { Verdict::Progressed } else { Verdict::Blocked };
        }
        let ignored = self.tolerated.in_body;
        let same_body = self.recorded.body.without(ignored) == self.asked.body.without(ignored);
        let has_body = matches!(self.asked.ending, Ending::Status(_));
        let same_end = (same_body || !has_body) && self.recorded.ending == self.asked.ending;
        match () {
            () if failed && !fails && changed == 0 && self.rests_on_its_own(pairs) => Verdict::Fixed,
            () if !failed && fails => Verdict::Regressed,
            () if divergences > 0 || !same_end => Verdict::Diverged,
            () if self.recorded.calls == self.asked.calls
                && (self.recorded.body == self.asked.body || !has_body) =>
            {
                Verdict::Identical
            }
            () => Verdict::Equivalent,
        }
    }
}

/// The verdicts of the explanations with the fewest divergences.
fn reference(recorded: &Execution, asked: &Execution, tolerated: &Tolerated) -> Vec<Verdict> {
    let mut reference = Reference { recorded, asked, tolerated, best: usize::MAX, verdicts: Vec::new() };
    reference.try_all(&mut Vec::new());
    reference.verdicts
}

fn number() -> impl Strategy<Value = String> {
    let plain = "[1-9][0-9]{0,2}".prop_map(String::from);
    prop_oneof![plain, Just("12345678901234567890".to_owned()), Just("0.30000000000000001".to_owned())]
}

fn name() -> impl Strategy<Value = &'static str> {
    select(&NAMES[..])
}

fn document() -> impl Strategy<Value = Document> {
    (vec((name(), number()), 0..4), any::<bool>())
        .prop_map(|(members, spaced)| Document { spaced: spaced && !members.is_empty(), members })
}

fn call() -> impl Strategy<Value = Call> {
    (0..FUNCTIONS.len(), 0..2_u8, document()).prop_map(|(function, key, document)| {
        let mut call = Call { function, key, document };
        call.settle();
        call
    })
}

fn ending() -> impl Strategy<Value = Ending> {
    let ways =
        [Ending::Status(200), Ending::Status(404), Ending::Status(500), Ending::Trap("a"), Ending::Trap("b")];
    select(ways.to_vec())
}

fn execution() -> impl Strategy<Value = Execution> {
    (vec(call(), 0..4), ending(), document()).prop_map(|(calls, ending, body)| {
        let mut execution = Execution { calls, ending, body };
        execution.settle();
        execution
    })
}

fn document_edit() -> impl Strategy<Value = DocumentEdit> {
    prop_oneof![
        any::<Index>().prop_map(DocumentEdit::Digit),
        (any::<Index>(), name()).prop_map(|(at, name)| DocumentEdit::Rename(at, name)),
        (any::<Index>(), name(), number())
            .prop_map(|(at, name, value)| DocumentEdit::Insert(at, name, value)),
        any::<Index>().prop_map(DocumentEdit::Drop),
        any::<Index>().prop_map(DocumentEdit::Turn),
        Just(DocumentEdit::Space),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        2 => (any::<Index>(), call()).prop_map(|(at, call)| Edit::Insert(at, call)),
        2 => any::<Index>().prop_map(Edit::Drop),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Edit::Swap(one, other)),
        1 => (any::<Index>(), 0..2_u8).prop_map(|(at, key)| Edit::Key(at, key)),
        4 => (any::<Index>(), document_edit()).prop_map(|(at, edit)| Edit::Document(at, edit)),
        2 => document_edit().prop_map(Edit::Body),
        1 => ending().prop_map(Edit::Ending),
    ]
}

fn tolerated() -> impl Strategy<Value = Tolerated> {
    let in_calls = proptest::option::of((0..FUNCTIONS.len(), name()));
    let unordered = proptest::option::of(0..FUNCTIONS.len());
    (in_calls, proptest::option::of(name()), unordered).prop_map(|(in_calls, in_body, unordered)| Tolerated {
        in_calls,
        in_body,
        unordered,
    })
}

#[test]
fn every_verdict_is_one_that_a_slow_reference_gives() {
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    };
    let case = (execution(), vec(edit(), 0..4), tolerated());
    let checked = TestRunner::new(config).run(&case, |(recorded, edits, tolerated)| {
        let mut asked = recorded.clone();
        edits.iter().for_each(|edit| asked.edit(edit));
        let (recording, tolerances) = (recorded.record(), tolerated.tolerances());
        let guest = recording.begin.guest;
        let report =
            replay_by(recording, guest, &tolerances, Arc::new(KeepAll), |session| asked.run(session));
        let expected = reference(&recorded, &asked, &tolerated);
        prop_assert!(expected.contains(&report.verdict), "{report:#?}\nexpected one of {expected:?}");
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}
