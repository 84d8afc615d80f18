//! Values made piece by piece, so that a test knows what is in their bytes without reading them.

use flux_recorder::{Encode, Value};

/// Numbers that depend on a seed and nothing else (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0, less than `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        (self.next() % sides as u64) as usize
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }
}

#[derive(Debug, Clone)]
pub enum Model {
    Leaf(Value),
    Record(Vec<(String, Model)>),
    Tuple(Vec<Model>),
    List(Vec<Model>),
    Pairs(Vec<(String, Model)>),
    Some(Box<Model>),
    Case(String, Box<Model>),
    Json(Text),
}

#[derive(Debug, Clone)]
pub struct Text {
    pub before: String,
    pub tree: Tree,
    pub behind: String,
}

#[derive(Debug, Clone)]
pub enum Tree {
    /// A number, true, false or null.
    Word(String),
    String(Vec<Letter>),
    Array(Items),
    Object(Items),
}

#[derive(Debug, Clone, Default)]
pub struct Items {
    pub open: String,
    pub close: String,
    pub children: Vec<Item>,
}

#[derive(Debug, Clone)]
pub struct Item {
    /// Between this one and the one before.
    pub separator: String,
    pub name: Vec<Letter>,
    pub colon: String,
    pub tree: Tree,
}

#[derive(Debug, Clone, Copy)]
pub struct Letter {
    pub letter: char,
    pub escaped: bool,
}

pub const NAMES: [&str; 11] = ["a", "b", "t", "a.b", "", "*", "headers", "x y", "é", "A", "a#1"];
const NUMBERS: [&str; 8] =
    ["1", "1.0", "12345678901234567890123", "0.30000000000000001", "1e2", "100", "-0", "9007199254740993"];

pub fn letters(text: &str) -> Vec<Letter> {
    text.chars().map(|letter| Letter { letter, escaped: false }).collect()
}

pub fn spelled(letters: &[Letter]) -> String {
    let one = |it: &Letter| match it.letter {
        letter if it.escaped => format!("\\u{:04X}", u32::from(letter)),
        '"' => "\\\"".to_owned(),
        letter => letter.to_string(),
    };
    format!("\"{}\"", letters.iter().map(one).collect::<String>())
}

pub fn text_of(letters: &[Letter]) -> String {
    letters.iter().map(|it| it.letter).collect()
}

impl Tree {
    pub fn raw(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::String(letters) => spelled(letters),
            Self::Array(items) => items.raw('[', ']', |item| item.tree.raw()),
            Self::Object(items) => {
                items.raw('{', '}', |item| spelled(&item.name) + &item.colon + &item.tree.raw())
            }
        }
    }
}

impl Items {
    fn raw(&self, open: char, close: char, one: impl Fn(&Item) -> String) -> String {
        let mut out = format!("{open}{}", self.open);
        for (place, item) in self.children.iter().enumerate() {
            out += if place > 0 { &item.separator } else { "" };
            out += &one(item);
        }
        // Without children there is but one place for white space.
        let end = if self.children.is_empty() { "" } else { &self.close };
        out + end + &close.to_string()
    }
}

impl Model {
    pub fn value(&self) -> Value {
        let named = |members: &[(String, Model)]| -> Vec<(String, Value)> {
            members.iter().map(|(name, model)| (name.clone(), model.value())).collect()
        };
        let pair = |(name, value)| Value::Tuple(vec![Value::String(name), value]);
        match self {
            Self::Leaf(value) => value.clone(),
            Self::Record(members) => Value::Record(named(members)),
            Self::Tuple(items) => Value::Tuple(items.iter().map(Self::value).collect()),
            Self::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Self::Pairs(members) => Value::List(named(members).into_iter().map(pair).collect()),
            Self::Some(inner) => Value::Option(Some(Box::new(inner.value()))),
            Self::Case(name, inner) => Value::Variant(name.clone(), Box::new(inner.value())),
            Self::Json(text) => {
                Value::Bytes((text.before.clone() + &text.tree.raw() + &text.behind).into_bytes())
            }
        }
    }

    pub fn canonical(&self) -> Vec<u8> {
        self.value().to_canonical()
    }
}

pub fn model(dice: &mut Dice, depth: usize) -> Model {
    let deeper = |dice: &mut Dice| model(dice, depth + 1);
    let name = |dice: &mut Dice| dice.pick(&NAMES).to_owned();
    let count = dice.roll(4);
    match dice.roll(if depth > 2 { 4 } else { 12 }) {
        0 => Model::Leaf(leaf(dice)),
        1..=3 => Model::Json(text(dice)),
        4..=6 => {
            // A record's fields have names of their own, but nothing depends on it.
            Model::Record((0..count).map(|_| (name(dice), deeper(dice))).collect())
        }
        7 => Model::Tuple((0..count).map(|_| deeper(dice)).collect()),
        // Not tuples: they could be taken for pairs.
        8 => Model::List((0..count).map(|_| Model::Some(Box::new(deeper(dice)))).collect()),
        9 => Model::Pairs((0..count).map(|_| (name(dice), Model::Leaf(leaf(dice)))).collect()),
        10 => Model::Some(Box::new(deeper(dice))),
        _ => Model::Case(dice.pick(&["one", "two"]).to_owned(), Box::new(deeper(dice))),
    }
}

pub fn leaf(dice: &mut Dice) -> Value {
    match dice.roll(5) {
        0 => Value::Unsigned(dice.next() % 3),
        1 => Value::String(dice.pick(&NAMES).to_owned()),
        2 => Value::Option(None),
        3 => Value::Redacted([dice.roll(2) as u8; 16]),
        _ => Value::Bytes(vec![0xff, dice.roll(2) as u8]),
    }
}

pub fn text(dice: &mut Dice) -> Text {
    let around = |dice: &mut Dice| if dice.roll(6) == 0 { dice.pick(&[" ", "\n", "\t "]) } else { "" };
    let mark = if dice.roll(8) == 0 { "\u{feff}" } else { "" };
    let before = format!("{mark}{}", around(dice));
    Text { before, tree: tree(dice, 0), behind: around(dice).to_owned() }
}

pub fn tree(dice: &mut Dice, depth: usize) -> Tree {
    match dice.roll(if depth > 2 { 3 } else { 9 }) {
        0 => Tree::Word(dice.pick(&["null", "true", "false"]).to_owned()),
        1 => Tree::Word(dice.pick(&NUMBERS).to_owned()),
        2 => Tree::String(letters(dice.pick(&NAMES))),
        3..=5 => Tree::Array(items(dice, depth)),
        _ => Tree::Object(items(dice, depth)),
    }
}

fn items(dice: &mut Dice, depth: usize) -> Items {
    // As writers do it: without white space, on one line, on several; now and then irregular.
    let style = dice.roll(5);
    let (open, separator, close, colon) = match style {
        0 => ("", ", ", "", ": "),
        1 => ("\n ", ",\n ", "\n", ": "),
        2 => (" ", ",", "", ":"),
        _ => ("", ",", "", ":"),
    };
    let item = |dice: &mut Dice| Item {
        separator: separator.to_owned(),
        name: letters(dice.pick(&NAMES)),
        colon: colon.to_owned(),
        tree: tree(dice, depth + 1),
    };
    let children = (0..dice.roll(4)).map(|_| item(dice)).collect();
    Items { open: open.to_owned(), close: close.to_owned(), children }
}
