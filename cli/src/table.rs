//! Tables that fit a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What stands between two columns.
const GAP: &str = "  ";
/// A text is not cut to less than this.
const LEAST: usize = 8;

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
struct Layout(Vec<Option<usize>>);

impl Layout {
    fn new(columns: &[Column], rows: &[Vec<String>], width: usize) -> Self {
        let widest = |(index, column): (usize, &Column)| {
            let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.width());
            Some(cells.max().unwrap_or(0).max(column.name.width()))
        };
        let mut layout = Self(columns.iter().enumerate().map(widest).collect());
        for index in (0..columns.len()).rev() {
            if layout.total() > width && columns[index].narrow == Narrow::Drop {
                layout.0[index] = None;
            }
        }
        layout.cut(columns, width);
        layout
    }

    fn total(&self) -> usize {
        let shown: Vec<_> = self.0.iter().flatten().collect();
        shown.iter().copied().sum::<usize>() + GAP.len() * shown.len().saturating_sub(1)
    }

    /// Takes from the widest column that may be cut until all of them fit.
    fn cut(&mut self, columns: &[Column], width: usize) {
        loop {
            let over = self.total().saturating_sub(width);
            let may_be_cut = |index: &usize| columns[*index].narrow == Narrow::Cut;
            let widths =
                (0..columns.len()).filter(may_be_cut).filter_map(|index| Some((self.0[index]?, index)));
            match widths.max() {
                Some((widest, index)) if over > 0 && widest > LEAST => self.0[index] = Some(widest - 1),
                _ => return,
            }
        }
    }

    fn line(&self, row: &[String]) -> String {
        let cells = self.0.iter().zip(row).filter_map(|(width, cell)| Some(padded(cell, (*width)?)));
        let line = cells.collect::<Vec<_>>().join(GAP);
        format!("{}\n", line.trim_end())
    }
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
    fn a_text_of_wide_letters_is_cut_at_its_columns() {
        assert_eq!(padded("注文注文", 8), "注文注文");
        assert_eq!(padded("注文注文", 7), "注文注…");
        assert_eq!(padded("注文注文", 6), "注文… ");
    }
}
