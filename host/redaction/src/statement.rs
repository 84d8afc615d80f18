//! What a statement says of redacted columns: which of its parameters, literals and output columns are
//! theirs. It is read token by token, not parsed: where that does not tell, the answer is 'unknown', and
//! what is unknown is redacted.

use std::ops::Range;

use flux_sql::{Kind, Lexis, Token, tokens};

/// Whose a parameter, a literal or an output column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A redacted column's.
    Redacted,
    /// That cannot be told.
    Unknown,
    /// Another column's, or none's.
    Other,
}

/// A literal of the statement's text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Its bytes, quotes included.
    pub span: Range<usize>,
    pub plain: String,
    pub owner: Owner,
}

/// A statement that has to do with redacted columns.
#[derive(Debug)]
pub(crate) struct RedactedStatement<'a> {
    tokens: Vec<Token<'a>>,
    is_redacted: &'a dyn Columns,
    /// It inserts without saying into which columns.
    implicit: bool,
    /// The owner by the place in VALUES, for those tokens that stand in it.
    values: Vec<Option<Owner>>,
}

/// The redacted columns of one database.
pub(crate) trait Columns: std::fmt::Debug {
    /// Whether this is one, however its letters are written.
    fn has(&self, name: &str) -> bool;
}

const LIST_ENDS: [&str; 13] = [
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "UNION",
    "INTERSECT",
    "EXCEPT",
];
/// What may stand before the column of a comparison that is nothing but that.
const BEFORE: [&str; 8] = ["WHERE", "AND", "OR", "SET", "ON", "NOT", "HAVING", "WHEN"];
/// And what after its value.
const AFTER: [&str; 15] = [
    "AND",
    "OR",
    "WHERE",
    "RETURNING",
    "FROM",
    "ORDER",
    "GROUP",
    "LIMIT",
    "OFFSET",
    "ON",
    "UNION",
    "THEN",
    "FOR",
    "HAVING",
    "FETCH",
];

impl<'a> RedactedStatement<'a> {
    /// None: it has nothing to do with them.
    pub(crate) fn read(sql: &'a str, columns: &'a dyn Columns) -> Option<Self> {
        let mut it = Self {
            tokens: tokens(sql, Lexis::Either),
            is_redacted: columns,
            implicit: false,
            values: Vec::new(),
        };
        it.values = vec![None; it.tokens.len()];
        it.read_insert();
        (it.implicit || it.tokens.iter().any(|token| it.names(token))).then_some(it)
    }

    fn names(&self, token: &Token<'_>) -> bool {
        token.name().is_some_and(|name| self.is_redacted.has(name))
    }

    /// `INSERT INTO t (a, b) VALUES (…), (…)`: the columns give the values their owners.
    fn read_insert(&mut self) {
        let Some(into) = self.tokens.iter().position(|it| it.is("INTO")) else {
            return;
        };
        let mut at = into + 1;
        // The table, its schema and its alias.
        while self.tokens.get(at).is_some_and(|it| it.name().is_some() || it.is_symbol(b'.'))
            && !["VALUES", "SELECT", "WITH", "DEFAULT"].iter().any(|word| self.tokens[at].is(word))
        {
            at += 1;
        }
        let starts_query = self.tokens.get(at + 1).is_some_and(|it| it.is("SELECT") || it.is("VALUES"));
        if !self.tokens.get(at).is_some_and(|it| it.is_symbol(b'(')) || starts_query {
            self.implicit = true;
            return;
        }
        let end = self.closing(at);
        let columns: Vec<_> = self
            .items(at + 1..end)
            .iter()
            .map(|item| self.tokens[item.clone()].iter().any(|it| self.names(it)))
            .collect();
        if self.tokens.get(end + 1).is_some_and(|it| it.is("VALUES")) {
            self.read_rows(end + 2, &columns);
        }
    }

    fn read_rows(&mut self, mut at: usize, columns: &[bool]) {
        while self.tokens.get(at).is_some_and(|it| it.is_symbol(b'(')) {
            let end = self.closing(at);
            for (index, item) in self.items(at + 1..end).into_iter().enumerate() {
                let owner = match columns.get(index) {
                    // A query of its own has columns of its own.
                    _ if self.tokens[item.clone()].iter().any(|it| it.is("SELECT")) => None,
                    Some(true) => Some(Owner::Redacted),
                    Some(false) => Some(Owner::Other),
                    None => Some(Owner::Unknown),
                };
                self.values[item].fill(owner);
            }
            at = end + 2;
            if !self.tokens.get(end + 1).is_some_and(|it| it.is_symbol(b',')) {
                return;
            }
        }
    }

