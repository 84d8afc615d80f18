//! Edits of a model, as small as a change of one digit, one space or one escape.

use crate::model::{Dice, Items, Letter, Model, NAMES, Tree, leaf, letters, model, tree};

/// One edit at a place that the dice choose.
pub fn edit(of: &mut Model, dice: &mut Dice) {
    match of {
        Model::Some(inner) if dice.roll(6) > 0 => edit(inner, dice),
        Model::Case(name, inner) => match dice.roll(6) {
            0 => *name = "other".to_owned(),
            _ => edit(inner, dice),
        },
        Model::Json(_) if dice.roll(20) == 0 => *of = Model::Leaf(leaf(dice)),
        Model::Json(text) => match dice.roll(8) {
            0 => text.before = dice.pick(&["", " ", "\u{feff}"]).to_owned(),
            1 => text.behind = dice.pick(&["", "\n"]).to_owned(),
            _ => edit_tree(&mut text.tree, dice),
        },
        Model::Tuple(items) => {
            if edited(items, dice, |dice| model(dice, 3)) {
                edit_one(items, dice, edit);
            }
        }
        Model::List(items) => {
            if edited(items, dice, |dice| Model::Some(Box::new(model(dice, 3)))) {
                // The items stay what they are: not tuples.
                edit_one(items, dice, |item, dice| match item {
                    Model::Some(inner) => edit(inner, dice),
                    item => edit(item, dice),
                });
            }
        }
        Model::Record(members) => {
            if edited(members, dice, |dice| (dice.pick(&NAMES).to_owned(), model(dice, 3))) {
                edit_one(members, dice, edit_member);
            }
        }
        Model::Pairs(members) => {
            if edited(members, dice, |dice| (dice.pick(&NAMES).to_owned(), Model::Leaf(leaf(dice)))) {
                edit_one(members, dice, edit_member);
            }
        }
        other => *other = model(dice, 3),
    }
}

fn edit_member(member: &mut (String, Model), dice: &mut Dice) {
    match dice.roll(6) {
        0 => member.0 = dice.pick(&NAMES).to_owned(),
        1 => member.0 = member.0.to_ascii_uppercase(),
        _ => edit(&mut member.1, dice),
    }
}

fn edit_one<T>(items: &mut [T], dice: &mut Dice, edit: impl FnOnce(&mut T, &mut Dice)) {
    if !items.is_empty() {
        let place = dice.roll(items.len());
        edit(&mut items[place], dice);
    }
}

/// Inserts, drops, doubles or swaps items; true: nothing was done, so one of them may be edited.
fn edited<T: Clone>(items: &mut Vec<T>, dice: &mut Dice, make: impl FnOnce(&mut Dice) -> T) -> bool {
    let place = dice.roll(items.len() + 1);
    let other = dice.roll(items.len().max(1));
    let some = place < items.len();
    match dice.roll(12) {
        0 => items.insert(place, make(dice)),
        1 if some => drop(items.remove(place)),
        2 if some => items.insert(other, items[place].clone()),
        3 | 4 if some => items.swap(place, other),
        _ => return true,
    }
    false
}

fn edit_tree(of: &mut Tree, dice: &mut Dice) {
    match of {
        Tree::Array(items) | Tree::Object(items) if dice.roll(10) > 0 => edit_items(items, dice),
        Tree::String(text) if dice.roll(3) > 0 => edit_text(text, dice),
        Tree::Word(word) if dice.roll(3) > 0 && word.ends_with(|it: char| it.is_ascii_digit()) => {
            let last = word.pop().and_then(|it| it.to_digit(10)).unwrap_or(0);
            *word += &((last + 1) % 10).to_string();
        }
        other => *other = tree(dice, 2),
    }
}

fn edit_text(text: &mut [Letter], dice: &mut Dice) {
    edit_one(text, dice, |letter, dice| match dice.roll(3) {
        0 => letter.letter = 'z',
        _ => letter.escaped = !letter.escaped,
    });
}

fn edit_items(items: &mut Items, dice: &mut Dice) {
    match dice.roll(8) {
        0 => items.open = dice.pick(&["", " ", "\n "]).to_owned(),
        1 => items.close = dice.pick(&["", " ", "\n"]).to_owned(),
        _ if !edited(&mut items.children, dice, new_item) => {}
        _ => edit_one(&mut items.children, dice, |item, dice| match dice.roll(8) {
            0 => item.separator = dice.pick(&[",", ", ", " ,"]).to_owned(),
            1 => item.colon = dice.pick(&[":", ": ", " :"]).to_owned(),
            2 => item.name = letters(dice.pick(&NAMES)),
            3 => edit_text(&mut item.name, dice),
            _ => edit_tree(&mut item.tree, dice),
        }),
    }
}

fn new_item(dice: &mut Dice) -> crate::model::Item {
    crate::model::Item {
        separator: ",".to_owned(),
        name: letters(dice.pick(&NAMES)),
        colon: ":".to_owned(),
        tree: tree(dice, 2),
    }
}
