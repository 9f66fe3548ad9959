//! Monthly quotas: how many calls of a class of activity are left.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// What an operation counts as: `x-looker-activity-type` of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `db_query`: running queries, and what belongs to them.
    DbQuery,
    /// `non_query`: everything else that has a quota.
    NonQuery,
    /// `none`: logging in and out.
    None,
}

impl Class {
    /// The specification's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DbQuery => "db_query",
            Self::NonQuery => "non_query",
            Self::None => "none",
        }
    }
}

/// How many calls of a class are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The class.
    pub class: Class,
    /// Calls a month; a sandbox does not live that long, so until its end.
    pub calls: u64,
}

impl FromStr for Quota {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (class, calls) = text.split_once('=').ok_or("a quota is CLASS=N")?;
        let classes = [Class::DbQuery, Class::NonQuery];
        let class =
            classes.into_iter().find(|known| known.name() == class).ok_or("the class is db_query or non_query")?;
        Ok(Self { class, calls: calls.parse().map_err(|_| "N is a whole number")? })
    }
}

/// A quota that a request has met at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent(pub(crate) Class);

impl fmt::Display for Spent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "The monthly quota of {} API calls is used up.", self.0.name())
    }
}

/// The quotas of a sandbox, and what is used of them.
#[derive(Debug)]
pub(crate) struct Quotas(Vec<(Quota, AtomicU64)>);

impl Quotas {
    /// Nothing is used yet.
    pub(crate) fn new(quotas: &[Quota]) -> Self {
        Self(quotas.iter().map(|quota| (*quota, AtomicU64::new(0))).collect())
    }

    /// Uses a call of a class.
    pub(crate) fn spend(&self, class: Class) -> Result<(), Spent> {
        for (quota, used) in self.0.iter().filter(|(quota, _)| quota.class == class) {
            let more = |used| (used < quota.calls).then_some(used + 1);
            used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).map_err(|_| Spent(class))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_ends_for_its_class_only() {
        let quotas = Quotas::new(&["db_query=2".parse().unwrap()]);
        assert_eq!([(); 3].map(|()| quotas.spend(Class::DbQuery).is_ok()), [true, true, false]);
        assert_eq!(quotas.spend(Class::NonQuery), Ok(()));
    }

    #[test]
    fn what_is_no_quota_is_refused() {
        for bad in ["db_query", "none=1", "db_query=many", "=1"] {
            assert!(bad.parse::<Quota>().is_err(), "{bad}");
        }
    }
}
