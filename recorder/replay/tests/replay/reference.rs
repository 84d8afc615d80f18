//! The slow reference: what is left of a model when all that is tolerated is taken out, as a text. It
//! reads no bytes, and asks every pattern anew at every place.

use crate::model::{Dice, Items, Letter, Model, Text, Tree, spelled, text_of};

#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    Index(usize),
    /// Name, which of its kind, and whether it is a header's.
    Name(String, usize, bool),
}

#[derive(Debug, Clone)]
pub enum Want {
    Any,
    Index(usize),
    Name(String, Option<usize>),
    Order,
    Layout,
}

pub type Pattern = Vec<Want>;

/// A pattern as its writer could have written it: every name in quotes.
pub fn written(pattern: &Pattern) -> String {
    let step = |want: &Want| match want {
        Want::Any => ".*".to_owned(),
        Want::Index(index) => format!("[{index}]"),
        Want::Name(name, None) => format!(".{}", serde_json::json!(name)),
        Want::Name(name, Some(number)) => format!(".{}#{number}", serde_json::json!(name)),
        Want::Order => "[order]".to_owned(),
        Want::Layout => "[layout]".to_owned(),
    };
    let text: String = pattern.iter().map(step).collect();
    text.strip_prefix('.').unwrap_or(&text).to_owned()
}

fn fits(want: &Want, place: &Place) -> bool {
    match (want, place) {
        (Want::Any, _) => true,
        (Want::Index(a), Place::Index(b)) => a == b,
        (Want::Name(a, number), Place::Name(b, at, header)) => {
            let same = if *header { a.eq_ignore_ascii_case(b) } else { a == b };
            same && (number.is_none() || *number == Some(*at))
        }
        _ => false,
    }
}

fn leads_to(pattern: &[Want], path: &[Place]) -> bool {
    pattern.len() <= path.len() && pattern.iter().zip(path).all(|(want, place)| fits(want, place))
}

pub struct Reference<'a> {
    pub ignore: &'a [Pattern],
    pub layout: &'a [Pattern],
}

impl Reference<'_> {
    fn covers(&self, path: &[Place]) -> bool {
        let is_whole = |it: &Pattern| !matches!(it.last(), Some(Want::Order | Want::Layout));
        self.ignore.iter().any(|it| is_whole(it) && leads_to(it, path))
    }

    fn is_relaid(&self, path: &[Place]) -> bool {
        self.layout.iter().any(|it| leads_to(it, path))
    }

    fn layout_is_free(&self, path: &[Place]) -> bool {
        let without = |it: &Pattern| leads_to(&it[..it.len() - 1], path);
        self.is_relaid(path)
            || self.ignore.iter().any(|it| matches!(it.last(), Some(Want::Layout)) && without(it))
    }

    fn order_is_free(&self, path: &[Place]) -> bool {
        let here = |it: &Pattern| it.len() == path.len() + 1 && leads_to(&it[..it.len() - 1], path);
        self.ignore.iter().any(|it| matches!(it.last(), Some(Want::Order)) && here(it))
    }

    /// What is left at this place.
    pub fn rest(&self, model: &Model, path: &[Place]) -> String {
        if self.covers(path) {
            return "nothing".to_owned();
        }
        match model {
            Model::Leaf(value) => format!("{value:?}"),
            Model::Some(inner) => format!("some({})", self.rest(inner, path)),
            Model::Case(name, inner) => format!("{name}({})", self.rest(inner, path)),
            Model::Json(text) => self.json(text, path),
            Model::Tuple(items) => format!("tuple({:?})", self.items(items, path)),
            Model::List(items) => format!("list({:?})", self.items(items, path)),
            Model::Record(members) => format!("record({:?})", self.members(members, path, false)),
            Model::Pairs(members) => {
                let header = matches!(path.last(), Some(Place::Name(name, ..)) if name == "headers");
                let rest = self.members(members, path, header);
                if rest.is_empty() { "list([])".to_owned() } else { format!("pairs({rest:?})") }
            }
        }
    }

    fn items(&self, items: &[Model], path: &[Place]) -> Vec<String> {
        let each = items.iter().enumerate().map(|(index, item)| (with(path, Place::Index(index)), item));
        each.filter(|(path, _)| !self.covers(path)).map(|(path, item)| self.rest(item, &path)).collect()
    }

    fn members(&self, members: &[(String, Model)], path: &[Place], header: bool) -> Vec<(String, String)> {
        let fold = |name: &str| if header { name.to_ascii_lowercase() } else { name.to_owned() };
        let mut rest = Vec::new();
        for (index, (name, model)) in members.iter().enumerate() {
            let before = members[..index].iter().filter(|(other, _)| fold(other) == fold(name)).count();
            let path = with(path, Place::Name(fold(name), before + 1, header));
            if !self.covers(&path) {
                rest.push((fold(name), before, self.rest(model, &path)));
            }
        }
        if self.order_is_free(path) {
            rest.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        }
        rest.into_iter().map(|(name, _, rest)| (name, rest)).collect()
    }

    fn json(&self, text: &Text, path: &[Place]) -> String {
        let tree = self.tree(&text.tree, path);
        match self.layout_is_free(path) {
            true => format!("json({tree:?})"),
            false => format!("json({:?}, {tree:?}, {:?})", text.before, text.behind),
        }
    }

    fn tree(&self, tree: &Tree, path: &[Place]) -> String {
        match tree {
            Tree::Word(word) => word.clone(),
            Tree::String(letters) => self.text(letters, path),
            Tree::Array(items) => self.children(items, path, false),
            Tree::Object(items) => self.children(items, path, true),
        }
    }

    fn text(&self, letters: &[Letter], path: &[Place]) -> String {
        match self.layout_is_free(path) {
            true => format!("text {:?}", text_of(letters)),
            false => spelled(letters),
        }
    }

    fn children(&self, items: &Items, path: &[Place], object: bool) -> String {
        let free = self.layout_is_free(path);
        let mut rest = Vec::new();
        for (index, item) in items.children.iter().enumerate() {
            let name = text_of(&item.name);
            let before = items.children[..index].iter().filter(|it| text_of(&it.name) == name).count();
            let place =
                if object { Place::Name(name.clone(), before + 1, false) } else { Place::Index(index) };
            let path = with(path, place);
            if self.covers(&path) {
                continue;
            }
            let spelled = match (object, free) {
                (false, _) => String::new(),
                (true, true) => format!("{name:?}:"),
                (true, false) => spelled(&item.name) + &item.colon,
            };
            let number = if object { before } else { index };
            rest.push((name, number, &item.separator, spelled + &self.tree(&item.tree, &path)));
        }
        let separators: Vec<_> = rest.iter().skip(1).map(|it| it.2.clone()).collect();
        if object && (self.order_is_free(path) || self.is_relaid(path)) {
            rest.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        }
        let rest: Vec<_> = rest.into_iter().map(|it| it.3).collect();
        let space = match () {
            () if free || (rest.is_empty() && !items.children.is_empty()) => String::new(),
            () if items.children.is_empty() => format!("{:?}", (&items.open, "", Vec::<String>::new())),
            () => format!("{:?}", (&items.open, &items.close, separators)),
        };
        let space = if space == r#"("", "", [])"# { String::new() } else { space };
        format!("{object} {space} {rest:?}")
    }
}

