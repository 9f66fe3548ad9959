//! The address that a browser came back to.

use connector_interface::{Error, ErrorKind, Result};
use secrecy::SecretString;
use url::Url;

use crate::same::is_same;
use looker_words::excerpt;

/// What the address brought.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) code: SecretString,
}

impl Callback {
    /// Reads the whole address, and refuses one that answers another question.
    pub(crate) fn parse(text: &str, state: &str) -> Result<Self> {
        let parameters = Url::parse(text.trim()).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "The address that the browser came back to is no address")
                .advise("Give the whole address, with everything behind its question mark")
        })?;
        let find = |wanted: &str| {
            parameters.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        if !find("state").is_some_and(|returned| is_same(&returned, state)) {
            return Err(Error::new(ErrorKind::Credentials, "The browser came back from another sign-in than this one")
                .advise("Start again, and finish in the window that opens"));
        }
        if let Some(refusal) = find("error") {
            let words = find("error_description").filter(|words| !words.is_empty()).unwrap_or(refusal);
            return Err(Error::new(
                ErrorKind::Credentials,
                format!("The sign-in was not completed: {}", excerpt(&words, 200)),
            )
            .advise("Start again, and allow the access"));
        }
        match find("code").filter(|code| !code.is_empty()) {
            Some(code) => Ok(Self { code: SecretString::from(code) }),
            None => Err(Error::new(ErrorKind::Protocol, "The browser came back without a code").advise("Start again")),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_code_counts_only_with_the_state_of_its_question() {
        let read = |query: &str| Callback::parse(&format!("http://127.0.0.1:7777/callback?{query}"), "s1");
        assert_eq!(read("code=a%2Fb&state=s1").unwrap().code.expose_secret(), "a/b");
        assert_eq!(read("code=a&state=s2").unwrap_err().kind, ErrorKind::Credentials);
        assert_eq!(read("code=a").unwrap_err().kind, ErrorKind::Credentials);
        assert_eq!(read("state=s1").unwrap_err().kind, ErrorKind::Protocol);
        assert_eq!(Callback::parse("code", "s1").unwrap_err().kind, ErrorKind::InvalidInput);
        let denied = read("error=access_denied&state=s1").unwrap_err();
        assert!(denied.kind == ErrorKind::Credentials && denied.message.ends_with("access_denied"), "{denied}");
    }
}
