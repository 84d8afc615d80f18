//! Values on their way to the server.
//!
//! The driver sends parameters in binary form only, and the types of Postgres have many text forms. So
//! where a parameter's type has no value of its own, `$1` becomes `($1::text::uuid)`: the server reads the
//! text, just as it would read it from a client that sends text.

use std::borrow::Cow;

use flux_host::bindings::flux::host::db::{Error, Value};
use flux_sql::{Lexis, replace};
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::{Arguments, Postgres, Type, TypeInfo};

use super::kind::{Kind, name};
use crate::invalid;

/// Beyond these a 64-bit float skips whole numbers.
const EXACT: i64 = 1 << 53;

/// The statement with its casts, and its parameters.
pub(super) fn bind<'a>(
    sql: &'a str,
    params: &[Value],
    types: &[PgTypeInfo],
) -> Result<(Cow<'a, str>, PgArguments), Error> {
    let mut arguments = PgArguments::default();
    for (at, (value, info)) in params.iter().zip(types).enumerate() {
        let cast = casts(Kind::of(info));
        let failed = |why: BoxDynError| invalid(format!("parameter {} cannot be sent: {why}", at + 1));
        let bytes = encode(value, Kind::of(info), info).map_err(failed)?;
        let info = if cast { <str as Type<Postgres>>::type_info() } else { info.clone() };
        arguments.add(Raw { info, bytes }).map_err(failed)?;
    }
    if !types.iter().any(|it| casts(Kind::of(it))) {
        return Ok((Cow::Borrowed(sql), arguments));
    }
    let cast = |parameter: &str| {
        let number: usize = parameter.strip_prefix('$')?.parse().ok()?;
        let info = types.get(number.checked_sub(1)?).filter(|it| casts(Kind::of(it)))?;
        Some(format!("({parameter}::text::{})", name(info)))
    };
    Ok((Cow::Owned(replace(sql, Lexis::Postgres, cast)), arguments))
}

/// Whether the server is to read the text.
fn casts(kind: Kind) -> bool {
    !matches!(kind, Kind::Boolean | Kind::Integer(_) | Kind::Real(_) | Kind::Text | Kind::Bytes)
}

fn encode(value: &Value, kind: Kind, info: &PgTypeInfo) -> Result<Option<Vec<u8>>, BoxDynError> {
    let bytes = match (kind, value) {
        (_, Value::Null) => return Ok(None),
        (Kind::Boolean, Value::Boolean(it)) => vec![u8::from(*it)],
        (Kind::Bytes, Value::Bytes(it)) => it.clone(),
        (Kind::Integer(width), value) => integer(width, value).ok_or_else(|| unfit(value, info))?,
        (Kind::Real(width), value) => real(width, value).ok_or_else(|| unfit(value, info))?,
        (Kind::Boolean | Kind::Bytes, _) => return Err(unfit(value, info)),
        (_, Value::Text(it)) => it.clone().into_bytes(),
        (_, Value::Integer(it)) => it.to_string().into_bytes(),
        (Kind::Numeric, Value::Real(it)) => it.to_string().into_bytes(),
        _ => return Err(unfit(value, info)),
    };
    Ok(Some(bytes))
}

/// A whole number of `width` bytes, if it is one.
fn integer(width: usize, value: &Value) -> Option<Vec<u8>> {
    let number = match value {
        Value::Integer(it) => *it,
        Value::Text(it) => it.trim().parse().ok()?,
        Value::Real(it) if it.fract() == 0.0 && it.abs() <= EXACT as f64 => *it as i64,
        _ => return None,
    };
    match width {
        2 => Some(i16::try_from(number).ok()?.to_be_bytes().to_vec()),
        4 => Some(i32::try_from(number).ok()?.to_be_bytes().to_vec()),
        _ => Some(number.to_be_bytes().to_vec()),
    }
}

/// A float of `width` bytes. It may round a fraction, as any column of floats does, but no whole number.
fn real(width: usize, value: &Value) -> Option<Vec<u8>> {
    let number = match value {
        Value::Real(it) => *it,
        Value::Integer(it) if it.unsigned_abs() <= EXACT.unsigned_abs() => *it as f64,
        Value::Text(it) => it.trim().parse().ok()?,
        _ => return None,
    };
    if width == 8 {
        return Some(number.to_be_bytes().to_vec());
    }
    let short = number as f32;
    let kept = match value {
        Value::Integer(_) => f64::from(short) == number,
        _ => short.is_finite() || !number.is_finite(),
    };
    kept.then(|| short.to_be_bytes().to_vec())
}

fn unfit(value: &Value, info: &PgTypeInfo) -> BoxDynError {
    let (what, cast) = match value {
        Value::Null => ("null", "text"),
        Value::Boolean(_) => ("a boolean", "boolean"),
        Value::Integer(_) => ("an integer", "bigint"),
        Value::Real(_) => ("a real", "double precision"),
        Value::Text(_) => ("text", "text"),
        Value::Bytes(_) => ("bytes", "bytea"),
    };
    let name = info.name().to_lowercase();
    format!("it is {what} that is no {name}; hint: send another, or write a cast such as $1::{cast}").into()
}

/// A parameter as it goes over the wire.
pub(super) struct Raw {
    pub(super) info: PgTypeInfo,
    pub(super) bytes: Option<Vec<u8>>,
}

impl Type<Postgres> for Raw {
    fn type_info() -> PgTypeInfo {
        // Each has its own: `produces`.
        <str as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Raw {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Some(bytes) = &self.bytes else { return Ok(IsNull::Yes) };
        buffer.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.info.clone())
    }
}