pub fn with(path: &[Place], last: Place) -> Vec<Place> {
    let mut path = path.to_vec();
    path.push(last);
    path
}

/// A pattern for a place in the model, or near one.
pub fn pattern(model: &Model, dice: &mut Dice) -> Pattern {
    let mut path = vec![Want::Name("response".to_owned(), None)];
    descend(model, &mut path, dice);
    for want in &mut path[1..] {
        match (want, dice.roll(12)) {
            (want, 0) => *want = Want::Any,
            (Want::Name(name, _), 1) => *name = crate::model::NAMES[dice.roll(11)].to_owned(),
            (Want::Name(_, number), 2..=7) => *number = None,
            _ => {}
        }
    }
    match dice.roll(8) {
        0 => path.push(Want::Order),
        1 => path.push(Want::Layout),
        _ => {}
    }
    path
}

fn descend(model: &Model, path: &mut Pattern, dice: &mut Dice) {
    match model {
        Model::Some(inner) | Model::Case(_, inner) => descend(inner, path, dice),
        Model::Json(text) => descend_tree(&text.tree, path, dice),
        Model::Tuple(items) | Model::List(items) if !items.is_empty() && dice.roll(8) > 0 => {
            let index = dice.roll(items.len());
            path.push(Want::Index(index));
            descend(&items[index], path, dice);
        }
        Model::Record(members) | Model::Pairs(members) if !members.is_empty() && dice.roll(8) > 0 => {
            let (name, inner) = &members[dice.roll(members.len())];
            path.push(Want::Name(name.clone(), Some(1 + dice.roll(2))));
            descend(inner, path, dice);
        }
        _ => {}
    }
}

fn descend_tree(tree: &Tree, path: &mut Pattern, dice: &mut Dice) {
    let (Tree::Array(items) | Tree::Object(items)) = tree else { return };
    if items.children.is_empty() || dice.roll(6) == 0 {
        return;
    }
    let index = dice.roll(items.children.len());
    let item = &items.children[index];
    path.push(match tree {
        Tree::Array(_) => Want::Index(index),
        _ => Want::Name(text_of(&item.name), Some(1 + dice.roll(2))),
    });
    descend_tree(&item.tree, path, dice);
}
