//! Text that fits a terminal.

use unicode_width::UnicodeWidthStr as _;

/// The same text, of which lines that are wider than `width` are broken between words. What goes on in a further line
/// is set in by `hanging` more than its line is. A word that is wider stays.
pub fn wrapped(text: &str, width: usize, hanging: usize) -> String {
    text.lines().map(|line| wrapped_line(line, width, hanging) + "\n").collect()
}

fn wrapped_line(line: &str, width: usize, hanging: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    let (mut out, mut used) = (" ".repeat(indent), indent);
    // Where a line begins, so that its first word does not break it again.
    let mut is_first = true;
    for word in line[indent..].split(' ') {
        let space = usize::from(!is_first);
        if !is_first && used + space + word.width() > width {
            let hanging = (indent + hanging).min(width / 2);
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(&" ".repeat(hanging));
            used = hanging;
        } else {
            out.push_str(&" ".repeat(space));
            used += space;
        }
        out.push_str(word);
        used += word.width();
        is_first = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("a bc def\n  ghi jk\n", 6, 1), "a bc\n def\n  ghi\n   jk\n");
        assert_eq!(wrapped("fits  as it is\n\nx", 20, 4), "fits  as it is\n\nx\n");
        assert_eq!(wrapped("averylongword b", 6, 0), "averylongword\nb\n");
        assert_eq!(wrapped("日本 語", 5, 0), "日本\n語\n");
    }
}
