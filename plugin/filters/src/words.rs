//! How terms are told in words.

use crate::terms::Terms;

/// What one test says: `is` or `is not`, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// The verb.
    pub(crate) holds: &'static str,
    /// The verb when the test is negated.
    pub(crate) fails: &'static str,
    /// What follows the verb.
    pub(crate) object: String,
    /// Whether it shares its verb with neighbours: `is 5 or 6`.
    pub(crate) joins: bool,
}

impl Phrase {
    /// `is 5`, and with a neighbour `is 5 or 6`.
    pub(crate) fn is(object: impl Into<String>) -> Self {
        Self { holds: "is", fails: "is not", object: object.into(), joins: true }
    }

    /// `is null`, also beside a neighbour.
    pub(crate) fn is_alone(object: impl Into<String>) -> Self {
        Self { joins: false, ..Self::is(object) }
    }
}

/// The sentence of all terms: alternatives first, then what is left out.
pub(crate) fn sentence<T: Clone + Eq + std::hash::Hash>(filter: &Terms<T>, phrase: impl Fn(&T) -> Phrase) -> String {
    if filter.is_any() {
        return "is any value".into();
    }
    let told = |negated: bool| {
        let mut told: Vec<Phrase> = Vec::new();
        for phrase in filter.terms().iter().filter(|term| term.negated == negated).map(|term| phrase(&term.test)) {
            match told.last_mut() {
                Some(last) if last.joins && phrase.joins && last.holds == phrase.holds => {
                    last.object = format!("{} or {}", last.object, phrase.object);
                }
                _ => told.push(phrase),
            }
        }
        let verb = |phrase: &Phrase| if negated { phrase.fails } else { phrase.holds };
        told.iter().map(|phrase| format!("{} {}", verb(phrase), phrase.object)).collect::<Vec<_>>()
    };
    let parts = [told(false).join(" or "), told(true).join(" and ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", and ")
}

/// A value as a sentence shows it: in quotation marks where it would be misread.
pub(crate) fn value(text: &str) -> String {
    let unclear = text.is_empty() || text.trim() != text || text.starts_with('-') || text.contains(['"', '\'', ',']);
    if unclear { format!("\"{text}\"") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_verb_and_exclusions_come_last() {
        let filter = Terms::from("a").or("b".into()).but_not("c".into()).but_not("d".into());
        assert_eq!(sentence(&filter, |text| Phrase::is(*text)), "is a or b, and is not c or d");
        assert_eq!(sentence(&filter, |text| Phrase::is_alone(*text)), "is a or is b, and is not c and is not d");
        assert_eq!(sentence(&Terms::<u8>::any(), |_| Phrase::is("never")), "is any value");
    }

    #[test]
    fn a_value_that_could_be_misread_is_quoted() {
        assert_eq!(["a b", " a", "a,b", ""].map(value), ["a b", "\" a\"", "\"a,b\"", "\"\""]);
    }
}
