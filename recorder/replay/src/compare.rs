//! Two values side by side. What is equal in bytes is passed over; what is not ends as a difference at
//! the lowest place that tells it apart.

use flux_recorder::Value;

use crate::found::{Comparison, Difference, DifferenceKind, Trail};
use crate::headers::fold_names;
use crate::json::{Document, Kind, unescaped};
use crate::layout::{Pair, Spot, Spots, join, own_layout};
use crate::mask::mask;
use crate::node::{Child, Container, Node};
use crate::path::{Path, Step};
use crate::tolerance::{Pattern, Scope, Tolerances};
use crate::twins::{Met, columns, twins};

/// Compares two canonical values, whose paths begin with `root`. Beside what the tolerances cover and the case
/// of header names, they have no difference exactly when their bytes are equal.
pub fn compare(root: &str, recorded: &[u8], replayed: &[u8], tolerances: &Tolerances) -> Comparison {
    let mut found = Comparison::default();
    let (scope, steps) = (tolerances.scope(root), Path::of_root(root));
    let at = Trail::Root(&steps);
    let mut sides = [recorded, replayed].map(Value::read);
    if recorded != replayed {
        for side in sides.iter_mut().flatten() {
            fold_names(side);
        }
    }
    let [a, b] = sides;
    match (a, b) {
        (Ok(a), Ok(b)) => {
            let mut walk = Walk { found: &mut found, document: None };
            walk.values(&at, &scope, Node::Value(&a), Node::Value(&b));
        }
        (a, b) => {
            let a = a.unwrap_or_else(|_| Value::Bytes(recorded.to_vec()));
            let b = b.unwrap_or_else(|_| Value::Bytes(replayed.to_vec()));
            found.count(scope.cover, 1);
            if recorded != replayed {
                found.add(scope.cover, || whole(at.path(), a, b));
            }
        }
    }
    if recorded != replayed && found.differences.is_empty() {
        check(&mut found, root, &steps, [recorded, replayed], tolerances);
    }
    found
}

/// Two values never pass as equal that the mask tells apart, whatever a walk through them overlooks.
fn check(found: &mut Comparison, root: &str, steps: &[Step], sides: [&[u8]; 2], tolerances: &Tolerances) {
    let [recorded, replayed] = sides.map(|side| mask(root, side, tolerances));
    debug_assert!(recorded == replayed, "a difference was overlooked");
    if recorded != replayed {
        let [a, b] = sides.map(|side| Value::Bytes(side.to_vec()));
        found.add(None, || whole(Path::new(steps.to_vec()), a, b));
    }
}

fn whole(path: Path, recorded: Value, replayed: Value) -> Difference {
    let (recorded, replayed) = (Some(recorded), Some(replayed));
    Difference { path, kind: DifferenceKind::Value, document: None, recorded, replayed }
}

struct Walk<'f> {
    found: &'f mut Comparison,
    /// The JSON text that the walk is in.
    document: Option<Path>,
}

