//! The policy under the key of one execution: what the recorder asks before it writes.

use std::sync::Arc;

use flux_host::OUTPUTS;
use flux_recorder::keyed_token;
use flux_recorder::redact::{Crossing, Redact};
use flux_recorder::{Occurrences, RedactionToken, Value};

use crate::call::Call;
use crate::descriptions::{Described, Kinds, input, output};
use crate::policy::Policy;
use crate::replacer::Replacer;
use crate::walk::Walk;

/// A policy with a key: what redacts one execution.
#[derive(Clone)]
pub struct Keyed {
    pub(crate) policy: Arc<Policy>,
    pub(crate) key: [u8; 32],
}

/// The key itself is in no log.
impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyed").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Keyed {
    /// A policy under a key of 32 bytes.
    pub fn new(policy: Arc<Policy>, key: [u8; 32]) -> Self {
        Self { policy, key }
    }

    fn can_stand(&self, kinds: Kinds) -> bool {
        let it = &*self.policy;
        let bodies = kinds.bodies && !it.json.is_empty();
        kinds.personal || kinds.headers && !it.headers.is_empty() || bodies
    }

    fn concerns_arguments(&self, call: &Described) -> bool {
        let kinds = call.arguments;
        let keys = kinds.keys && self.policy.has_buckets();
        !call.whole || self.can_stand(kinds) || keys || kinds.columns && self.policy.has_columns()
    }

    fn concerns_result(&self, call: &Described, arguments: &Value) -> bool {
        let kinds = call.result;
        let (keys, columns) =
            (kinds.keys && self.policy.has_buckets(), kinds.columns && self.policy.has_columns());
        let of_label = || {
            let about = Call::of(&self.policy, call, arguments);
            keys && about.has_hidden_bucket || columns && about.columns(&self.policy).is_some()
        };
        !call.whole || self.can_stand(kinds) || (keys || columns) && of_label()
    }
}

impl Redact for Keyed {
    fn concerns(&self, crossing: Crossing<'_>) -> bool {
        let described = &self.policy.descriptions;
        match crossing {
            Crossing::Trigger(kind) => input(kind).is_none_or(|content| self.can_stand(Kinds::of(content))),
            Crossing::Outcome => OUTPUTS.iter().any(|content| self.can_stand(Kinds::of(content))),
            Crossing::Arguments(function) => {
                described.get(function).is_none_or(|it| self.concerns_arguments(it))
            }
            Crossing::Result(function, arguments) => {
                described.get(function).is_none_or(|it| self.concerns_result(it, arguments))
            }
        }
    }

    fn redact(&self, crossing: Crossing<'_>, value: &mut Value, known: &mut Occurrences) {
        let described = &self.policy.descriptions;
        let mut replacer = Replacer { key: &self.key, known };
        let (content, call) = match crossing {
            Crossing::Trigger(kind) => (input(kind), Call::default()),
            Crossing::Outcome => (output(value), Call::default()),
            Crossing::Arguments(function) => match described.get(function) {
                Some(it) => (Some(&it.description.arguments), Call::of(&self.policy, it, value)),
                None => (None, Call::default()),
            },
            Crossing::Result(function, arguments) => match described.get(function) {
                Some(it) => (Some(&it.description.result), Call::of(&self.policy, it, arguments)),
                None => (None, Call::default()),
            },
        };
        match content {
            Some(content) => Walk::new(&self.policy, &call, replacer).value(content, value),
            None => replacer.everything(value),
        }
    }

    fn token(&self, value: &[u8]) -> RedactionToken {
        keyed_token(&self.key, value)
    }
}
