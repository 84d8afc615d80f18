//! Goes through a value along its description, and replaces what must not be written.

use flux_host::Content;
use flux_host::description::find;
use flux_recorder::Value;

use crate::call::Call;
use crate::columns;
use crate::headers;
use crate::members;
use crate::policy::Policy;
use crate::replacer::Replacer;
use crate::statement::RedactedStatement;

/// One value on its way into a journal.
pub(crate) struct Walk<'a> {
    policy: &'a Policy,
    call: &'a Call,
    at: Replacer<'a>,
}

impl<'a> Walk<'a> {
    pub fn new(policy: &'a Policy, call: &'a Call, at: Replacer<'a>) -> Self {
        Self { policy, call, at }
    }

    /// Replaces what this value has to hide. What does not fit its description is hidden as a whole.
    pub fn value(&mut self, content: &Content, value: &mut Value) {
        match (content, value) {
            (content, Value::Option(Some(inner))) => self.value(content, inner),
            (Content::Record(known), Value::Record(fields)) => {
                fields.iter_mut().for_each(|(name, field)| self.part(find(known, name), field));
            }
            (Content::Variant(known), Value::Variant(case, payload)) => self.part(find(known, case), payload),
            (Content::Tuple(known), Value::Tuple(items)) => self.items(known, items),
            (Content::List(known), Value::List(items)) => {
                items.iter_mut().for_each(|item| self.value(known, item));
            }
            (Content::Outcome(known, _), Value::Result(Ok(found))) => self.value(known, found),
            (Content::Outcome(_, known), Value::Result(Err(error))) => self.value(known, error),
            (Content::Headers, Value::List(items)) => {
                items
                    .iter_mut()
                    .for_each(|header| headers::redact(&mut self.at, &self.policy.headers, header));
            }
            (Content::Parameters, Value::List(parameters)) => self.parameters(parameters),
            (Content::Rows, rows @ Value::Record(_)) => self.rows(rows),
            (content, text @ (Value::String(_) | Value::Bytes(_))) => self.text(content, text),
            (_, other) => self.at.everything(other),
        }
    }

    /// A statement's text comes last: values of its parameters may stand in it.
    fn items(&mut self, known: &[Content], items: &mut [Value]) {
        for of_statements in [false, true] {
            for (index, item) in items.iter_mut().enumerate() {
                let known = known.get(index);
                if (known == Some(&Content::Sql)) == of_statements {
                    self.part(known, item);
                }
            }
        }
    }

    fn part(&mut self, content: Option<&Content>, value: &mut Value) {
        match content {
            Some(content) => self.value(content, value),
            None => self.at.everything(value),
        }
    }

    fn text(&mut self, content: &Content, text: &mut Value) {
        match content {
            Content::Plain | Content::Label => {}
            Content::Key | Content::Stored if self.call.has_hidden_bucket => self.at.whole(text),
            Content::Key => {}
            Content::Stored | Content::Body => members::redact(&mut self.at, &self.policy.json, text),
            Content::Message => self.message(text),
            Content::Sql => self.sql(text),
            _ => self.at.whole(text),
        }
    }

    /// What a back end says may name the key, or have the values of a column.
    fn message(&mut self, text: &mut Value) {
        let call = self.call;
        let columns = call.columns(self.policy);
        let statement =
            columns.as_ref().and_then(|columns| RedactedStatement::read(call.statement.as_deref()?, columns));
        if call.has_hidden_bucket || statement.is_some() {
            self.at.whole(text);
        }
    }

    fn sql(&mut self, text: &mut Value) {
        let Value::String(sql) = text else { return self.at.whole(text) };
        let columns = self.call.columns(self.policy);
        if let Some(statement) = columns.as_ref().and_then(|columns| RedactedStatement::read(sql, columns)) {
            let written = columns::without_literals(&mut self.at, sql, &statement);
            drop(statement);
            *sql = written;
        }
    }

    fn parameters(&mut self, parameters: &mut [Value]) {
        let call = self.call;
        let columns = call.columns(self.policy);
        let statement =
            columns.as_ref().and_then(|columns| RedactedStatement::read(call.statement.as_deref()?, columns));
        if let Some(statement) = statement {
            columns::parameters(&mut self.at, parameters, &statement);
        }
        parameters.iter_mut().for_each(|parameter| self.cell(parameter));
    }

    fn rows(&mut self, rows: &mut Value) {
        let call = self.call;
        if let (Some(columns), Some(sql)) = (call.columns(self.policy), call.statement.as_deref()) {
            columns::rows(&mut self.at, rows, RedactedStatement::read(sql, &columns).as_ref(), &columns);
        }
        columns::each_cell(rows, |value| self.cell(value));
        if let Value::Record(fields) = rows {
            let others = fields.iter_mut().filter(|(name, _)| !["columns", "rows"].contains(&name.as_str()));
            others.for_each(|(_, field)| self.at.everything(field));
        }
    }

    /// A column of JSON.
    fn cell(&mut self, value: &mut Value) {
        if let Value::Variant(_, inner) = value {
            members::redact(&mut self.at, &self.policy.json, inner);
        }
    }
}
