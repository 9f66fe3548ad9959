//! Naming a user to act as: by id, e-mail address, or the external id of an embed user.

use std::fmt;

use connector_interface::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::Value;

use super::Token;
use crate::http::Meter;
use crate::link::{Asked, Link};
use crate::operations::{SEARCH_USERS, USER_FOR_CREDENTIAL};
use crate::paging::{Pager, id_text};

const EXTERNAL: &str = "external:";

/// A user, as a person names one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum UserRef {
    Id(String),
    Email(String),
    External(String),
}

/// `User` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    email: Option<String>,
}

impl UserRef {
    /// Understands `42`, `ann@example.com` and `external:abc`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let named = match text.strip_prefix(EXTERNAL) {
            Some(id) => Self::External(id.trim().to_owned()),
            None if text.contains('@') => Self::Email(text.to_owned()),
            None => Self::Id(text.to_owned()),
        };
        let is_id = |id: &str| !id.is_empty() && id.len() <= 255 && !id.chars().any(char::is_control);
        match &named {
            Self::Id(id) if is_id(id) && !id.contains(char::is_whitespace) => Ok(named),
            Self::Email(id) | Self::External(id) if is_id(id) => Ok(named),
            _ => Err(Error::new(ErrorKind::InvalidInput, "The option `act_as` names no user")
                .advise("Give a user's id, an e-mail address, or external:ID of an embed user")),
        }
    }

    /// The user's id in Looker.
    pub(super) async fn resolve(&self, link: &Link, token: &Token, meter: &Meter) -> Result<String> {
        match self {
            Self::Id(id) => Ok(id.clone()),
            Self::Email(email) => self.by_email(email, link, token, meter).await,
            Self::External(id) => {
                let path = ["embed", id];
                let asked = Asked::new(&USER_FOR_CREDENTIAL, &path, &[("fields", "id")]);
                let found = link.json::<Found>(&asked, Some(token.header()), meter).await;
                found.map_err(|error| self.missing(error)).and_then(|found| self.only(&[found]))
            }
        }
    }

    /// Searches by pattern, where `_` stands for any letter, and keeps those with exactly this address.
    async fn by_email(&self, email: &str, link: &Link, token: &Token, meter: &Meter) -> Result<String> {
        let mut pager = Pager::new();
        while let Some((limit, offset)) = pager.next() {
            let query = [
                ("email", email),
                ("fields", "id,email"),
                ("sorts", "id"),
                ("limit", &limit.to_string()),
                ("offset", &offset.to_string()),
            ];
            let asked = Asked::new(&SEARCH_USERS, &[], &query);
            let (headers, page) = link.json_with_headers(&asked, Some(token.header()), meter).await?;
            pager.take(page, &headers);
        }
        pager.report(&SEARCH_USERS.id);
        let found: Vec<Found> =
            pager.into_items().into_iter().filter_map(|user| serde_json::from_value(user).ok()).collect();
        let exact =
            |user: &Found| user.email.as_ref().is_some_and(|found| found.to_lowercase() == email.to_lowercase());
        self.only(&found.into_iter().filter(exact).collect::<Vec<_>>())
    }

    fn only(&self, found: &[Found]) -> Result<String> {
        let ids: Vec<String> = found.iter().filter_map(|user| id_text(&user.id)).collect();
        match ids.as_slice() {
            [id] => Ok(id.clone()),
            [] => Err(self.missing(Error::new(ErrorKind::NotFound, ""))),
            _ => Err(Error::new(ErrorKind::InvalidInput, format!("{self} is the address of {} users", ids.len()))
                .advise(format!("Act as one of them by id: {}", ids.join(", ")))),
        }
    }

    /// The same error, saying which user was not found.
    fn missing(&self, mut error: Error) -> Error {
        if error.kind == ErrorKind::NotFound {
            error.message = format!("There is no user {self} to act as, or the user of the credentials may not see it");
            return error.advise("Check the option `act_as`; seeing other users takes the permission see_users");
        }
        error
    }
}

impl fmt::Display for UserRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) | Self::Email(id) => f.write_str(id),
            Self::External(id) => write!(f, "{EXTERNAL}{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_by_id_address_or_external_id() {
        assert_eq!(UserRef::parse(" 42 ").unwrap(), UserRef::Id("42".into()));
        assert_eq!(UserRef::parse("ann@example.com").unwrap(), UserRef::Email("ann@example.com".into()));
        assert_eq!(UserRef::parse("external:a b@c").unwrap(), UserRef::External("a b@c".into()));
        for text in ["", "  ", "external:", "Ann Smith", "a\u{0}@b"] {
            assert_eq!(UserRef::parse(text).unwrap_err().kind, ErrorKind::InvalidInput, "{text:?}");
        }
    }

    #[test]
    fn several_users_of_one_address_are_not_guessed_among() {
        let user = |id: u64| Found { id: id.into(), email: None };
        let named = UserRef::parse("ann@example.com").unwrap();
        assert_eq!(named.only(&[user(7)]).unwrap(), "7");
        let error = named.only(&[user(7), user(8)]).unwrap_err();
        assert!(error.kind == ErrorKind::InvalidInput && error.advice.ends_with("7, 8"), "{}", error.report());
        assert_eq!(named.only(&[]).unwrap_err().kind, ErrorKind::NotFound);
    }
}