    /// Where the parenthesis that opens at `open` closes.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            depth += i32::from(token.opens()) - i32::from(token.closes());
            if depth == 0 {
                return at;
            }
        }
        self.tokens.len()
    }

    /// The parts of a range that commas separate.
    fn items(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let (mut items, mut start, mut depth) = (Vec::new(), range.start, 0);
        for at in range.clone() {
            let token = &self.tokens[at];
            depth += i32::from(token.opens()) - i32::from(token.closes());
            if depth == 0 && token.is_symbol(b',') {
                items.push(start..at);
                start = at + 1;
            }
        }
        items.push(start..range.end);
        items
    }

    /// The owners of so many parameters.
    pub(crate) fn parameters(&self, count: usize) -> Vec<Owner> {
        let mut owners: Vec<Option<Owner>> = vec![None; count];
        let mut next: usize = 0;
        for (at, token) in self.tokens.iter().enumerate().filter(|(_, it)| it.kind == Kind::Parameter) {
            let number: usize = match &token.text[1..] {
                "" => next + 1,
                number => number.parse().unwrap_or_default(),
            };
            next = number;
            let Some(owner) = number.checked_sub(1).and_then(|index| owners.get_mut(index)) else {
                return vec![Owner::Unknown; count];
            };
            *owner = Some(worse(*owner, self.owner(at)));
        }
        owners.into_iter().map(|owner| owner.unwrap_or(Owner::Unknown)).collect()
    }

    /// The literals that are not another column's. A number that is nobody's stays if it is short.
    pub(crate) fn literals(&self) -> Vec<Literal> {
        let literals = self.tokens.iter().enumerate().filter_map(|(at, token)| {
            let plain = token.literal()?;
            let owner = self.owner(at);
            let short = token.kind == Kind::Number && plain.len() < 6;
            let stays = owner == Owner::Other || plain.is_empty() || owner == Owner::Unknown && short;
            (!stays).then(|| Literal { span: token.at..token.at + token.text.len(), plain, owner })
        });
        literals.collect()
    }

    /// Whose the value at this token is.
    fn owner(&self, at: usize) -> Owner {
        if self.implicit {
            return Owner::Unknown;
        }
        if let Some(owner) = self.values[at] {
            return owner;
        }
        let before = at.checked_sub(1).map(|before| &self.tokens[before]);
        if before.is_some_and(|it| it.is("LIMIT") || it.is("OFFSET")) {
            return Owner::Other;
        }
        let Some(column) = self.compared(at) else {
            return Owner::Unknown;
        };
        if self.names(&self.tokens[column]) {
            return Owner::Redacted;
        }
        match self.stands_alone(column, at) {
            true => Owner::Other,
            false => Owner::Unknown,
        }
    }

    /// The column that a value is compared with or assigned to: `name = $1`.
    fn compared(&self, value: usize) -> Option<usize> {
        let mut at = value.checked_sub(1)?;
        let operator = |it: &Token<'_>| it.kind == Kind::Symbol && b"=<>!".contains(&it.text.as_bytes()[0]);
        let worded = |it: &Token<'_>| ["LIKE", "ILIKE", "IS", "GLOB", "NOT"].iter().any(|word| it.is(word));
        let start = at;
        while operator(&self.tokens[at]) || worded(&self.tokens[at]) {
            at = at.checked_sub(1)?;
        }
        (at < start && self.tokens[at].name().is_some()).then_some(at)
    }

    /// Whether a comparison is nothing but that, and no part of an expression.
    fn stands_alone(&self, mut column: usize, value: usize) -> bool {
        // A qualified name begins with its qualifier.
        while column >= 2 && self.tokens[column - 1].is_symbol(b'.') {
            column -= 2;
        }
        let mut after = value + 1;
        // A cast changes the type, not the owner.
        while self.tokens.get(after).is_some_and(|it| it.text == "::") {
            after += 2;
        }
        let begins = column.checked_sub(1).is_some_and(|at| {
            let before = &self.tokens[at];
            before.opens() || before.is_symbol(b',') || BEFORE.iter().any(|word| before.is(word))
        });
        let ends = self.tokens.get(after).is_none_or(|it| {
            it.closes() || it.is_symbol(b',') || it.is_symbol(b';') || AFTER.iter().any(|word| it.is(word))
        });
        begins && ends
    }

    /// The owners of the output columns. A name tells, unless an alias or an expression hides it.
    pub(crate) fn outputs(&self, columns: &[&str]) -> Vec<Owner> {
        let traced = self.traced(columns.len());
        let owner = |(index, column): (usize, &&str)| match &traced {
            _ if self.is_redacted.has(column) => Owner::Redacted,
            Some(traced) => traced[index],
            None => Owner::Unknown,
        };
        columns.iter().enumerate().map(owner).collect()
    }

    /// What the list of outputs says; none where it does not tell.
    fn traced(&self, count: usize) -> Option<Vec<Owner>> {
        if !self.tokens.iter().any(|token| self.names(token)) {
            return Some(vec![Owner::Other; count]);
        }
        let items = self.items(self.output_list()?);
        let mentions = |item: &Range<usize>| self.tokens[item.clone()].iter().any(|it| self.names(it));
        let star =
            |item: &Range<usize>| self.tokens[item.clone()].last().is_some_and(|it| it.is_symbol(b'*'));
        // A plain name keeps it, so that the output's own name tells.
        let plain = |item: &Range<usize>| {
            self.tokens[item.clone()].iter().all(|it| it.name().is_some() || it.is_symbol(b'.'))
                && (item.len() == 1 || item.len() % 2 == 1 && self.tokens[item.start + 1].is_symbol(b'.'))
        };
        if items.iter().any(star) {
            return items
                .iter()
                .all(|item| !mentions(item) || plain(item))
                .then(|| vec![Owner::Other; count]);
        }
        let owner = |item: &Range<usize>| if mentions(item) { Owner::Unknown } else { Owner::Other };
        (items.len() == count).then(|| items.iter().map(owner).collect())
    }

    /// The tokens between SELECT and FROM, or after RETURNING, where nothing else has outputs.
    fn output_list(&self) -> Option<Range<usize>> {
        let mut depth = 0;
        let mut outer = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            depth += i32::from(token.opens()) - i32::from(token.closes());
            if depth == 0 && !token.closes() {
                outer.push(at);
            }
        }
        let is = |at: usize, words: &[&str]| words.iter().any(|word| self.tokens[at].is(word));
        if outer.iter().any(|at| is(*at, &["UNION", "INTERSECT", "EXCEPT", "WITH", "EXPLAIN"])) {
            return None;
        }
        let end = self.tokens.iter().rposition(|it| !it.is_symbol(b';')).map_or(0, |last| last + 1);
        if let Some(returning) = outer.iter().find(|at| is(**at, &["RETURNING"])) {
            return Some(returning + 1..end);
        }
        if !self.tokens.first().is_some_and(|it| it.is("SELECT")) {
            return None;
        }
        let start =
            if self.tokens.get(1).is_some_and(|it| it.is("DISTINCT") || it.is("ALL")) { 2 } else { 1 };
        let list_end = outer.iter().copied().find(|at| *at >= start && is(*at, &LIST_ENDS)).unwrap_or(end);
        // A query in FROM may give a column another name.
        let from_end =
            outer.iter().copied().find(|at| *at > list_end && is(*at, &LIST_ENDS[1..])).unwrap_or(end);
        let renames = (list_end..from_end).any(|at| is(at, &["SELECT", "VALUES"]));
        (!renames).then_some(start..list_end)
    }
}

