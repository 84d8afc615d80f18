//! Words of commands that people paste into a shell.

use flux_host::printable;

/// A text as a shell reads it back as one word, in one line that is printable.
pub fn shell_word(text: &str) -> String {
    let text = printable(text);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.into_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_word_is_quoted_only_where_a_shell_would_read_it_differently() {
        assert_eq!(shell_word("receipts-2.b"), "receipts-2.b");
        assert_eq!(shell_word("my queue"), "'my queue'");
        assert_eq!(shell_word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("a\nb"), r"'a\nb'");
    }
}
