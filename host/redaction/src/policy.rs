//! What `[record.redact]` names, and where that can stand.

use crate::descriptions::Descriptions;
use crate::error::RedactionError;
use crate::json::Path;

/// The entries of `[record.redact]`, as they stand there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Headers, in any case.
    pub headers: Vec<String>,
    /// Paths of members: `customer.email`, `items.*.card`, `**.email`.
    pub json: Vec<String>,
    /// Columns: `email`, `main.email`.
    pub columns: Vec<String>,
    /// Labels whose keys and values are hidden.
    pub buckets: Vec<String>,
}

/// The entries, read, and the descriptions of all calls.
#[derive(Debug)]
pub struct Policy {
    pub(crate) headers: Vec<String>,
    pub(crate) json: Vec<Path>,
    /// With the database's label, or for all.
    columns: Vec<(Option<String>, String)>,
    buckets: Vec<String>,
    pub(crate) descriptions: Descriptions,
}

impl Policy {
    /// Or the entry that is wrong.
    pub fn new(names: &Names, descriptions: Descriptions) -> Result<Self, RedactionError> {
        Ok(Self {
            headers: names.headers.clone(),
            json: names
                .json
                .iter()
                .map(|text| path(text))
                .collect::<Result<_, _>>()
                .map_err(RedactionError::Entry)?,
            columns: names
                .columns
                .iter()
                .map(|text| column(text))
                .collect::<Result<_, _>>()
                .map_err(RedactionError::Entry)?,
            buckets: names.buckets.clone(),
            descriptions,
        })
    }

    /// Whether keys and values of this label are hidden.
    pub(crate) fn has_bucket(&self, label: &str) -> bool {
        self.buckets.iter().any(|bucket| bucket == label)
    }

    pub(crate) fn has_buckets(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// The hidden columns of a database.
    pub(crate) fn columns_of<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a str> {
        let theirs = self.columns.iter().filter(move |(of, _)| of.as_deref().is_none_or(|of| of == label));
        theirs.map(|(_, column)| column.as_str())
    }

    pub(crate) fn has_columns(&self) -> bool {
        !self.columns.is_empty()
    }
}

/// What is wrong with an entry of `json`.
pub fn check_path(text: &str) -> Result<(), String> {
    path(text).map(drop)
}

fn path(text: &str) -> Result<Path, String> {
    let hint = "write one such as customer.email, items.*.card or **.email";
    Path::parse(text).ok_or_else(|| format!("'{text}' is no path of members; hint: {hint}"))
}

/// An entry of `columns`: the database, if it is of one, and the column.
pub fn column(text: &str) -> Result<(Option<String>, String), String> {
    match text.split_once('.') {
        Some(("", _)) | Some((_, "")) => {}
        None if text.is_empty() => {}
        Some((database, column)) => return Ok((Some(database.to_owned()), column.to_owned())),
        None => return Ok((None, text.to_owned())),
    }
    Err(format!("'{text}' is no column; hint: write one such as email or main.email"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_names_nothing_is_refused() {
        let json = Names { json: vec!["a..b".to_owned()], ..Names::default() };
        let columns = Names { columns: vec!["main.".to_owned()], ..Names::default() };
        for (names, says) in [(json, "'a..b' is no path of members"), (columns, "'main.' is no column")] {
            let error = Policy::new(&names, Descriptions::default()).expect_err("it is refused").to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
