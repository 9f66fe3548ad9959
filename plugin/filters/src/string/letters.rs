//! The letters of text in an expression: carets and backslashes escape, quotation marks keep together.

use crate::scan::Scanner;

/// One character, and whether it is meant as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The character.
    pub(crate) character: char,
    /// Whether it was escaped, so that it is neither trimmed nor part of a word of the language.
    pub(crate) escaped: bool,
}

/// Where letters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Quotes,
    Nothing,
}

/// White space at the ends of a term, which is not part of it.
pub(crate) fn is_white(character: char) -> bool {
    character == '\u{feff}' || character != '\u{85}' && character.is_whitespace()
}

/// The characters that have a meaning in text.
fn is_symbol(character: char) -> bool {
    matches!(character, '%' | ',' | '-' | '_' | '^')
}

fn is_control(character: char) -> bool {
    character < ' '
}

/// Letters without quotation marks, at least one.
pub(crate) fn plain(scanner: &mut Scanner<'_>) -> Option<Vec<Letter>> {
    let mut letters = Vec::new();
    while let Some(letter) = letter(scanner, Inside::Nothing) {
        letters.push(letter);
    }
    (!letters.is_empty()).then_some(letters)
}

/// Text in quotation marks, without them. Wildcards and commas are letters there.
pub(crate) fn quoted(scanner: &mut Scanner<'_>) -> Option<String> {
    scanner.attempt(|scanner| {
        scanner.take(|c| c == '"')?;
        let mut text = String::new();
        loop {
            let other = |scanner: &mut Scanner<'_>| scanner.take(|c| matches!(c, '%' | ',' | '_' | '^'));
            match letter(scanner, Inside::Quotes).map(|letter| letter.character).or_else(|| other(scanner)) {
                Some(character) => text.push(character),
                None => break,
            }
        }
        scanner.exact("\"")?;
        Some(text)
    })
}

/// Text in quotation marks beside wildcards: there the marks belong to the text, and only `\"` is left as it is.
pub(crate) fn marked(scanner: &mut Scanner<'_>) -> Option<Vec<Letter>> {
    let text = scanner.text_of(|scanner| {
        scanner.take(|c| c == '"')?;
        while scanner.attempt(|s| s.exact("\\\"")).is_some()
            || scanner.take(|c| !is_control(c) && c != '"' && c != '\\').is_some()
        {}
        scanner.take(|c| c == '"')
    })?;
    Some(text.chars().map(|character| Letter { character, escaped: true }).collect())
}

fn letter(scanner: &mut Scanner<'_>, inside: Inside) -> Option<Letter> {
    let meant = |character| Letter { character, escaped: true };
    scanner.attempt(|scanner| caret(scanner, inside)).or_else(|| scanner.attempt(backslash)).map(meant).or_else(|| {
        let fits = |c| !is_control(c) && !matches!(c, '"' | '\\') && (c == '-' || !is_symbol(c));
        scanner.take(fits).map(|character| Letter { character, escaped: false })
    })
}

fn caret(scanner: &mut Scanner<'_>, inside: Inside) -> Option<char> {
    scanner.take(|c| c == '^')?;
    if scanner.follows(|s| s.take(|c| c == ' ')) {
        // At the end of a term the last escaped space only guards the one before it.
        return scanner.attempt(|s| guarded_space(s, inside)).or_else(|| scanner.take(|c| c == ' '));
    }
    let escapable = |c| is_symbol(c) || c == '"' && inside == Inside::Nothing;
    scanner.take(escapable).or_else(|| scanner.missed("one of % _ , ^ - \" after the caret"))
}

fn guarded_space(scanner: &mut Scanner<'_>, inside: Inside) -> Option<char> {
    for part in [' ', '^', ' '] {
        scanner.take(|c| c == part)?;
    }
    let ends = scanner.follows(|scanner| {
        if inside == Inside::Nothing {
            scanner.take_while(is_white);
        }
        let at_end = inside == Inside::Nothing && scanner.is_at_end();
        (at_end || scanner.peek() == Some(',')).then_some(())
    });
    ends.then_some(' ')
}

