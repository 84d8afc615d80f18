//! What the label and the statement of a call say of all that is in it.

use std::fmt;

use flux_recorder::Value;

use crate::descriptions::Described;
use crate::policy::Policy;
use crate::statement::Columns;

/// The hidden columns of one database.
pub(crate) struct Of<'a> {
    policy: &'a Policy,
    label: &'a str,
}

impl fmt::Debug for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label)
    }
}

impl Columns for Of<'_> {
    fn has(&self, name: &str) -> bool {
        self.policy.columns_of(self.label).any(|column| column.eq_ignore_ascii_case(name))
    }
}

/// One call, while its arguments or its result are redacted.
#[derive(Default)]
pub(crate) struct Call {
    label: Option<String>,
    pub statement: Option<String>,
    /// Whether keys and values of its bucket are hidden.
    pub has_hidden_bucket: bool,
}

impl Call {
    /// By its arguments, as they were said or as they were written.
    pub fn of(policy: &Policy, described: &Described, arguments: &Value) -> Self {
        let label = described.label(arguments).map(str::to_owned);
        let has_hidden_bucket = label.as_deref().is_some_and(|label| policy.has_bucket(label));
        let statement = described.statement(arguments).map(str::to_owned);
        Self { label, statement, has_hidden_bucket }
    }

    /// The hidden columns of its database; none where there are none.
    pub fn columns<'a>(&'a self, policy: &'a Policy) -> Option<Of<'a>> {
        let label = self.label.as_deref()?;
        policy.columns_of(label).next()?;
        Some(Of { policy, label })
    }
}
