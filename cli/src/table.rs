//! Tables that fit a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What stands between two columns.
const GAP: &str = "  ";
/// A text is not cut to less than this.
const LEAST: usize = 8;
/// So many digits of the end of an id tell it apart: those of its last group.
const ID_END: usize = 12;

/// A column of a table, and what becomes of it where the terminal is narrow.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    narrow: Narrow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Narrow {
    /// It is whole: people copy it, or it is short.
    Keep,
    /// It is an id, of which the end is shown: every command takes that.
    Id,
    /// Its end is cut.
    Cut,
    /// It is left out.
    Drop,
}

impl Column {
    /// Never cut.
    pub const fn keep(name: &'static str) -> Self {
        Self { name, narrow: Narrow::Keep }
    }

    /// An id, of which only the end is shown where there is too little room.
    pub const fn id(name: &'static str) -> Self {
        Self { name, narrow: Narrow::Id }
    }

    /// Cut where there is too little room.
    pub const fn cut(name: &'static str) -> Self {
        Self { name, narrow: Narrow::Cut }
    }

    /// Left out where there is too little room, the rightmost first.
    pub const fn drop(name: &'static str) -> Self {
        Self { name, narrow: Narrow::Drop }
    }
}

/// A table with its headings, no line of which is wider than `width` if that can be.
pub fn fitted(columns: &[Column], rows: &[Vec<String>], width: usize) -> String {
    let layout = Layout::new(columns, rows, width);
    let names: Vec<String> = columns.iter().map(|column| column.name.to_owned()).collect();
    let rows = std::iter::once(&names).chain(rows);
    rows.map(|row| layout.line(row)).collect()
}

/// The same without its headings.
pub fn fitted_rows(columns: &[Column], rows: &[Vec<String>], width: usize) -> String {
    let layout = Layout::new(columns, rows, width);
    rows.iter().map(|row| layout.line(row)).collect()
}

/// How wide each column is; none: it is left out.
struct Layout<'a> {
    columns: &'a [Column],
    widths: Vec<Option<usize>>,
}

impl<'a> Layout<'a> {
    fn new(columns: &'a [Column], rows: &[Vec<String>], width: usize) -> Self {
        let widest = |(index, column): (usize, &Column)| {
            let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.width());
            Some(cells.max().unwrap_or(0).max(column.name.width()))
        };
        let mut layout = Self { columns, widths: columns.iter().enumerate().map(widest).collect() };
        for index in (0..columns.len()).rev() {
            if layout.total() > width && columns[index].narrow == Narrow::Drop {
                layout.widths[index] = None;
            }
        }
        for (index, _) in columns.iter().enumerate().filter(|(_, column)| column.narrow == Narrow::Id) {
            if layout.total() > width {
                layout.widths[index] = layout.widths[index].map(|whole| whole.min(ID_END));
            }
        }
        layout.cut(width);
        layout
    }

    fn total(&self) -> usize {
        let shown: Vec<_> = self.widths.iter().flatten().collect();
        shown.iter().copied().sum::<usize>() + GAP.len() * shown.len().saturating_sub(1)
    }

    /// Takes from the widest column that may be cut until all of them fit.
    fn cut(&mut self, width: usize) {
        loop {
            let over = self.total().saturating_sub(width);
            let may_be_cut = |index: &usize| self.columns[*index].narrow == Narrow::Cut;
            let cut = (0..self.columns.len()).filter(may_be_cut);
            let widths = cut.filter_map(|index| Some((self.widths[index]?, index)));
            match widths.max() {
                Some((widest, index)) if over > 0 && widest > LEAST => self.widths[index] = Some(widest - 1),
                _ => return,
            }
        }
    }

    fn line(&self, row: &[String]) -> String {
        let columns = self.columns.iter().zip(&self.widths);
        let cells = columns.zip(row).filter_map(|((column, width), cell)| {
            let width = (*width)?;
            Some(padded(if column.narrow == Narrow::Id { end(cell, width) } else { cell }, width))
        });
        let line = cells.collect::<Vec<_>>().join(GAP);
        format!("{}\n", line.trim_end())
    }
}

/// The last so many letters of an id, which has no wide ones.
fn end(id: &str, width: usize) -> &str {
    let start = id.char_indices().rev().nth(width.saturating_sub(1)).map_or(0, |(start, _)| start);
    &id[start..]
}

/// A text in so many columns of the terminal, with `…` where something is cut.
fn padded(text: &str, width: usize) -> String {
    if text.width() <= width {
        return format!("{text}{}", " ".repeat(width - text.width()));
    }
    let (mut cut, mut used) = (String::new(), 0);
    for letter in text.chars() {
        let next = letter.width().unwrap_or(0);
        if used + next + 1 > width {
            break;
        }
        cut.push(letter);
        used += next;
    }
    format!("{cut}…{}", " ".repeat(width - used - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] =
        [Column::keep("ID"), Column::cut("TRIGGER"), Column::keep("STATUS"), Column::drop("GUEST")];

    fn rows() -> Vec<Vec<String>> {
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        vec![
            row(["3f9a41c2b7d0", "http GET /orders/{id}/lines/{line}", "200", "0123abcd"]),
            row(["3f9a41c2b7d1", "job 注文", "done", "0123abcd"]),
        ]
    }

    #[track_caller]
    fn check(width: usize, expect: &str) {
        let table = fitted(&COLUMNS, &rows(), width);
        assert_eq!(table, expect);
        assert!(table.lines().all(|line| line.width() <= width), "{table}");
    }

    #[test]
    fn a_wide_terminal_shows_everything() {
        let expect = "\
ID            TRIGGER                             STATUS  GUEST
3f9a41c2b7d0  http GET /orders/{id}/lines/{line}  200     0123abcd
3f9a41c2b7d1  job 注文                            done    0123abcd
";
        check(80, expect);
        check(usize::MAX, expect);
    }

    #[test]
    fn a_narrow_one_leaves_out_and_cuts_but_never_what_is_copied() {
        let expect = "\
ID            TRIGGER                       STATUS
3f9a41c2b7d0  http GET /orders/{id}/lines…  200
3f9a41c2b7d1  job 注文                      done
";
        check(50, expect);
    }

    #[test]
    fn of_an_id_the_end_is_left() {
        let columns = [Column::id("ID"), Column::keep("STATE")];
        let row = ["01990000-0000-7000-8000-3f9a41c2b7d0", "ready"].map(str::to_owned).to_vec();
        let whole =
            "ID                                    STATE\n01990000-0000-7000-8000-3f9a41c2b7d0  ready\n";
        assert_eq!(fitted(&columns, std::slice::from_ref(&row), 50), whole);
        let narrow = fitted(&columns, std::slice::from_ref(&row), 40);
        assert_eq!(narrow, "ID            STATE\n3f9a41c2b7d0  ready\n");
    }

    #[test]
    fn a_text_of_wide_letters_is_cut_at_its_columns() {
        assert_eq!(padded("注文注文", 8), "注文注文");
        assert_eq!(padded("注文注文", 7), "注文注…");
        assert_eq!(padded("注文注文", 6), "注文… ");
    }
}
