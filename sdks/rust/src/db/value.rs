//! Values, and how Rust's types become them and come back.

/// One value of a row or a parameter. `Integer` is exact; other exact types (numeric, UUIDs,
/// timestamps) travel as `Text`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// True or false. SQLite has no such type and returns integers.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text, and every exact type that has no case of its own.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// What it is, for error messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}

macro_rules! from {
    ($($type:ty => $case:ident),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$case(value.into())
            }
        })*
    };
}

from! {
    bool => Boolean,
    i8 => Integer,
    i16 => Integer,
    i32 => Integer,
    i64 => Integer,
    u8 => Integer,
    u16 => Integer,
    u32 => Integer,
    f32 => Real,
    f64 => Real,
    &str => Text,
    &String => Text,
    String => Text,
    &[u8] => Bytes,
    Vec<u8> => Bytes,
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// What a column must hold, for error messages.
    const EXPECTED: &'static str;

    /// The value, or `None` if it is of another kind or does not fit.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for Value {
    const EXPECTED: &'static str = "a value";

    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl FromValue for bool {
    const EXPECTED: &'static str = "a boolean";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Boolean(value) => Some(*value),
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

macro_rules! from_integer {
    ($($type:ty),*) => {
        $(impl FromValue for $type {
            const EXPECTED: &'static str = concat!("an integer that fits ", stringify!($type));

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Integer(value) => (*value).try_into().ok(),
                    _ => None,
                }
            }
        })*
    };
}

from_integer!(i8, i16, i32, i64, u8, u16, u32, u64);

impl FromValue for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Real(value) => Some(*value),
            Value::Integer(value) => Some(*value as f64),
            _ => None,
        }
    }
}

impl FromValue for String {
    const EXPECTED: &'static str = "text";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(value) => Some(value.clone()),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    const EXPECTED: &'static str = "bytes";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(value) => Some(value.clone()),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FromValue, Value};

    #[test]
    fn absent_is_null_and_empty_is_not() {
        assert_eq!(Value::from(None::<String>), Value::Null);
        assert_eq!(Value::from(Some("")), Value::Text(String::new()));
        assert_eq!(Option::<String>::from_value(&Value::Null), Some(None));
        assert_eq!(String::from_value(&Value::Null), None);
    }

    #[test]
    fn an_integer_must_fit() {
        assert_eq!(i64::from_value(&Value::Integer(i64::MIN)), Some(i64::MIN));
        assert_eq!(u8::from_value(&Value::Integer(255)), Some(255));
        assert_eq!(u8::from_value(&Value::Integer(256)), None);
        assert_eq!(i64::from_value(&Value::Real(1.0)), None);
    }

    #[test]
    fn booleans_of_sqlite_are_integers() {
        assert_eq!(bool::from_value(&Value::Integer(1)), Some(true));
        assert_eq!(bool::from_value(&Value::Integer(2)), None);
    }
}
