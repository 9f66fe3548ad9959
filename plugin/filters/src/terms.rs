//! The terms of a filter: alternatives, and what is left out.

use std::collections::HashSet;
use std::hash::Hash;

/// One test, and whether it must fail.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Term<T> {
    /// Whether values that pass the test are left out.
    pub negated: bool,
    /// The test.
    pub test: T,
}

/// Terms, each once. A value passes when it passes one of those that are not negated, if there are any, and none of the
/// negated ones. Without terms every value passes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Terms<T> {
    terms: Vec<Term<T>>,
}

impl<T: Clone + Eq + Hash> Terms<T> {
    /// Lets every value through.
    pub fn any() -> Self {
        Self { terms: Vec::new() }
    }

    /// Whether every value passes because there are no terms.
    pub fn is_any(&self) -> bool {
        self.terms.is_empty()
    }

    /// The terms, in the order of the expression.
    pub fn terms(&self) -> &[Term<T>] {
        &self.terms
    }

    /// Adds the terms of `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.terms.into_iter().chain(other.terms).collect()
    }

    /// Leaves out what any term of `other` names.
    #[must_use]
    pub fn but_not(self, other: Self) -> Self {
        let negated = other.terms.into_iter().map(|term| Term { negated: true, ..term });
        self.terms.into_iter().chain(negated).collect()
    }
}

impl<T: Clone + Eq + Hash> Default for Terms<T> {
    fn default() -> Self {
        Self::any()
    }
}

impl<T: Clone + Eq + Hash> From<T> for Terms<T> {
    fn from(test: T) -> Self {
        Self { terms: vec![Term { negated: false, test }] }
    }
}

impl<T: Clone + Eq + Hash> FromIterator<Term<T>> for Terms<T> {
    fn from_iter<I: IntoIterator<Item = Term<T>>>(terms: I) -> Self {
        let mut seen = HashSet::new();
        Self { terms: terms.into_iter().filter(|term| seen.insert(term.clone())).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_there_once() {
        let filter = Terms::from(1).or(Terms::from(2)).or(Terms::from(1)).but_not(Terms::from(1));
        let terms: Vec<_> = filter.terms().iter().map(|term| (term.negated, term.test)).collect();
        assert_eq!(terms, [(false, 1), (false, 2), (true, 1)]);
    }
}
