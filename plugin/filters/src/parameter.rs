//! Values of parameters: any text, in which a caret takes the meaning from `_ % , ^ " '` and from a `-` at the start.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::words;

/// The value of a LookML parameter.
///
/// ```
/// use looker_filters::ParameterValue;
///
/// let value = ParameterValue::new("sale_price");
/// assert_eq!(value.to_string(), "sale^_price");
/// assert_eq!("sale^_price".parse(), Ok(value));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParameterValue(String);

impl ParameterValue {
    /// This very value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, without carets.
    pub fn value(&self) -> &str {
        &self.0
    }

    /// The value in words: `is sale_price`.
    pub fn summary(&self) -> String {
        format!("is {}", words::value(&self.0))
    }
}

impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, character) in self.0.char_indices() {
            let caret = matches!(character, '^' | '_' | '%' | ',' | '"' | '\'') || at == 0 && character == '-';
            write!(f, "{}{character}", if caret { "^" } else { "" })?;
        }
        Ok(())
    }
}

impl FromStr for ParameterValue {
    type Err = Infallible;

    /// Takes the carets out; one at the end has nothing to escape and stays.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut value = String::with_capacity(text.len());
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            value.push(if character == '^' { characters.next().unwrap_or('^') } else { character });
        }
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_gets_a_caret() {
        let value = ParameterValue::new("-50% _off_, \"a\" 'b' ^ c-d");
        assert_eq!(value.to_string(), "^-50^% ^_off^_^, ^\"a^\" ^'b^' ^^ c-d");
        assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn a_caret_at_the_end_stays() {
        assert_eq!("a^".parse(), Ok(ParameterValue::new("a^")));
        assert_eq!(ParameterValue::new("a^").to_string(), "a^^");
    }
}
