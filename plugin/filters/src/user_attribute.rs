//! `{{ _user_attributes['region'] }}`: a term that Looker fills in with a value of the user who asks.

use std::fmt;

use crate::scan::Scanner;

/// The name of a user attribute: letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserAttribute(String);

impl UserAttribute {
    /// The attribute of this name, if a name can look like this.
    pub fn new(name: &str) -> Option<Self> {
        (!name.is_empty() && name.chars().all(is_part_of_name)).then(|| Self(name.to_owned()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    pub(crate) fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.attempt(|scanner| {
            scanner.exact("{{")?;
            scanner.spaces();
            scanner.exact("_user_attributes[")?;
            scanner.spaces();
            let name = scanner.attempt(|s| quoted(s, "'")).or_else(|| scanner.attempt(|s| quoted(s, "\"")))?;
            scanner.spaces();
            scanner.exact("]")?;
            scanner.spaces();
            scanner.exact("}}")?;
            Some(Self(name.to_owned()))
        })
    }

    /// What an explanation says of it.
    pub(crate) fn words(&self) -> String {
        format!("the user attribute {}", self.0)
    }
}

fn quoted<'a>(scanner: &mut Scanner<'a>, quote: &'static str) -> Option<&'a str> {
    scanner.exact(quote)?;
    let name = scanner.take_while(is_part_of_name).or_else(|| scanner.missed("the name of a user attribute"))?;
    scanner.exact(quote)?;
    Some(name)
}

fn is_part_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

impl fmt::Display for UserAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{ _user_attributes['{}'] }}}}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_it_writes_and_other_spacing_and_quotes() {
        let region = UserAttribute::new("sales_region").unwrap();
        assert_eq!(region.to_string(), "{{ _user_attributes['sales_region'] }}");
        for text in [&region.to_string(), "{{_user_attributes[ \"sales_region\" ]}}"] {
            assert_eq!(Scanner::whole(text, UserAttribute::read), Ok(region.clone()), "{text}");
        }
    }

    #[test]
    fn a_name_is_letters_digits_and_underscores() {
        for bad in ["", "a b", "a'", "ä"] {
            assert_eq!(UserAttribute::new(bad), None, "{bad}");
        }
    }
}
