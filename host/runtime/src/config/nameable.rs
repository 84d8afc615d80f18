//! What an entry of `[replay]` can name: the response, the calls of the capabilities with their arguments, and inputs.
//!
//! The types are those of WIT. An entry that fits none of them could never cover anything.

use flux_host::interface::{Interface, Type};
use flux_host::section::nearest;
use flux_host::{Content, Declaration, HANDLERS, function::Action};
use flux_replay::{Path, Step};

/// What begins the paths of a call's arguments, of the response, or of an input.
#[derive(Debug)]
struct Root {
    name: String,
    /// What is there; empty: anything, as below an input.
    types: Vec<Type>,
    is_call: bool,
}

/// All that can be named.
#[derive(Debug)]
pub(super) struct Nameable(Vec<Root>);

/// An entry that names nothing: what is wrong, and what to write.
pub(super) type Mistaken = (String, String);

/// Where a path goes wrong.
struct Missed {
    /// What there is instead; empty: a value without parts.
    known: Vec<String>,
    /// The part that is not there.
    part: String,
    /// What was to have it.
    of: String,
}

impl Nameable {
    /// Of an app with these capabilities.
    pub(super) fn of(declarations: &[Declaration]) -> Self {
        let mut roots = vec![root("response", responses(), false), root("open", Vec::new(), false)];
        roots.push(root("config.all", Vec::new(), false));
        for declaration in declarations {
            roots.extend(calls(declaration));
            roots.extend(inputs(declaration));
        }
        Self(roots)
    }

    /// Whether a function is one whose calls are recorded.
    pub(super) fn check_function(&self, name: &str) -> Result<(), Mistaken> {
        if self.0.iter().any(|root| root.is_call && root.name == name) {
            return Ok(());
        }
        // What is not described may go by another name in journals.
        let described = self.0.iter().filter(|root| root.is_call && !root.types.is_empty());
        let calls = || described.clone().map(|root| root.name.as_str());
        let hint = match nearest(name, calls()) {
            Some(nearest) => format!("did you mean '{nearest}'?"),
            None => format!("the calls that are recorded are: {}", calls().collect::<Vec<_>>().join(", ")),
        };
        Err((format!("there is no call '{name}'"), hint))
    }

    /// Whether a path leads to something.
    pub(super) fn check_path(&self, path: &Path) -> Result<(), Mistaken> {
        let mut missed = None;
        let mut found = false;
        for root in &self.0 {
            let Some(rest) = root.below(path.steps()) else { continue };
            found = true;
            match root.leads(rest) {
                Ok(()) => return Ok(()),
                Err(miss) => missed = missed.or(Some(miss)),
            }
        }
        match missed {
            Some(Missed { known, part, of }) => {
                let hint = match (known.as_slice(), nearest(&part, known.iter().map(String::as_str))) {
                    ([], _) => format!("name {of} itself, without what follows"),
                    (_, Some(nearest)) => format!("did you mean '{nearest}'?"),
                    (all, None) => format!("{of} has {}", all.join(", ")),
                };
                Err((format!("'{path}' names nothing: {of} has no part '{part}'"), hint))
            }
            None if found => Ok(()),
            None => Err(self.unknown(path)),
        }
    }

    /// No root is named so.
    fn unknown(&self, path: &Path) -> Mistaken {
        let names = || self.0.iter().map(|root| root.name.as_str());
        let text = path.to_string();
        // As many names as a root can have.
        let leading: Vec<&str> = text.split(['[', '#']).next().unwrap_or_default().splitn(4, '.').collect();
        let best = (1..=leading.len().min(3)).rev().find_map(|count| {
            let meant = leading[..count].join(".");
            let alike = names().filter(|name| name.split('.').count() == count);
            Some((nearest(&meant, alike)?, meant.len()))
        });
        let hint = match best {
            Some((nearest, length)) => format!("did you mean '{nearest}{}'?", &text[length..]),
            None => format!("a path begins with one of: {}", names().collect::<Vec<_>>().join(", ")),
        };
        (format!("'{path}' names nothing: neither the response nor a recorded call"), hint)
    }
}

fn root(name: impl Into<String>, types: Vec<Type>, is_call: bool) -> Root {
    Root { name: name.into(), types, is_call }
}

/// What handlers give back.
fn responses() -> Vec<Type> {
    let handlers = Interface::parse(HANDLERS).unwrap_or_default();
    let results = handlers.into_iter().flat_map(|it| it.functions).filter_map(|it| it.result);
    results.collect()
}

/// The calls that a journal has of a capability: those that are described, and those that take their turn.
fn calls(declaration: &Declaration) -> Vec<Root> {
    let described = declaration.descriptions.iter().map(|it| (it.function.to_owned(), Some(it.arguments)));
    let mut calls: Vec<(String, Option<Content>)> = described.collect();
    for interface in &declaration.interfaces {
        let in_turn = declaration.functions.iter().filter(|it| matches!(it.action, Action::InTurn(_)));
        let names = in_turn.filter_map(|it| it.name.rsplit(']').next());
        for name in names.map(|name| format!("{}.{name}", interface.name)) {
            let is_known = calls.iter().any(|(known, _)| *known == name);
            if !is_known && interface.recorded(&name).is_some() {
                calls.push((name, None));
            }
        }
    }
    let root_of = |(name, arguments): (String, Option<Content>)| {
        let signature = declaration.interfaces.iter().find_map(|it| it.recorded(&name));
        let types = signature.into_iter().flat_map(|it| &it.parameters).map(|(_, it)| it.clone());
        let types = match arguments {
            Some(Content::Tuple(_)) => vec![Type::Tuple(types.collect())],
            // A single argument may stand for itself.
            Some(_) => types.collect(),
            None => Vec::new(),
        };
        root(name, types, true)
    };
    calls.into_iter().map(root_of).collect()
}

