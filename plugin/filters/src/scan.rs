//! A cursor over an expression. It tries one reading after the other, and remembers how far the best of them came.

use crate::error::ParseError;

/// The cursor. Readers give `None` for what is not there; [`Scanner::attempt`] goes back to where it began.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    furthest: usize,
    expected: Vec<&'static str>,
}

impl<'a> Scanner<'a> {
    /// Reads all of a text, or tells why not.
    pub(crate) fn whole<T>(text: &'a str, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, ParseError> {
        let mut scanner = Self { text, at: 0, furthest: 0, expected: Vec::new() };
        match read(&mut scanner) {
            Some(value) if scanner.is_at_end() => Ok(value),
            read => {
                if read.is_some() {
                    scanner.missed::<()>("the end");
                }
                Err(ParseError::new(text, scanner.furthest, scanner.expected))
            }
        }
    }

    /// What is still to be read.
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Whether everything has been read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next character.
    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes the next character if it fits.
    pub(crate) fn take(&mut self, fits: impl FnOnce(char) -> bool) -> Option<char> {
        let character = self.peek().filter(|character| fits(*character))?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// Takes the characters that fit, if there is one.
    pub(crate) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> Option<&'a str> {
        let rest = self.rest();
        let length = rest.find(|character| !fits(character)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).filter(|taken| !taken.is_empty())
    }

    /// Takes this very text.
    pub(crate) fn exact(&mut self, text: &'static str) -> Option<()> {
        if !self.rest().starts_with(text) {
            return self.missed(text);
        }
        self.at += text.len();
        Some(())
    }

    /// Takes this text, whatever its case.
    pub(crate) fn word(&mut self, word: &'static str) -> Option<()> {
        if !self.rest().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)) {
            return self.missed(word);
        }
        self.at += word.len();
        Some(())
    }

    /// Takes white space, if there is any.
    pub(crate) fn spaces(&mut self) {
        self.take_while(is_space);
    }

    /// Takes white space, which must be there.
    pub(crate) fn space(&mut self) -> Option<()> {
        match self.take_while(is_space) {
            Some(_) => Some(()),
            None => self.missed("a space"),
        }
    }

    /// Takes the text that a reader reads.
    pub(crate) fn text_of<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<&'a str> {
        let from = self.at;
        self.attempt(read)?;
        self.text.get(from..self.at)
    }

    /// Reads, or goes back to where it began.
    pub(crate) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let from = self.at;
        let value = read(self);
        if value.is_none() {
            self.at = from;
        }
        value
    }

    /// Whether this could be read here; nothing is taken.
    pub(crate) fn follows<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> bool {
        let from = self.at;
        let value = read(self);
        self.at = from;
        value.is_some()
    }

    /// Remembers what is not there.
    pub(crate) fn missed<T>(&mut self, expected: &'static str) -> Option<T> {
        if self.at > self.furthest {
            self.furthest = self.at;
            self.expected.clear();
        }
        if self.at == self.furthest && !self.expected.contains(&expected) {
            self.expected.push(expected);
        }
        None
    }

    /// Reads one or more, separated.
    pub(crate) fn list<T>(
        &mut self,
        mut separator: impl FnMut(&mut Self) -> Option<()>,
        mut term: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut terms = vec![term(self)?];
        while self.attempt(&mut separator).is_some() {
            terms.push(term(self)?);
        }
        Some(terms)
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_words(scanner: &mut Scanner<'_>) -> Option<()> {
        scanner.word("not")?;
        scanner.space()?;
        scanner.word("null")
    }

    #[test]
    fn an_attempt_that_fails_takes_nothing() {
        let read = Scanner::whole("NOT 5", |scanner| {
            assert!(scanner.attempt(two_words).is_none());
            scanner.exact("NOT 5")
        });
        assert_eq!(read, Ok(()));
    }

    #[test]
    fn the_error_is_about_the_reading_that_came_furthest() {
        let error = Scanner::whole("not nix", |scanner| scanner.attempt(two_words).or_else(|| scanner.exact("no!")));
        let error = error.unwrap_err();
        assert_eq!((error.at(), error.expected()), (4, ["null"].as_slice()));
    }

    #[test]
    fn what_is_left_over_is_an_error() {
        let error = Scanner::whole("not null!", two_words).unwrap_err();
        assert_eq!((error.at(), error.expected()), (8, ["the end"].as_slice()));
    }
}
