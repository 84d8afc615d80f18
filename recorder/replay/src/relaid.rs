//! JSON whose layout differs: however many places of a text do, a report has one line for them.

use crate::found::{Difference, DifferenceKind};
use crate::path::Path;

/// A JSON text of which the layout differs, told as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relaid {
    /// The smallest value that has all the places in it. As an entry of `layout`, it covers them and no value.
    pub path: Path,
    /// Members are in another order.
    pub order: bool,
    /// White space or escapes differ.
    pub spelling: bool,
    /// The text that they are in.
    document: Path,
}

impl Relaid {
    fn takes(&mut self, difference: &Difference) {
        self.order |= difference.kind == DifferenceKind::Order;
        self.spelling |= difference.kind == DifferenceKind::Layout;
        let (here, there) = (self.path.steps(), difference.path.owner());
        let both = here.iter().zip(there).take_while(|(a, b)| a == b).count();
        self.path = Path::new(here[..both].to_vec());
    }
}

impl Difference {
    /// Whether only the layout of JSON differs here: the order of members, white space, escapes.
    pub fn is_layout(&self) -> bool {
        self.document.is_some() && self.kind != DifferenceKind::Value
    }
}

/// The JSON texts of which the layout differs, in the order of their first difference.
pub fn relaid(differences: &[Difference]) -> Vec<Relaid> {
    let mut all: Vec<Relaid> = Vec::new();
    for difference in differences.iter().filter(|it| it.is_layout()) {
        let Some(document) = &difference.document else { continue };
        match all.iter_mut().find(|known| known.document == *document) {
            Some(known) => known.takes(difference),
            None => {
                let path = Path::new(difference.path.owner().to_vec());
                let mut new = Relaid { path, order: false, spelling: false, document: document.clone() };
                new.takes(difference);
                all.push(new);
            }
        }
    }
    all
}
