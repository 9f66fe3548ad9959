//! How the program ends: one table of exit codes, by the kind of error.

use connector_interface::{Error, ErrorKind};

use ErrorKind as Kind;

/// One exit code.
pub(crate) struct Row {
    /// The number the shell sees.
    pub(crate) code: u8,
    /// What it means, for the help.
    pub(crate) meaning: &'static str,
    /// The kinds of error that end in it.
    kinds: &'static [ErrorKind],
}

/// The code of a plugin that cannot be used, and of a kind that this host does not know.
const UNUSABLE: u8 = 10;

/// Every exit code.
pub(crate) const TABLE: &[Row] = &[
    Row { code: 0, meaning: "done", kinds: &[] },
    Row { code: 2, meaning: "usage: a flag, a setting or the request is not valid", kinds: USAGE },
    Row { code: 3, meaning: "credentials missing or refused", kinds: &[Kind::Credentials] },
    Row { code: 4, meaning: "not found or forbidden", kinds: &[Kind::NotFound, Kind::Forbidden] },
    Row { code: 5, meaning: "the query failed", kinds: &[Kind::QueryFailed] },
    Row { code: 6, meaning: "rate limit or quota", kinds: &[Kind::RateLimited] },
    Row { code: 7, meaning: "network, TLS, or an answer that is not the service's", kinds: REACH },
    Row { code: 8, meaning: "timeout", kinds: &[Kind::Timeout] },
    Row { code: 9, meaning: "the result is incomplete", kinds: &[Kind::Incomplete] },
    Row { code: UNUSABLE, meaning: "the plugin is unusable", kinds: &[Kind::PluginUnusable, Kind::Internal] },
    Row { code: 130, meaning: "interrupted", kinds: &[Kind::Cancelled] },
];

const USAGE: &[Kind] = &[Kind::InvalidInput, Kind::Unsupported];
const REACH: &[Kind] = &[Kind::Network, Kind::Tls, Kind::Unavailable, Kind::Protocol];

/// The exit code of a kind of error.
pub(crate) fn code(kind: ErrorKind) -> u8 {
    TABLE.iter().find(|row| row.kinds.contains(&kind)).map_or(UNUSABLE, |row| row.code)
}

/// The table as lines of help.
pub(crate) fn help() -> String {
    let lines: Vec<String> = TABLE.iter().map(|row| format!("  {:>3}  {}", row.code, row.meaning)).collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}

/// Why a command ended before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed.
    Failed(Box<Error>),
    /// Whoever read stdout has read enough.
    ClosedPipe,
    /// The command line is not valid, or asks for help.
    CommandLine(clap::Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<clap::Error> for Stop {
    fn from(error: clap::Error) -> Self {
        Self::CommandLine(error)
    }
}

/// What a command returns.
pub(crate) type Result<T> = std::result::Result<T, Stop>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_exactly_one_exit_code() {
        for kind in ErrorKind::ALL {
            let rows = TABLE.iter().filter(|row| row.kinds.contains(kind)).count();
            assert_eq!(rows, 1, "{kind}");
        }
    }

    #[test]
    fn the_codes_are_the_promised_ones() {
        let promised = [
            (Kind::InvalidInput, 2),
            (Kind::Unsupported, 2),
            (Kind::Credentials, 3),
            (Kind::Forbidden, 4),
            (Kind::NotFound, 4),
            (Kind::QueryFailed, 5),
            (Kind::RateLimited, 6),
            (Kind::Network, 7),
            (Kind::Tls, 7),
            (Kind::Unavailable, 7),
            (Kind::Protocol, 7),
            (Kind::Timeout, 8),
            (Kind::Incomplete, 9),
            (Kind::PluginUnusable, 10),
            (Kind::Internal, 10),
            (Kind::Cancelled, 130),
        ];
        for (kind, expected) in promised {
            assert_eq!(code(kind), expected, "{kind}");
        }
        assert_eq!(promised.len(), ErrorKind::ALL.len());
    }
}
