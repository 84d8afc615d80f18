//! Reads a type out of TOML by serde, and says where it could not.
//!
//! serde stops at the first mistake. So what has one is a gap: the next reading leaves it out, or takes a missing
//! key for empty, and gets to the next mistake. A reading that only looks for mistakes passes over the entries of
//! lists and maps that had none in the one before: ten thousand mistakes take as long as ten thousand entries.

use std::fmt::Display;
use std::ops::Range;

use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use super::document::{Entry, Node, Value};
use super::gaps::{Gaps, Id};

/// Why a type could not be read, and where.
#[derive(Debug)]
pub(super) struct Fault {
    pub what: What,
    /// The entry that has the mistake; none: it is not known yet.
    pub id: Option<Id>,
    /// Where it is shown.
    pub at: Range<usize>,
    /// The keys from the root to it; none for entries of lists.
    pub path: Vec<Option<String>>,
}

/// What a type could not be read for.
#[derive(Debug)]
pub(super) enum What {
    /// A key that no table here has.
    UnknownKey { key: String, known: &'static [&'static str] },
    /// A key that must be there. `told`: it is there, and has a mistake of its own.
    MissingKey { key: &'static str, told: bool },
    /// A word that is none of those that may stand there.
    UnknownWord { word: String, known: &'static [&'static str] },
    /// A value of another kind.
    Kind { expected: String, found: &'static str, text: Option<String> },
    /// A number that is too small or too large.
    Range { expected: String },
    /// What a type says itself, perhaps with its hint.
    Own(String),
    /// It follows from what was reported already.
    Consequence,
}

impl Fault {
    fn new(what: What) -> Self {
        Self { what, id: None, at: 0..0, path: Vec::new() }
    }

    fn or_at(mut self, id: Id, at: &Range<usize>) -> Self {
        if self.id.is_none() {
            self.id = Some(id);
            self.at = at.clone();
        }
        self
    }

    fn below(mut self, key: Option<&str>) -> Self {
        self.path.insert(0, key.map(str::to_owned));
        self
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(What::Own(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let text = if let Unexpected::Str(text) = found { Some(text.to_owned()) } else { None };
        Self::new(What::Kind { expected: expected.to_string(), found: kind(found), text })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Other(_) => {
                Self::new(What::Range { expected: expected.to_string() })
            }
            _ => Self::invalid_type(found, expected),
        }
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownWord { word: word.to_owned(), known })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownKey { key: key.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(What::MissingKey { key, told: false })
    }
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a number",
        Unexpected::Float(_) => "a number with a point",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a table",
        Unexpected::Str(_) => "a text",
        _ => "a date",
    }
}

/// Reads one value.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    pub node: Node<'a>,
    pub gaps: &'a Gaps,
}

impl<'a> Reader<'a> {
    fn located<T>(&self, read: Result<T, Fault>) -> Result<T, Fault> {
        read.map_err(|mut fault| {
            // What a table as a whole lacks may be what was left out of it.
            if let (None, What::Own(_)) = (fault.id, &fault.what)
                && self.node.has_gap(self.gaps)
            {
                fault.what = What::Consequence;
            }
            fault.or_at(self.node.id, &self.node.at)
        })
    }

    fn any<V: Visitor<'a>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.value {
            Value::Table(_) => visitor.visit_map(self.entries(0)),
            Value::List(list) => visitor.visit_seq(self.items(list)),
            Value::Plain(DeValue::String(text)) => visitor.visit_str(text),
            Value::Plain(DeValue::Integer(number)) => integer(number, visitor),
            Value::Plain(DeValue::Float(number)) => match number.as_str().parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(invalid(Unexpected::Float(0.0), &visitor)),
            },
            Value::Plain(DeValue::Boolean(yes)) => visitor.visit_bool(*yes),
            Value::Plain(_) => Err(invalid(Unexpected::Other("a date"), &visitor)),
        }
    }

    /// Without the first `passed` entries.
    fn entries(&self, passed: usize) -> Entries<'a> {
        Entries {
            entries: Box::new(self.node.entries(passed, self.gaps)),
            gaps: self.gaps,
            reached: passed,
            value: None,
            filled: Filled(self.gaps.filled(self.node.id).to_vec()),
        }
    }

    fn items(&self, list: &'a [Spanned<DeValue<'a>>]) -> Items<'a> {
        Items { list, id: self.node.id, gaps: self.gaps, next: self.gaps.passed(self.node.id) }
    }
}

fn invalid(found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
    serde::de::Error::invalid_type(found, expected)
}

fn integer<'a, V: Visitor<'a>>(number: &DeInteger<'_>, visitor: V) -> Result<V::Value, Fault> {
    let (digits, radix) = (number.as_str(), number.radix());
    if let Ok(number) = i64::from_str_radix(digits, radix) {
        return visitor.visit_i64(number);
    }
    match u64::from_str_radix(digits, radix) {
        Ok(number) => visitor.visit_u64(number),
        Err(_) => Err(serde::de::Error::invalid_value(Unexpected::Other("a number"), &visitor)),
    }
}

