//! The paths in a piece of code: `a::b::C`, in declarations, in expressions and inside calls of macros alike.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::modules::Segments;

/// Every path that begins with a name, each as often as it is written. `a::{b, c::D}` is two of them.
pub(crate) fn paths(code: TokenStream) -> Vec<Segments> {
    let mut found = Vec::new();
    Reader { tokens: code.into_iter().collect(), at: 0 }.read(&[], &mut found);
    found
}

struct Reader {
    tokens: Vec<TokenTree>,
    at: usize,
}

impl Reader {
    fn read(mut self, prefix: &[String], found: &mut Vec<Segments>) {
        while self.at < self.tokens.len() {
            let follows = self.follows();
            match self.tokens[self.at].clone() {
                TokenTree::Ident(name) if !follows && name != "as" && name != "use" => {
                    self.path(prefix, name.to_string(), found);
                    continue;
                }
                TokenTree::Group(group) => paths_within(group.stream(), &[], found),
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Whether a name here is no path's beginning: a field, a method, the rest of a path, a lifetime, a new name.
    fn follows(&self) -> bool {
        let before = |steps: usize| self.at.checked_sub(steps).and_then(|at| self.tokens.get(at));
        let sign = |steps, sign| is_sign(before(steps), sign);
        (sign(1, '.') && !sign(2, '.'))
            || (sign(1, ':') && sign(2, ':'))
            || sign(1, '\'')
            || matches!(before(1), Some(TokenTree::Ident(word)) if word == "as" && self.is_renamed())
    }

    /// In `use a as b` the name after `as` is new; in `x as u64` it is a type.
    fn is_renamed(&self) -> bool {
        is_sign(self.tokens.get(self.at + 1), ',') || is_sign(self.tokens.get(self.at + 1), ';')
    }

    fn path(&mut self, prefix: &[String], first: String, found: &mut Vec<Segments>) {
        let mut path = prefix.to_vec();
        if first != "self" || prefix.is_empty() {
            path.push(first);
        }
        self.at += 1;
        while is_sign(self.tokens.get(self.at), ':') && is_sign(self.tokens.get(self.at + 1), ':') {
            match self.tokens.get(self.at + 2) {
                Some(TokenTree::Ident(name)) => path.push(name.to_string()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    paths_within(group.stream(), &path, found);
                    self.at += 3;
                    return;
                }
                _ => break,
            }
            self.at += 3;
        }
        found.push(path);
    }
}

fn paths_within(code: TokenStream, prefix: &[String], found: &mut Vec<Segments>) {
    Reader { tokens: code.into_iter().collect(), at: 0 }.read(prefix, found);
}

fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Vec<String> {
        paths(code.parse().expect("tokens")).iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn a_group_is_as_many_paths_as_it_names() {
        let paths = of("use crate::a::{self, B as C, d::{E, F}};");
        assert_eq!(paths, ["crate::a", "crate::a::B", "crate::a::d::E", "crate::a::d::F"]);
    }

    #[test]
    fn fields_methods_and_lifetimes_are_no_paths() {
        assert_eq!(of("x.field.method::<y::Z>()"), ["x", "y::Z"]);
        assert_eq!(of("&'a super::T"), ["super::T"]);
        assert_eq!(of("::std::fs"), Vec::<String>::new());
        assert_eq!(of("0..crate::N"), ["crate::N"]);
    }

    #[test]
    fn the_inside_of_a_macro_is_read_too() {
        assert_eq!(of(r#"format!("{}", crate::text::line(b))"#), ["format", "crate::text::line", "b"]);
    }
}
