//! The address to which a browser comes back from a sign-in, and whether it belongs to it.

use connector_interface::{Error, ErrorKind};
use url::Url;

use crate::messages::printable;

/// The longest repetition of the service's words.
const LONGEST: usize = 200;

/// What an address means for the sign-in that is waited for.
#[derive(Debug)]
pub(crate) enum Callback {
    /// It is the one.
    Own,
    /// It belongs to another sign-in, or to none.
    Foreign,
    /// The service or the person has refused.
    Refused(Error),
}

impl Callback {
    /// Reads an address; `state` is what the sign-in was started with.
    pub(crate) fn of(address: &Url, state: &str) -> Self {
        let first = |wanted: &str| {
            let mut pairs = address.query_pairs();
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let error = first("error");
        match (first("state"), error) {
            (Some(own), None) if own == state => Self::Own,
            // A refusal may come without the state.
            (own, Some(error)) if own.as_deref().is_none_or(|own| own == state) => {
                Self::Refused(refused(&error, first("error_description").as_deref()))
            }
            _ => Self::Foreign,
        }
    }
}

/// A refusal in the service's own words.
fn refused(error: &str, description: Option<&str>) -> Error {
    let words = match description.map(str::trim).filter(|description| !description.is_empty()) {
        Some(description) => format!("{description} ({error})"),
        None => error.to_owned(),
    };
    let words: String = printable(&words).chars().filter(|c| !is_invisible(*c)).take(LONGEST).collect();
    Error::new(ErrorKind::Credentials, format!("The sign-in was refused: {}", words.trim()))
        .advise("Sign in again, as someone who may, and allow the access")
}

/// Marks that change how the text around them is shown.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Callback {
        Callback::of(&Url::parse(&format!("http://127.0.0.1:7777/callback?{query}")).unwrap(), "a b")
    }

    fn words(query: &str) -> String {
        let Callback::Refused(error) = read(query) else { panic!("{query}") };
        assert_eq!(error.kind, ErrorKind::Credentials);
        error.message
    }

    #[test]
    fn an_address_belongs_to_the_sign_in_whose_state_it_has() {
        assert!(matches!(read("code=c&state=a+b"), Callback::Own));
        for query in ["code=c&state=ab", "code=c&state=", "code=c", "state=x&state=a+b", "", "error=no&state=x"] {
            assert!(matches!(read(query), Callback::Foreign), "{query}");
        }
    }

    #[test]
    fn a_refusal_repeats_the_services_words_with_or_without_the_state() {
        assert_eq!(words("error=access_denied&state=a%20b"), "The sign-in was refused: access_denied");
        assert_eq!(
            words("error=access_denied&error_description=The+user+said+no"),
            "The sign-in was refused: The user said no (access_denied)"
        );
    }

    #[test]
    fn the_services_words_are_cut_and_cannot_drive_the_terminal() {
        assert_eq!(words("error=a%1b%5b31m%0d%0ab%E2%80%AEc"), "The sign-in was refused: a [31m  bc");
        assert_eq!(words(&format!("error={}", "x".repeat(5_000))).len(), "The sign-in was refused: ".len() + LONGEST);
    }
}