impl<'a> Deserializer<'a> for Reader<'a> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.located(self.any(visitor))
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        if !matches!(self.node.value, Value::Table(_)) {
            return self.deserialize_any(visitor);
        }
        let (id, gaps) = (self.node.id, self.gaps);
        let entries = self.entries(gaps.passed(id));
        self.located(visitor.visit_map(Map { entries, id, gaps }))
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        // A list would be read by position.
        if matches!(self.node.value, Value::Plain(DeValue::Array(_))) {
            return self.located(Err(invalid(Unexpected::Seq, &visitor)));
        }
        let read = self.any(visitor).map_err(|mut fault| {
            if let (None, What::MissingKey { key, told }) = (fault.id, &mut fault.what) {
                *told = self.node.key(key).is_some();
            }
            fault
        });
        self.located(read)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let read = match self.node.value {
            Value::Plain(DeValue::String(word)) => {
                visitor.visit_enum(IntoDeserializer::<Fault>::into_deserializer(&**word))
            }
            _ => self.any(visitor),
        };
        self.located(read)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <W: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct identifier
    }
}

/// The entries of a table, and then the keys that are taken for empty.
struct Entries<'a> {
    entries: Box<dyn Iterator<Item = (usize, Entry<'a>)> + 'a>,
    gaps: &'a Gaps,
    /// How many entries were read, those that are left out too.
    reached: usize,
    value: Option<(&'a str, Reader<'a>)>,
    filled: Filled,
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        if let Some((place, entry)) = self.entries.next() {
            let (key, at) = (&**entry.0.get_ref(), entry.0.span());
            let node = Node::of_entry(entry);
            let id = node.id;
            self.reached = place + 1;
            self.value = Some((key, Reader { node, gaps: self.gaps }));
            let read = seed.deserialize(StrDeserializer::new(key));
            return read.map(Some).map_err(|fault: Fault| fault.or_at(id, &at));
        }
        self.value = None;
        self.filled.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        if let Some((key, reader)) = self.value.take() {
            let (id, at) = (reader.node.id, reader.node.at.clone());
            return seed.deserialize(reader).map_err(|fault| fault.or_at(id, &at).below(Some(key)));
        }
        self.filled.next_value_seed(seed)
    }
}

/// Keys that are taken for empty.
struct Filled(Vec<&'static str>);

impl<'a> MapAccess<'a> for Filled {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.0.last().map(|key| seed.deserialize(StrDeserializer::new(key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        self.0.pop();
        // The table is left out, for a reason that was reported.
        seed.deserialize(Empty).map_err(|_| Fault::new(What::Consequence))
    }
}

/// The entries of a map, whose keys may be any: those that were read without a mistake are passed over from now on.
struct Map<'a> {
    entries: Entries<'a>,
    id: Id,
    gaps: &'a Gaps,
}

impl<'a> MapAccess<'a> for Map<'a> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.entries.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        // Those before it were read without a mistake, or are left out.
        self.gaps.pass(self.id, self.entries.reached.saturating_sub(1));
        let read = self.entries.next_value_seed(seed)?;
        self.gaps.pass(self.id, self.entries.reached);
        Ok(read)
    }
}

/// The entries of a list.
struct Items<'a> {
    list: &'a [Spanned<DeValue<'a>>],
    id: Id,
    gaps: &'a Gaps,
    next: usize,
}

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let rest = self.list.get(self.next..).unwrap_or_default();
        let is_there = |item: &&Spanned<DeValue<'_>>| !self.gaps.has(Id(item.span().start));
        let Some(left_out) = rest.iter().position(|item| is_there(&item)) else { return Ok(None) };
        let index = self.next + left_out;
        self.next = index + 1;
        self.gaps.pass(self.id, index);
        let node = Node::of_item(&self.list[index]);
        let (id, at) = (node.id, node.at.clone());
        let read = seed.deserialize(Reader { node, gaps: self.gaps });
        let read = read.map_err(|fault| fault.or_at(id, &at).below(None))?;
        self.gaps.pass(self.id, index + 1);
        Ok(Some(read))
    }
}

macro_rules! zero {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.visit_u64(0)
        })*
    };
}

/// Stands for a key that is missing: 0, or a text, a list or a table with nothing in it.
#[derive(Clone, Copy)]
struct Empty;

impl<'a> Deserializer<'a> for Empty {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str("")
    }

    zero! { deserialize_u16 deserialize_u32 deserialize_u64 deserialize_i32 deserialize_i64 }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(false)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_none()
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<()>()))
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_struct("", &[], visitor)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_map(Filled(fields.to_vec()))
    }

    forward_to_deserialize_any! {
        <W: Visitor<'a>>
        i8 i16 i128 u8 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct
        enum identifier ignored_any
    }
}
