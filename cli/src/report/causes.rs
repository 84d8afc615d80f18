//! Executions that differ in one way are one group: the first of them is told whole, the others are counted.

use std::collections::{BTreeMap, HashMap};

use flux_recorder::Begin;
use flux_replay::{Difference, Divergence, Path, Step, Verdict, headline};
use flux_runtime::ReplayedExecution;

use crate::printer::cut;

/// The most groups that are kept; what belongs to none of them is told whole.
const MOST_GROUPS: usize = 500;
/// How many ids and how many triggers of a group are named.
const NAMED: usize = 4;
/// How many places of one divergence tell it from others.
const PLACES: usize = 8;
const WIDTH: usize = 100;

/// Executions that look alike.
#[derive(Debug)]
pub struct Group {
    pub verdict: Verdict,
    /// What differs, in a few words.
    pub cause: String,
    pub count: usize,
    /// The first of them, as other commands take them.
    pub ids: Vec<String>,
    /// What started them, and how often.
    pub triggers: BTreeMap<String, usize>,
}

/// The groups of a report.
#[derive(Debug, Default)]
pub struct Causes {
    groups: Vec<Group>,
    known: HashMap<String, usize>,
}

impl Causes {
    /// Counts an execution, and says whether it is the first of its kind.
    pub fn is_new(&mut self, execution: &ReplayedExecution) -> bool {
        let cause = cause(execution);
        let key = format!("{} {cause}", execution.report.verdict.name());
        if let Some(index) = self.known.get(&key) {
            self.groups[*index].add(&execution.begin);
            return false;
        }
        if self.groups.len() < MOST_GROUPS {
            let verdict = execution.report.verdict;
            let cause = cut(&cause, WIDTH);
            let mut group = Group { verdict, cause, count: 0, ids: Vec::new(), triggers: BTreeMap::new() };
            group.add(&execution.begin);
            self.known.insert(key, self.groups.len());
            self.groups.push(group);
        }
        true
    }

    /// The groups of more than one execution, the largest first.
    pub fn repeated(&self) -> Vec<&Group> {
        let mut repeated: Vec<_> = self.groups.iter().filter(|group| group.count > 1).collect();
        repeated.sort_by_key(|group| std::cmp::Reverse(group.count));
        repeated
    }
}

impl Group {
    fn add(&mut self, begin: &Begin) {
        self.count += 1;
        if self.ids.len() < NAMED {
            self.ids.push(begin.id.simple().to_string()[20..].to_owned());
        }
        let trigger = format!("{} {}", begin.trigger.kind, begin.trigger.name);
        if self.triggers.len() < NAMED || self.triggers.contains_key(&trigger) {
            *self.triggers.entry(trigger).or_default() += 1;
        }
    }
}

/// What an execution has in common with others that differ in the same way: no index and no value of its own.
fn cause(execution: &ReplayedExecution) -> String {
    let report = &execution.report;
    let mut parts: Vec<String> = Vec::new();
    for divergence in &report.divergences {
        let part = kind(divergence);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    if parts.is_empty() {
        parts.extend(report.reason.map(str::to_owned));
    }
    if report.output.is_some() {
        parts.push("its log or output differs".to_owned());
    }
    let (was, is) = (headline(&execution.recorded), headline(&report.outcome));
    let is_same = was == is;
    // A guest that was stopped ended where it was stopped, which is told already.
    if parts.is_empty() || (!is_same && !report.divergences.iter().any(Divergence::stops)) {
        let ended = if is_same { was } else { format!("{was}, now {is}") };
        parts.insert(0, without_numbers(&ended));
    }
    parts.join("; ")
}

/// A divergence without what is its own: of a hundred of one kind a report has one.
pub fn kind(divergence: &Divergence) -> String {
    let what = match divergence {
        Divergence::Changed { function, differences, .. } => format!("{function}: {}", places(differences)),
        Divergence::Response { differences } => places(differences),
        Divergence::Reordered { function, .. }
        | Divergence::Missing { function, .. }
        | Divergence::Blocked { function, .. }
        | Divergence::Unknown { function, .. } => format!("{}: {function}", divergence.name()),
        Divergence::Outcome { recorded, replayed } => {
            format!("{}, now {}", without_numbers(recorded), without_numbers(replayed))
        }
        Divergence::Input { name, .. } => format!("reads {name}"),
    };
    format!("{} {what}", divergence.code())
}

fn places(differences: &[Difference]) -> String {
    let mut places: Vec<String> = Vec::new();
    for difference in differences {
        let place = match &difference.document {
            Some(document) if difference.is_layout() => format!("{}[layout]", anywhere(document)),
            _ => anywhere(&difference.path).to_string(),
        };
        if !places.contains(&place) && places.len() < PLACES {
            places.push(place);
        }
    }
    places.join(", ")
}

/// The path of all items of a list that one item's is of.
pub fn anywhere(path: &Path) -> Path {
    let step = |step: &Step| match step {
        Step::Index(_) => Step::Any,
        Step::Name { name, .. } => Step::Name { name: name.clone(), occurrence: None },
        step => step.clone(),
    };
    path.map(step)
}

/// A text in which every number is the same.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            letter => out.push(letter),
        }
    }
    out
}