fn backslash(scanner: &mut Scanner<'_>) -> Option<char> {
    scanner.take(|c| c == '\\')?;
    let escaped = |c| is_symbol(c) || matches!(c, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't');
    let Some(character) = scanner.take(escaped) else {
        return unicode(scanner).or_else(|| scanner.missed("an escape such as \\\" after the backslash"));
    };
    Some(match character {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    })
}

/// `u00e4`, and two of them for what is beyond four digits.
fn unicode(scanner: &mut Scanner<'_>) -> Option<char> {
    let first = hex(scanner)?;
    if let Some(character) = char::from_u32(first) {
        return Some(character);
    }
    scanner.exact("\\")?;
    let second = hex(scanner)?;
    let mut decoded = char::decode_utf16([u16::try_from(first).ok()?, u16::try_from(second).ok()?]);
    decoded.next()?.ok()
}

fn hex(scanner: &mut Scanner<'_>) -> Option<u32> {
    scanner.take(|c| c == 'u')?;
    let mut value = 0;
    for _ in 0..4 {
        value = value * 16 + scanner.take(|c| c.is_ascii_hexdigit())?.to_digit(16)?;
    }
    Some(value)
}

/// Takes white space from the ends, unless it is escaped.
pub(crate) fn trim(letters: &mut Vec<Letter>) {
    trim_end(letters);
    let from = letters.iter().position(|letter| !is_trimmed(*letter)).unwrap_or(letters.len());
    letters.drain(..from);
}

/// Takes white space from the end, unless it is escaped.
pub(crate) fn trim_end(letters: &mut Vec<Letter>) {
    while letters.pop_if(|letter| is_trimmed(*letter)).is_some() {}
}

fn is_trimmed(letter: Letter) -> bool {
    !letter.escaped && is_white(letter.character)
}

/// The text of letters.
pub(crate) fn text(letters: &[Letter]) -> String {
    letters.iter().map(|letter| letter.character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(expression: &str) -> Option<String> {
        let mut letters = Scanner::whole(expression, plain).ok()?;
        trim(&mut letters);
        Some(text(&letters))
    }

    #[test]
    fn carets_and_backslashes_take_the_meaning_from_the_next_character() {
        for (expression, expected) in [
            ("50^%", "50%"),
            ("a^_b^,c^^d", "a_b,c^d"),
            ("^-5", "-5"),
            ("6^\" pipe", "6\" pipe"),
            ("Santa Cruz\\, CA", "Santa Cruz, CA"),
            ("a\\\\b\\/c\\nd", "a\\b/c\nd"),
            ("\\u00e4\\ud83d\\ude00", "ä😀"),
        ] {
            assert_eq!(read(expression).as_deref(), Some(expected), "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_escaped_is_refused() {
        for bad in ["a^b", "a^", "a\\x", "\\u12", "\\ud83d", "\\ud83d\\u0041", "a\nb", "a\"b"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn white_space_at_the_ends_stays_when_it_is_escaped() {
        for (expression, expected) in [
            ("  a b  ", "a b"),
            ("^ a^ ", " a "),
            ("a^ ^ ", "a "),
            ("a^ ^ ^ ", "a  "),
            ("a^ ^   ", "a "),
            ("^ ^ a", "  a"),
        ] {
            assert_eq!(read(expression).as_deref(), Some(expected), "{expression:?}");
        }
    }

    #[test]
    fn quotation_marks_keep_everything_but_escapes() {
        let read = |expression| Scanner::whole(expression, quoted).ok();
        for (expression, expected) in [
            ("\"a, b\"", "a, b"),
            ("\" 100% _ ^! \"", " 100% _ ^! "),
            ("\"say \\\"no\\\"\"", "say \"no\""),
            ("\"a^^b^%\"", "a^b%"),
            ("\"a^\"", "a^"),
            ("\"\"", ""),
        ] {
            assert_eq!(read(expression).as_deref(), Some(expected), "{expression}");
        }
        assert_eq!(read("\"open"), None);
    }
}
