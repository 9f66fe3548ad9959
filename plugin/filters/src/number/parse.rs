//! Reading filters of numbers.

use super::{Bounds, Comparison, Number, NumberFilter, NumberTest};
use crate::error::ParseError;
use crate::scan::Scanner;
use crate::terms::Term;
use crate::user_attribute::UserAttribute;

/// Reads an expression; an empty one lets every number through.
pub(super) fn parse(text: &str) -> Result<NumberFilter, ParseError> {
    if text.is_empty() {
        return Ok(NumberFilter::any());
    }
    let mut terms = Scanner::whole(text, |scanner| scanner.list(separator, term))?;
    spread_single_not(&mut terms);
    Ok(terms.into_iter().collect())
}

fn separator(scanner: &mut Scanner<'_>) -> Option<()> {
    scanner.spaces();
    scanner.exact(",").or_else(|| scanner.word("OR"))?;
    scanner.spaces();
    Some(())
}

/// The only `NOT` of an expression is meant for the numbers beside it, too.
fn spread_single_not(terms: &mut [Term<NumberTest>]) {
    let mut negated = terms.iter().enumerate().filter(|(_, term)| term.negated);
    let (Some((at, _)), None) = (negated.next(), negated.next()) else { return };
    let is_number = |term: &Term<NumberTest>| matches!(term.test, NumberTest::Is(_));
    let (before, from) = terms.split_at_mut(at);
    if from.first().is_some_and(is_number) {
        let beside = before.iter_mut().rev().take_while(|term| is_number(term));
        for term in beside.chain(from.iter_mut().take_while(|term| is_number(term))) {
            term.negated = true;
        }
    }
}

fn term(scanner: &mut Scanner<'_>) -> Option<Term<NumberTest>> {
    let plain = scanner.attempt(|scanner| {
        let negated = scanner.attempt(|scanner| {
            not(scanner)?;
            scanner.space()
        });
        let attribute = UserAttribute::read(scanner).map(NumberTest::UserAttribute);
        let test = attribute
            .or_else(|| null(scanner))
            .or_else(|| scanner.attempt(above_and_below))
            .or_else(|| scanner.attempt(below_and_above))
            .or_else(|| scanner.attempt(comparison))
            .or_else(|| scanner.attempt(from_to))
            .or_else(|| Number::read(scanner).map(NumberTest::Is))?;
        Some(Term { negated: negated.is_some(), test })
    });
    let interval = |scanner: &mut Scanner<'_>| {
        let negated = not(scanner).is_some();
        scanner.spaces();
        Some(Term { negated, test: interval(scanner)? })
    };
    plain.or_else(|| scanner.attempt(interval)).or_else(|| scanner.attempt(unequal))
}

fn not(scanner: &mut Scanner<'_>) -> Option<()> {
    scanner.word("NOT").or_else(|| scanner.exact("!=")).or_else(|| scanner.exact("<>"))
}

/// `<>5` and `!=5`, which need no space.
fn unequal(scanner: &mut Scanner<'_>) -> Option<Term<NumberTest>> {
    scanner.exact("!=").or_else(|| scanner.exact("<>"))?;
    Some(Term { negated: true, test: NumberTest::Is(Number::read(scanner)?) })
}

fn null(scanner: &mut Scanner<'_>) -> Option<NumberTest> {
    scanner.word("NULL").map(|()| NumberTest::Null)
}

/// `>1 AND <=10`
fn above_and_below(scanner: &mut Scanner<'_>) -> Option<NumberTest> {
    let (low, low_included) = first_side(scanner, ">")?;
    let (high, high_included) = second_side(scanner, "<")?;
    Some(NumberTest::Between { low, high, bounds: Bounds { low: low_included, high: high_included } })
}

/// `<=10 AND >1`
fn below_and_above(scanner: &mut Scanner<'_>) -> Option<NumberTest> {
    let (high, high_included) = first_side(scanner, "<")?;
    let (low, low_included) = second_side(scanner, ">")?;
    Some(NumberTest::Between { low, high, bounds: Bounds { low: low_included, high: high_included } })
}

fn first_side(scanner: &mut Scanner<'_>, sign: &'static str) -> Option<(Number, bool)> {
    scanner.exact(sign)?;
    let included = scanner.exact("=").is_some();
    scanner.spaces();
    let number = Number::read(scanner)?;
    scanner.spaces();
    scanner.word("AND")?;
    Some((number, included))
}

fn second_side(scanner: &mut Scanner<'_>, sign: &'static str) -> Option<(Number, bool)> {
    scanner.spaces();
    scanner.exact(sign)?;
    let included = scanner.exact("=").is_some();
    Some((Number::read(scanner)?, included))
}

fn comparison(scanner: &mut Scanner<'_>) -> Option<NumberTest> {
    let sides = [Comparison::AtLeast, Comparison::Above, Comparison::AtMost, Comparison::Below];
    let side = sides.into_iter().find(|side| scanner.exact(side.sign()).is_some())?;
    scanner.spaces();
    Some(NumberTest::Compare(side, Number::read(scanner)?))
}

