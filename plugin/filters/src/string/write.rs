//! Writing text so that it is read as it was meant.

use std::fmt::{self, Write};

use super::letters::is_white;
use super::pattern::{Pattern, Piece, Shape};

/// The words of the language. Looker stumbles over text that starts with one.
const WORDS: [&str; 4] = ["null", "NULL", "empty", "EMPTY"];

/// Text that is asked for as a whole: as it is, or in quotation marks.
pub(crate) fn whole(text: &str, f: &mut impl Write) -> fmt::Result {
    let plain = !text.is_empty()
        && !text.starts_with('-')
        && !text.starts_with(is_white)
        && !text.ends_with(is_white)
        && !WORDS.iter().any(|word| text.starts_with(word))
        && !text.contains(|c| c < ' ' || matches!(c, '%' | ',' | '_' | '^' | '"' | '\\'));
    if plain {
        return f.write_str(text);
    }
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '^' => f.write_str("^^")?,
            _ => backslashed(character, f)?,
        }
    }
    f.write_char('"')
}

/// A pattern, with carets before what is no wildcard.
pub(crate) fn pattern(pattern: &Pattern, f: &mut impl Write) -> fmt::Result {
    let last = pattern.pieces().len() - 1;
    let trimmed = pattern.shape() != Shape::Other;
    for (at, piece) in pattern.pieces().iter().enumerate() {
        match piece {
            Piece::Any => f.write_char('%')?,
            Piece::One => f.write_char('_')?,
            Piece::Text(text) => beside_wildcards(text, at == 0, at == last, trimmed, f)?,
        }
    }
    Ok(())
}

/// `trimmed` tells that white space beside a wildcard is not part of the text.
fn beside_wildcards(text: &str, first: bool, last: bool, trimmed: bool, f: &mut impl Write) -> fmt::Result {
    let from = if first || trimmed { text.len() - text.trim_start_matches(is_white).len() } else { 0 };
    let to = if last || trimmed { text.trim_end_matches(is_white).len() } else { text.len() };
    for (at, character) in text.char_indices() {
        match character {
            '%' | ',' | '_' | '^' | '"' => write!(f, "^{character}")?,
            '-' if first && at == 0 => f.write_str("^-")?,
            ' ' if at < from || at >= to => f.write_str("^ ")?,
            _ if is_white(character) && (at < from || at >= to) => write!(f, "\\u{:04x}", u32::from(character))?,
            _ => backslashed(character, f)?,
        }
    }
    // Looker takes the last escaped space of an expression away.
    if last && text.ends_with(' ') { f.write_str("^ ") } else { Ok(()) }
}

fn backslashed(character: char, f: &mut impl Write) -> fmt::Result {
    match character {
        '\\' => f.write_str("\\\\"),
        _ if character < ' ' => write!(f, "\\u{:04x}", u32::from(character)),
        _ => f.write_char(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut expression = String::new();
        whole(text, &mut expression).unwrap();
        expression
    }

    #[test]
    fn text_is_quoted_where_it_would_be_misread() {
        for (text, expected) in [
            ("t-shirt", "t-shirt"),
            ("O'Neil", "O'Neil"),
            ("Null", "Null"),
            ("", "\"\""),
            (" a", "\" a\""),
            ("-a", "\"-a\""),
            ("50%", "\"50%\""),
            ("a^b", "\"a^^b\""),
            ("say \"no\" \\", "\"say \\\"no\\\" \\\\\""),
            ("NULLABLE", "\"NULLABLE\""),
            ("a\nb", "\"a\\u000ab\""),
        ] {
            assert_eq!(written(text), expected);
        }
    }

    #[test]
    fn text_beside_wildcards_is_escaped() {
        let written = |pieces: Vec<Piece>| {
            let mut expression = String::new();
            pattern(&Pattern::new(pieces).unwrap(), &mut expression).unwrap();
            expression
        };
        let text = |text: &str| Piece::Text(text.into());
        assert_eq!(written(vec![Piece::Any, text("50%_,^"), Piece::Any]), "%50^%^_^,^^%");
        assert_eq!(written(vec![text("-a"), Piece::Any]), "^-a%");
        assert_eq!(written(vec![Piece::Any, text(" a\u{a0}")]), "%^ a\\u00a0");
        assert_eq!(written(vec![Piece::Any, text("a ")]), "%a^ ^ ");
    }
}