/// Functions that answer at once read inputs.
fn inputs(declaration: &Declaration) -> Vec<Root> {
    let at_once =
        declaration.functions.iter().filter(|it| !matches!(it.action, Action::InTurn(_) | Action::Beside(_)));
    let of_no_resource = at_once.map(|it| it.name).filter(|name| !name.contains(']'));
    let with_interface = |name: &'static str| {
        let has = |it: &&Interface| it.functions.iter().any(|function| function.name == name);
        declaration
            .interfaces
            .iter()
            .find(has)
            .map(|it| root(format!("{}.{name}", it.name), Vec::new(), false))
    };
    of_no_resource.filter_map(with_interface).collect()
}

impl Root {
    /// The steps below the root; none: they lead elsewhere. Steps that end above it cover all that begins so.
    fn below<'p>(&self, steps: &'p [Step]) -> Option<&'p [Step]> {
        let mut rest = steps;
        for want in self.name.split('.') {
            match rest.split_first() {
                None => return Some(rest),
                Some((Step::Any, below)) => rest = below,
                Some((Step::Name { name, occurrence: None | Some(1) }, below)) if **name == *want => {
                    rest = below
                }
                Some(_) => return None,
            }
        }
        Some(rest)
    }

    fn leads(&self, rest: &[Step]) -> Result<(), Missed> {
        let mut of = self.name.clone();
        let mut types: Vec<&Type> = self.types.iter().flat_map(inside).collect();
        for step in rest {
            // What nobody knows the type of, or JSON: everything can be there.
            let is_structured = types.iter().any(|it| has_parts(it));
            if types.is_empty() || !is_structured && types.iter().any(|it| may_be_json(it)) {
                return Ok(());
            }
            let text = match step {
                Step::Order | Step::Layout => return Ok(()),
                Step::Any => "*".to_owned(),
                Step::Index(index) => format!("[{index}]"),
                Step::Name { name, .. } => name.to_string(),
            };
            let below: Vec<&Type> = types.iter().flat_map(|it| parts(it, step)).flat_map(inside).collect();
            if below.is_empty() {
                let known = types.iter().flat_map(|it| names(it)).collect();
                return Err(Missed { known, part: text, of });
            }
            let dot = if matches!(step, Step::Index(_)) { "" } else { "." };
            of = format!("{of}{dot}{text}");
            types = below;
        }
        Ok(())
    }
}

/// What a path finds there: options, results and variants have no step of their own.
fn inside(found: &Type) -> Vec<&Type> {
    match found {
        Type::Option(inner) => inside(inner),
        Type::Result(parts) => [&parts.0, &parts.1].into_iter().flatten().flat_map(inside).collect(),
        Type::Variant(cases) => cases.iter().filter_map(|(_, it)| it.as_ref()).flat_map(inside).collect(),
        other => vec![other],
    }
}

fn has_parts(found: &Type) -> bool {
    matches!(found, Type::Record(_) | Type::Tuple(_) | Type::List(_))
}

fn may_be_json(found: &Type) -> bool {
    matches!(found, Type::Bytes | Type::String)
}

/// Whether it is a list of names with values, such as headers.
fn pair(item: &Type) -> Option<&Type> {
    match item {
        Type::Tuple(items) if items.len() == 2 && items[0] == Type::String => items.last(),
        _ => None,
    }
}

fn parts<'t>(found: &'t Type, step: &Step) -> Vec<&'t Type> {
    match (found, step) {
        (Type::Record(fields), Step::Any) => fields.iter().map(|(_, it)| it).collect(),
        (Type::Record(fields), Step::Name { name, .. }) => {
            fields.iter().filter(|(field, _)| *field == **name).map(|(_, it)| it).collect()
        }
        (Type::Tuple(items), Step::Any) => items.iter().collect(),
        (Type::Tuple(items), Step::Index(index)) => items.get(*index).into_iter().collect(),
        (Type::List(item), Step::Any) => vec![pair(item).unwrap_or(item)],
        (Type::List(item), Step::Name { .. }) => pair(item).into_iter().collect(),
        // A list of pairs has names in the place of numbers.
        (Type::List(item), Step::Index(_)) if pair(item).is_none() => vec![&**item],
        _ => Vec::new(),
    }
}

fn names(found: &Type) -> Vec<String> {
    match found {
        Type::Record(fields) => fields.iter().map(|(name, _)| name.clone()).collect(),
        Type::Tuple(items) => (0..items.len()).map(|index| format!("[{index}]")).collect(),
        Type::List(item) if pair(item).is_some() => vec!["names (as in .date), and no numbers".to_owned()],
        Type::List(_) => vec!["[0], [1] and so on".to_owned()],
        _ => Vec::new(),
    }
}