/// A parameter that stands twice is redacted if it has to be once.
fn worse(one: Option<Owner>, other: Owner) -> Owner {
    match (one, other) {
        (Some(Owner::Redacted), _) | (_, Owner::Redacted) => Owner::Redacted,
        (Some(Owner::Unknown), _) | (_, Owner::Unknown) => Owner::Unknown,
        _ => Owner::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Email;

    impl Columns for Email {
        fn has(&self, name: &str) -> bool {
            name.eq_ignore_ascii_case("email")
        }
    }

    /// `R`edacted, `?` unknown, `-` other.
    fn letters(owners: impl IntoIterator<Item = Owner>) -> String {
        let letter = |owner| match owner {
            Owner::Redacted => 'R',
            Owner::Unknown => '?',
            Owner::Other => '-',
        };
        owners.into_iter().map(letter).collect()
    }

    #[track_caller]
    fn check_parameters(sql: &str, expect: &str) {
        let owners = RedactedStatement::read(sql, &Email).map(|it| letters(it.parameters(expect.len())));
        assert_eq!(owners.unwrap_or_else(|| "-".repeat(expect.len())), expect, "{sql}");
    }

    #[test]
    fn parameters_have_the_owner_that_the_statement_gives_them() {
        for (sql, expect) in [
            ("SELECT id FROM c WHERE id = $1", "-"),
            ("SELECT id FROM c WHERE email = $1 AND id > $2 LIMIT $3", "R--"),
            ("select id from c where \"EMAIL\" like ? and name=?", "R-"),
            ("SELECT * FROM c WHERE c.email IS NOT $1 OR (c.id = $2)", "R-"),
            ("SELECT email FROM c WHERE lower(email) = $1", "?"),
            ("SELECT email FROM c WHERE $1 = email", "?"),
            ("SELECT email FROM c WHERE id IN ($1, $2)", "??"),
            ("SELECT email FROM c WHERE id = $1 || $2", "??"),
            ("SELECT email FROM c WHERE id = $1::uuid AND x = 1", "-"),
            ("SELECT email FROM c WHERE email || id = $1", "?"),
            ("INSERT INTO c (id, email, n) VALUES ($1, $2, $3), ($4, $5, $6)", "-R--R-"),
            ("INSERT INTO c(id, email) VALUES (?, lower(?))", "-R"),
            ("INSERT INTO c (id) VALUES ($1)", "-"),
            ("INSERT INTO c VALUES ($1, $2)", "??"),
            ("INSERT INTO c SELECT $1, $2", "??"),
            ("INSERT INTO main.c AS x (email) SELECT $1", "?"),
            ("REPLACE INTO [c] (`email`, n) VALUES (?2, ?1)", "-R"),
            (
                "INSERT INTO c (id, email) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET email = $3, n = $4",
                "-RR-",
            ),
            ("INSERT INTO o (c, n) VALUES ((SELECT id FROM c WHERE email = $1), $2)", "R-"),
            ("UPDATE c SET email = $1, name = $2 WHERE id = $3", "R--"),
            ("UPDATE c SET name = $1 WHERE id = $2", "--"),
            ("DELETE FROM c WHERE email = $1 OR id = $1", "R"),
            ("SELECT 'email' FROM c WHERE id = $1 -- email", "-"),
            ("SELECT email FROM c WHERE id = :id", "?"),
        ] {
            check_parameters(sql, expect);
        }
    }

    #[track_caller]
    fn check_outputs(sql: &str, columns: &[&str], expect: &str) {
        let owners = RedactedStatement::read(sql, &Email).map(|it| letters(it.outputs(columns)));
        assert_eq!(owners.unwrap_or_default(), expect, "{sql}");
    }

    #[test]
    fn outputs_have_their_name_or_what_the_list_says() {
        check_outputs("SELECT id, email, name FROM c", &["id", "email", "name"], "-R-");
        check_outputs(
            "SELECT id, email AS e, lower(email), n AS m FROM c",
            &["id", "e", "lower", "m"],
            "-??-",
        );
        check_outputs("SELECT DISTINCT c.Email FROM c;", &["Email"], "R");
        check_outputs("SELECT *, email FROM c", &["id", "email", "email"], "-RR");
        check_outputs("SELECT *, email AS e FROM c", &["id", "email", "e"], "?R?");
        check_outputs("SELECT count(*) AS n FROM c WHERE email = $1", &["n"], "-");
        check_outputs("SELECT id FROM c WHERE id IN (SELECT id FROM d WHERE email = $1)", &["id"], "-");
        check_outputs("SELECT e, id FROM (SELECT email AS e, id FROM c)", &["e", "id"], "??");
        check_outputs("WITH d AS (SELECT email AS e FROM c) SELECT e FROM d", &["e"], "?");
        check_outputs("SELECT id FROM c UNION SELECT email FROM c", &["id"], "?");
        check_outputs("INSERT INTO c (email) VALUES ($1) RETURNING id, email || '' AS e", &["id", "e"], "-?");
        check_outputs("UPDATE c SET email = $1 RETURNING *", &["id", "email"], "-R");
        check_outputs("INSERT INTO c VALUES ($1) RETURNING id", &["id"], "-");
    }

    #[test]
    fn literals_are_found_unless_they_are_another_columns() {
        let sql = "UPDATE c SET email = 'it''s@x.yz', n = 1234567, status = 'mailed' WHERE f(id) = 'other' OR g(1, 1234567)";
        let literals = RedactedStatement::read(sql, &Email).map(|it| it.literals()).unwrap_or_default();
        let found: Vec<_> = literals.iter().map(|it| (&sql[it.span.clone()], it.owner)).collect();
        assert_eq!(
            found,
            [("'it''s@x.yz'", Owner::Redacted), ("'other'", Owner::Unknown), ("1234567", Owner::Unknown)]
        );
        assert_eq!(literals[0].plain, "it's@x.yz");
    }
}
