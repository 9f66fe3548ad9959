//! Reading filters of text.

use super::letters::{self, Letter};
use super::pattern::{Pattern, Piece};
use super::{StringFilter, StringTest};
use crate::error::ParseError;
use crate::scan::Scanner;
use crate::terms::{Term, Terms};
use crate::user_attribute::UserAttribute;

/// A part of a pattern while it is read.
enum Part {
    Letters(Vec<Letter>),
    Any,
    One,
}

/// Reads an expression; an empty one lets every text through.
pub(super) fn parse(text: &str) -> Result<StringFilter, ParseError> {
    terms(text, StringTest::UserAttribute, test)
}

/// Reads tests, separated by commas, each with a `-` before it if it is negated.
pub(crate) fn terms<T: Clone + Eq + std::hash::Hash>(
    expression: &str,
    of_attribute: impl Fn(UserAttribute) -> T,
    test: impl Fn(&mut Scanner<'_>) -> Option<T>,
) -> Result<Terms<T>, ParseError> {
    if expression.trim_matches(letters::is_white).is_empty() {
        return Ok(Terms::any());
    }
    let term = |scanner: &mut Scanner<'_>| {
        white(scanner);
        let negated = scanner.take(|c| c == '-').is_some();
        white(scanner);
        let test = UserAttribute::read(scanner).map(&of_attribute).or_else(|| test(scanner))?;
        white(scanner);
        Some(Term { negated, test })
    };
    let terms = Scanner::whole(expression, |scanner| scanner.list(|scanner| scanner.exact(","), term))?;
    Ok(terms.into_iter().collect())
}

fn white(scanner: &mut Scanner<'_>) {
    scanner.take_while(letters::is_white);
}

fn test(scanner: &mut Scanner<'_>) -> Option<StringTest> {
    if let Some(test) = scanner.attempt(pattern) {
        return Some(test);
    }
    if let Some(text) = letters::quoted(scanner) {
        return Some(StringTest::Is(text));
    }
    let mut letters = letters::plain(scanner).or_else(|| scanner.missed("text"))?;
    letters::trim(&mut letters);
    let text = letters::text(&letters);
    let is_word = letters.iter().all(|letter| !letter.escaped);
    Some(match text.as_str() {
        "NULL" | "null" if is_word => StringTest::Null,
        "EMPTY" | "empty" if is_word => StringTest::Blank,
        _ => StringTest::Is(text),
    })
}

/// Text with wildcards.
fn pattern(scanner: &mut Scanner<'_>) -> Option<StringTest> {
    let mut parts = Vec::new();
    while let Some(part) = part(scanner) {
        parts.push(part);
        // After `%"a"` Looker expects a wildcard or the end of the term.
        if matches!(parts.as_slice(), [Part::Any, Part::Letters(_)]) && scanner.follows(letters) {
            return scanner.missed("a wildcard or a comma");
        }
    }
    if parts.iter().all(|part| matches!(part, Part::Letters(_))) {
        return None;
    }
    // White space around the term is not part of it, nor, in the forms that have a name, that beside the wildcard.
    if let Some(Part::Letters(last)) = parts.last_mut() {
        letters::trim_end(last);
        if last.is_empty() {
            parts.pop();
        }
    }
    if let [Part::Any, Part::Letters(text), Part::Any]
    | [Part::Letters(text), Part::Any]
    | [Part::Any, Part::Letters(text)] = parts.as_mut_slice()
    {
        letters::trim(text);
    }
    let pieces = parts.into_iter().map(|part| match part {
        Part::Any => Piece::Any,
        Part::One => Piece::One,
        Part::Letters(letters) => Piece::Text(letters::text(&letters)),
    });
    Some(match Pattern::new(pieces) {
        Ok(pattern) => StringTest::Like(pattern),
        Err(text) => StringTest::Is(text),
    })
}

fn part(scanner: &mut Scanner<'_>) -> Option<Part> {
    if scanner.take(|c| c == '%').is_some() {
        return Some(Part::Any);
    }
    if scanner.take(|c| c == '_').is_some() {
        return Some(Part::One);
    }
    letters(scanner).map(Part::Letters)
}

fn letters(scanner: &mut Scanner<'_>) -> Option<Vec<Letter>> {
    letters::marked(scanner).or_else(|| letters::plain(scanner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        parse(text).map_or_else(|error| error.to_string(), |filter| filter.to_string())
    }

    #[test]
    fn every_documented_form_is_read() {
        for text in [
            "FOO",
            "FOO,BAR",
            "%FOO%",
            "FOO%",
            "%FOO",
            "F%OD",
            "EMPTY",
            "NULL",
            "-FOO",
            "-FOO,-BAR",
            "-%FOO%",
            "-FOO%",
            "-%FOO",
            "-EMPTY",
            "-NULL",
            "FOO%,BAR",
            "FOO%,-FOOD",
            "_UF",
        ] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn white_space_around_terms_is_not_part_of_them() {
        for (text, expected) in [
            ("a, b", "a,b"),
            (" -a , \"b, c\" ,- d", "-a,\"b, c\",-d"),
            ("% a %", "%a%"),
            (" -%a %  ,b", "-%a%,b"),
            ("a % b ", "a % b"),
            (" null ", "NULL"),
            ("  ", ""),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn words_are_words_only_alone_and_as_they_are() {
        for (text, expected) in [
            ("null", StringTest::Null),
            ("empty", StringTest::Blank),
            ("Null", StringTest::Is("Null".into())),
            ("\"null\"", StringTest::Is("null".into())),
            ("nul\\u006c", StringTest::Is("null".into())),
            ("NULLABLE", StringTest::Is("NULLABLE".into())),
            ("null and void", StringTest::Is("null and void".into())),
        ] {
            assert_eq!(parse(text), Ok(expected.into()), "{text}");
        }
    }

    #[test]
    fn a_user_attribute_may_be_negated() {
        for text in ["{{ _user_attributes['id'] }}", "-{{ _user_attributes['id'] }}"] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn quotation_marks_beside_wildcards_are_text() {
        let pattern = |pieces: [Piece; 2]| StringTest::Like(Pattern::new(pieces).unwrap());
        assert_eq!(parse("\"50%\"%"), Ok(pattern([Piece::Text("\"50%\"".into()), Piece::Any]).into()));
        assert_eq!(parse("\"50%\""), Ok(StringTest::Is("50%".into()).into()));
    }

    #[test]
    fn an_expression_with_a_part_missing_is_refused_with_the_place() {
        for (bad, at) in
            [("\"open", 5), ("\"a\"b", 3), ("-", 1), (",", 0), ("a^", 2), ("a,,b", 2), ("a,", 2), ("%\"a\"b", 4)]
        {
            let error = parse(bad).unwrap_err();
            assert_eq!(error.at(), at, "{bad}: {error}");
        }
    }
}
