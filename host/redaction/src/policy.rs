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
            json: names.json.iter().map(|text| path(text)).collect::<Result<_, _>>()?,
            columns: names.columns.iter().map(|text| column(text)).collect::<Result<_, _>>()?,
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

fn path(text: &str) -> Result<Path, RedactionError> {
    Path::parse(text).ok_or_else(|| {
        RedactionError::Entry(format!(
            "[record.redact] json: '{text}' is no path; 'customer.email', 'items.*.card' and '**.email' are"
        ))
    })
}

fn column(text: &str) -> Result<(Option<String>, String), RedactionError> {
    match text.split_once('.') {
        _ if text.is_empty() || text.ends_with('.') => Err(RedactionError::Entry(format!(
            "[record.redact] columns: '{text}' is no column; 'email' and 'main.email' are"
        ))),
        Some((database, column)) => Ok((Some(database.to_owned()), column.to_owned())),
        None => Ok((None, text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_names_nothing_is_refused() {
        let json = Names { json: vec!["a..b".to_owned()], ..Names::default() };
        let columns = Names { columns: vec!["main.".to_owned()], ..Names::default() };
        for (names, says) in [(json, "json: 'a..b' is no path"), (columns, "columns: 'main.' is no column")] {
            let error = Policy::new(&names, Descriptions::default()).expect_err("it is refused").to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
