//! Postgres's own text of the types that are in most answers, from their binary form. For others the
//! server is asked, which is a round trip more.
//!
//! The forms are those of src/backend/utils/adt: numeric.c, uuid.c, jsonb.c and datetime.c.

use std::fmt::Write;

use sqlx::error::BoxDynError;

/// Days from 0000-03-01 to 2000-01-01, from which Postgres counts.
const EPOCH: i64 = 730_425;
const DAYS_OF_400_YEARS: i64 = 146_097;
const MICROS_OF_A_DAY: i64 = 86_400_000_000;

/// Digits to the base of 10,000; the weight is the exponent of the first.
pub(super) fn numeric(bytes: &[u8]) -> Result<String, BoxDynError> {
    let (words, []) = bytes.as_chunks::<2>() else { return Err("an odd length".into()) };
    let word = |at: usize| words.get(at).copied().ok_or("a length that is too short");
    let weight = i16::from_be_bytes(word(1)?);
    let scale = usize::from(u16::from_be_bytes(word(3)?));
    let minus = match u16::from_be_bytes(word(2)?) {
        0x0000 => "",
        0x4000 => "-",
        0xc000 => return Ok("NaN".to_owned()),
        0xd000 => return Ok("Infinity".to_owned()),
        0xf000 => return Ok("-Infinity".to_owned()),
        other => return Err(format!("an unknown sign, {other:#x}").into()),
    };
    // Groups before the first and after the last are zero.
    let group = |place: i32| match usize::try_from(i32::from(weight) - place) {
        Ok(at) => words.get(4 + at).map_or(0, |it| u16::from_be_bytes(*it)),
        Err(_) => 0,
    };
    let first = i32::from(weight).max(0);
    let mut text = format!("{minus}{}", group(first));
    for place in (0..first).rev() {
        write!(text, "{:04}", group(place))?;
    }
    if scale > 0 {
        text.push('.');
        let end = text.len() + scale;
        let mut place = 0;
        while text.len() < end {
            place -= 1;
            write!(text, "{:04}", group(place))?;
        }
        text.truncate(end);
    }
    Ok(text)
}

pub(super) fn uuid(bytes: &[u8]) -> Result<String, BoxDynError> {
    let number = u128::from_be_bytes(bytes.try_into()?);
    let mut text = format!("{number:032x}");
    for at in [20, 16, 12, 8] {
        text.insert(at, '-');
    }
    Ok(text)
}

/// A version and text.
pub(super) fn jsonb(bytes: &[u8]) -> Result<String, BoxDynError> {
    match bytes {
        [1, text @ ..] => Ok(std::str::from_utf8(text)?.to_owned()),
        _ => Err("an unknown version of jsonb".into()),
    }
}

/// Days since 2000-01-01.
pub(super) fn date(bytes: &[u8]) -> Result<String, BoxDynError> {
    Ok(match i32::from_be_bytes(bytes.try_into()?) {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        days => {
            let (day, era) = calendar(days.into());
            format!("{day}{era}")
        }
    })
}

/// Microseconds since 2000-01-01, in UTC if there is a zone.
pub(super) fn timestamp(bytes: &[u8], zone: bool) -> Result<String, BoxDynError> {
    let micros = match i64::from_be_bytes(bytes.try_into()?) {
        i64::MAX => return Ok("infinity".to_owned()),
        i64::MIN => return Ok("-infinity".to_owned()),
        micros => micros,
    };
    let (day, era) = calendar(micros.div_euclid(MICROS_OF_A_DAY));
    let time = micros.rem_euclid(MICROS_OF_A_DAY);
    let (seconds, fraction) = (time / 1_000_000, time % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{day} {hour:02}:{minute:02}:{second:02}");
    if fraction > 0 {
        let digits = format!("{fraction:06}");
        write!(text, ".{}", digits.trim_end_matches('0'))?;
    }
    Ok(text + if zone { "+00" } else { "" } + era)
}

/// Year, month and day of a number of days since 2000-01-01, and whether that is before Christ.
fn calendar(days: i64) -> (String, &'static str) {
    // Years that begin in March have the day that comes and goes at their end.
    let days = days + EPOCH;
    let (cycle, day) = (days.div_euclid(DAYS_OF_400_YEARS), days.rem_euclid(DAYS_OF_400_YEARS));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    match cycle * 400 + year + later {
        year @ 1.. => (format!("{year:04}-{month:02}-{of_month:02}"), ""),
        // There is no year 0.
        year => (format!("{:04}-{month:02}-{of_month:02}", 1 - year), " BC"),
    }
}