/// `1 to 10`, `1 to`, `to 10`
fn from_to(scanner: &mut Scanner<'_>) -> Option<NumberTest> {
    let low = Number::read(scanner);
    scanner.spaces();
    scanner.word("to")?;
    scanner.spaces();
    let high = Number::read(scanner);
    scanner.spaces();
    match (low, high) {
        (Some(low), Some(high)) => Some(NumberTest::Between { low, high, bounds: Bounds::CLOSED }),
        (Some(low), None) => Some(NumberTest::Compare(Comparison::AtLeast, low)),
        (None, Some(high)) => Some(NumberTest::Compare(Comparison::AtMost, high)),
        (None, None) => None,
    }
}

/// `[1,10)`, `(1,)`, `(,10]`, `(-inf,10]`, `[1,inf)`; an infinite end is open.
fn interval(scanner: &mut Scanner<'_>) -> Option<NumberTest> {
    let low_included = scanner.exact("(").map(|()| false).or_else(|| scanner.exact("[").map(|()| true))?;
    scanner.spaces();
    let low = Number::read(scanner);
    if low.is_none() && !low_included {
        let _ = scanner.exact("-inf");
    }
    scanner.spaces();
    scanner.exact(",")?;
    scanner.spaces();
    let high = Number::read(scanner);
    let infinite = low.is_some() && high.is_none() && scanner.exact("inf").is_some();
    scanner.spaces();
    let test = match (low, high) {
        (Some(low), Some(high)) => {
            let bounds = Bounds { low: low_included, high: close(scanner)? };
            NumberTest::Between { low, high, bounds }
        }
        (Some(low), None) => {
            if infinite {
                scanner.exact(")")?;
            } else {
                close(scanner)?;
            }
            NumberTest::Compare(if low_included { Comparison::AtLeast } else { Comparison::Above }, low)
        }
        (None, Some(high)) => {
            let included = close(scanner)?;
            NumberTest::Compare(if included { Comparison::AtMost } else { Comparison::Below }, high)
        }
        (None, None) => return None,
    };
    Some(test)
}

fn close(scanner: &mut Scanner<'_>) -> Option<bool> {
    scanner.exact(")").map(|()| false).or_else(|| scanner.exact("]").map(|()| true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        parse(text).map_or_else(|error| error.to_string(), |filter| filter.to_string())
    }

    #[test]
    fn every_documented_form_is_read() {
        for (text, expected) in [
            ("5", "5"),
            ("NOT 5", "not 5"),
            ("<>5", "not 5"),
            ("!=5", "not 5"),
            ("<> 5", "not 5"),
            ("1, 3, 5, 7", "1,3,5,7"),
            (">1 AND <100, NOT 2", "(1,100),not 2,not 2"),
            ("<=100 and >1", "(1,100]"),
            ("5, NOT 6, NOT 7", "5,not 6,not 7"),
            ("5.5 to 10", "[5.5,10]"),
            ("NOT 3 to 80.44", "not [3,80.44]"),
            ("<3 OR >80.44", "<3,>80.44"),
            ("1 to", ">=1"),
            ("to 10", "<=10"),
            (">10 AND <=20 OR 90", "(10,20],90"),
            (">=50 AND <=100 OR >=500 AND <=1000", "[50,100],[500,1000]"),
            ("NULL", "null"),
            ("not Null", "not null"),
            ("(1, 7)", "(1,7)"),
            ("(500, inf)", ">500"),
            ("[500,)", ">=500"),
            ("(-inf, 10]", "<=10"),
            ("(,10)", "<10"),
            ("[0,9],[20,29]", "[0,9],[20,29]"),
            ("NOT(3,12)", "not (3,12)"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn a_single_not_is_meant_for_the_numbers_beside_it() {
        for (text, expected) in [
            ("NOT 66, 99, 4", "not 66,not 99,not 4"),
            ("23, not 42, 43", "not 23,not 42,not 43"),
            ("23, not 42, not 43", "23,not 42,not 43"),
            ("23, not 42, not 42", "23,not 42,not 42"),
            ("1, >5, not 2", "1,>5,not 2,not 2"),
            ("23, NOT NULL", "23,not null,not null"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_of_numbers_is_refused_with_the_place() {
        for (bad, at) in [
            ("five", 0),
            (">", 1),
            ("[1,2", 4),
            ("[1]", 2),
            ("to", 2),
            ("NOT", 3),
            ("5;6", 1),
            ("5,", 2),
            ("(,)", 2),
            ("(-inf,inf)", 6),
            ("[-inf,5]", 1),
            ("(5,inf]", 6),
            ("=5", 0),
            (" 5", 1),
            ("> 5 AND < 6", 9),
        ] {
            let error = parse(bad).unwrap_err();
            assert_eq!(error.at(), at, "{bad}: {error}");
        }
    }

    #[test]
    fn the_error_tells_what_was_expected() {
        assert_eq!(canonical("[1,x]"), "expected `)`, `]`, a number or `inf` at character 4, before \"x]\"");
    }
}