impl Walk<'_> {
    fn add(&mut self, entry: Option<&Pattern>, difference: impl FnOnce() -> Difference) {
        let document = &self.document;
        self.found.add(entry, || Difference { document: document.clone(), ..difference() });
    }

    /// Compares two values; the layouts that differ are for the caller to bring together.
    fn values<'t, 'n>(
        &mut self,
        at: &Trail<'_>,
        scope: &Scope<'t>,
        recorded: Node<'n>,
        replayed: Node<'n>,
    ) -> Spots<'t, 'n> {
        if recorded.same(replayed) {
            self.count(recorded, scope);
            return Vec::new();
        }
        if let Some((a, b)) = unwrapped(recorded, replayed) {
            return self.values(at, scope, a, b);
        }
        let pair = Pair { at, scope, recorded, replayed };
        if self.is_json(pair) {
            return Vec::new();
        }
        match (recorded.container(scope.headers), replayed.container(scope.headers)) {
            (Some(a), Some(b)) if a.fits(&b) => self.containers(pair, &a, &b),
            _ => self.leaves(pair),
        }
    }

    fn leaves<'t, 'n>(&mut self, pair: Pair<'_, 't, 'n>) -> Spots<'t, 'n> {
        self.count(pair.recorded, pair.scope);
        if let (Node::Json(a, x), Node::Json(b, y)) = (pair.recorded, pair.replayed)
            && (a.entry(x).kind, b.entry(y).kind) == (Kind::Text, Kind::Text)
            && unescaped(a.raw(x)) == unescaped(b.raw(y))
        {
            return vec![pair.spot(pair.scope.layout_entry())];
        }
        let (a, b) = (pair.recorded, pair.replayed);
        self.add(pair.scope.cover, || whole(pair.at.path(), a.to_value(), b.to_value()));
        Vec::new()
    }

    /// Bytes and texts that are JSON on both sides are compared as JSON, so that the report has paths. False: they are
    /// not, and nothing was compared.
    fn is_json(&mut self, pair: Pair<'_, '_, '_>) -> bool {
        let (Node::Value(recorded), Node::Value(replayed)) = (pair.recorded, pair.replayed) else {
            return false;
        };
        match (recorded, replayed) {
            (Value::Bytes(a), Value::Bytes(b)) => match (Document::parse(a), Document::parse(b)) {
                (Some(a), Some(b)) => self.documents(pair, &a, &b, |text| Value::Bytes(text.into())),
                _ => return false,
            },
            (Value::String(a), Value::String(b)) => match (Document::of_text(a), Document::of_text(b)) {
                (Some(a), Some(b)) => self.documents(pair, &a, &b, |text| Value::String(text.to_owned())),
                _ => return false,
            },
            _ => return false,
        }
        true
    }

    /// Compares two documents. `whole` makes the value of one that is told as a whole.
    fn documents(
        &mut self,
        pair: Pair<'_, '_, '_>,
        recorded: &Document<'_>,
        replayed: &Document<'_>,
        whole: impl Fn(&str) -> Value,
    ) {
        let (a, b) = (Node::Json(recorded, 0), Node::Json(replayed, 0));
        let pair = Pair { recorded: a, replayed: b, at: pair.at, scope: pair.scope };
        self.document = Some(pair.at.path());
        let mut spots = self.values(pair.at, pair.scope, a, b);
        if recorded.around() != replayed.around() {
            join(&mut spots, vec![pair.spot(pair.scope.layout_entry())], pair);
        }
        let told = |node: Node<'_>, document: &Document<'_>| match node {
            Node::Json(_, 0) => whole(document.text()),
            node => node.to_text(),
        };
        for Spot { entry, path, recorded: x, replayed: y } in spots {
            self.add(entry, || respelled(path, told(x, recorded), told(y, replayed)));
        }
        self.document = None;
    }

    fn containers<'t, 'n>(
        &mut self,
        pair: Pair<'_, 't, 'n>,
        recorded: &Container<'n>,
        replayed: &Container<'n>,
    ) -> Spots<'t, 'n> {
        let Pair { at, scope, .. } = pair;
        let mut spots = Vec::new();
        let mut met = Met::default();
        for (left, right) in twins(&recorded.children, &replayed.children) {
            let (a, b) = (left.map(|it| &recorded.children[it]), right.map(|it| &replayed.children[it]));
            let Some(one) = a.or(b) else { continue };
            let repeated = a.is_some_and(|it| it.repeated) || b.is_some_and(|it| it.repeated);
            let (below, trail) = (scope.below(&one.key), at.below(&one.key, repeated));
            match (a, b) {
                (Some(a), Some(b)) => {
                    let inner = self.values(&trail, &below, a.node, b.node);
                    join(&mut spots, inner, pair);
                }
                (a, b) => self.one_sided(&trail, &below, a, b),
            }
            met.add(scope, &below, (left, right));
        }
        self.order(pair, &met, recorded, replayed);
        if let Some(spot) = own_layout(pair, &met, recorded, replayed) {
            join(&mut spots, vec![spot], pair);
        }
        spots
    }

    fn one_sided(
        &mut self,
        at: &Trail<'_>,
        scope: &Scope<'_>,
        recorded: Option<&Child<'_>>,
        replayed: Option<&Child<'_>>,
    ) {
        if let Some(child) = recorded.or(replayed) {
            self.count(child.node, scope);
        }
        let side = |child: Option<&Child<'_>>| child.map(|child| child.node.to_value());
        self.add(scope.cover, || Difference {
            path: at.path(),
            kind: DifferenceKind::Value,
            document: None,
            recorded: side(recorded),
            replayed: side(replayed),
        });
    }

    /// Compares the order of the members that both sides have.
    fn order(&mut self, pair: Pair<'_, '_, '_>, met: &Met<'_>, a: &Container<'_>, b: &Container<'_>) {
        let Pair { at, scope, .. } = pair;
        let (entry, places) = match () {
            () if !met.kept.is_sorted_by_key(|(_, right)| right) => {
                (scope.cover.or(scope.order_is_free(a.is_json())), &met.kept)
            }
            () if met.dropped.is_some() && !met.both.is_sorted_by_key(|(_, right)| right) => {
                (met.dropped, &met.both)
            }
            () => return,
        };
        self.add(entry, || {
            let names = |children: &[Child<'_>], places: &[usize]| {
                let name = |place: &usize| Value::String(children[*place].key.text().into_owned());
                Value::List(places.iter().map(name).collect())
            };
            let (left, right) = columns(places);
            Difference {
                path: at.path_to(Step::Order),
                kind: DifferenceKind::Order,
                document: None,
                recorded: Some(names(&a.children, &left)),
                replayed: Some(names(&b.children, &right)),
            }
        });
    }

    /// Counts the values below one that both sides have, or only one of them.
    fn count(&mut self, node: Node<'_>, scope: &Scope<'_>) {
        if scope.is_idle() || scope.cover.is_some() {
            return self.found.count(scope.cover, node.leaves());
        }
        let document = match node {
            Node::Value(Value::Bytes(bytes)) => Document::parse(bytes),
            Node::Value(Value::String(text)) => Document::of_text(text),
            _ => None,
        };
        if let Some(document) = document {
            return self.count(Node::Json(&document, 0), scope);
        }
        if let Some((inner, _)) = unwrapped(node, node) {
            return self.count(inner, scope);
        }
        match node.container(scope.headers) {
            Some(all) if !all.children.is_empty() => {
                all.children.iter().for_each(|child| self.count(child.node, &scope.below(&child.key)));
            }
            _ => self.found.count(None, 1),
        }
    }
}

fn respelled(path: Path, recorded: Value, replayed: Value) -> Difference {
    let (recorded, replayed) = (Some(recorded), Some(replayed));
    Difference { path, kind: DifferenceKind::Layout, document: None, recorded, replayed }
}

/// What is in two options, results or variants of one case: they have no step in a path.
fn unwrapped<'a>(a: Node<'a>, b: Node<'a>) -> Option<(Node<'a>, Node<'a>)> {
    let (Node::Value(a), Node::Value(b)) = (a, b) else { return None };
    match (a, b) {
        (Value::Option(Some(a)), Value::Option(Some(b)))
        | (Value::Result(Ok(a)), Value::Result(Ok(b)))
        | (Value::Result(Err(a)), Value::Result(Err(b))) => Some((Node::Value(a), Node::Value(b))),
        (Value::Variant(x, a), Value::Variant(y, b)) if x == y => Some((Node::Value(a), Node::Value(b))),
        _ => None,
    }
}
