//! The one table from (operation, status, who answers, in which words) to what an error says.
//!
//! The statuses are those of the API 4.0 specification; 401 is not in it and occurs. A login with wrong credentials is
//! 404. Proxies and load balancers in front of Looker answer with HTML, and Looker itself does while it is maintained.

use std::ops::RangeInclusive;

use connector_interface::ErrorKind;

/// Who wrote an answer, as far as it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// A body of Looker's shape: `message`, `documentation_url`, or OAuth's `error`.
    Looker,
    /// An HTML page.
    Page,
    /// Google's identity-aware proxy, by its header.
    IdentityProxy,
    /// Something else: other JSON, plain text, nothing.
    Unknown,
}

/// A row. Where a column is empty, it fits everything.
#[derive(Debug)]
pub(super) struct Rule {
    operations: &'static [&'static str],
    statuses: RangeInclusive<u16>,
    authors: &'static [Author],
    /// Lower-case words of the body.
    words: &'static str,
    pub(super) kind: ErrorKind,
    /// `{host}` and `{target}` (of a redirect) stand for what they name.
    pub(super) message: &'static str,
    pub(super) advice: &'static str,
    /// Whether the same call can succeed later.
    pub(super) passes: bool,
}

impl Rule {
    /// The first row that fits.
    pub(super) fn find(operation: &str, status: u16, author: Author, body: &str) -> Option<&'static Self> {
        let body = body.to_lowercase();
        RULES.iter().find(|rule| {
            (rule.operations.is_empty() || rule.operations.contains(&operation))
                && rule.statuses.contains(&status)
                && (rule.authors.is_empty() || rule.authors.contains(&author))
                && body.contains(rule.words)
        })
    }
}

const ANY: Rule = Rule {
    operations: &[],
    statuses: 0..=999,
    authors: &[],
    words: "",
    kind: ErrorKind::Protocol,
    message: "",
    advice: "",
    passes: false,
};

const LOOKER: &[Author] = &[Author::Looker];
const PAGE: &[Author] = &[Author::Page];
const NOT_LOOKER: &[Author] = &[Author::Page, Author::Unknown];

/// What runs something of a user's in a database.
const RUNS: &[&str] = &[
    "run_inline_query",
    "run_query",
    "run_url_encoded_query",
    "run_look",
    "create_query",
    "create_query_task",
    "query_task_results",
    "run_sql_query",
    "run_sql_interface_query",
];

/// Of these, what names a model and an explore, or something that does.
const OF_EXPLORES: &[&str] =
    &["run_inline_query", "run_query", "run_url_encoded_query", "run_look", "create_query", "create_query_task"];

const LOOK_UP: &str = "Look it up in the catalog; names are case-sensitive";
const WANTS_CERTIFICATE: &str = "{host} wants a client certificate that it knows";
const GIVE_CERTIFICATE: &str = "Give the certificate and its private key in the option `client_cert_file`";
const CHECK_ADDRESS: &str = "Check host, port and path: the API is on 443, or on 19999 for older instances, and a login page or a proxy may stand in front of it";

static RULES: &[Rule] = &[
    // In front of Looker.
    Rule {
        authors: &[Author::IdentityProxy],
        kind: ErrorKind::Credentials,
        message: "An identity-aware proxy stands in front of {host} and lets nobody through without its own credentials",
        advice: "Give its header in the option `secret_headers`, such as Proxy-Authorization: Bearer TOKEN",
        ..ANY
    },
    Rule {
        statuses: 300..=399,
        message: "{host} redirects to {target} instead of answering",
        advice: "Give the address that it redirects to, if that is your Looker; a login page of your organisation wants its own header (option `secret_headers`)",
        ..ANY
    },
    Rule {
        statuses: 407..=407,
        kind: ErrorKind::Credentials,
        message: "The proxy on the way to {host} wants credentials",
        advice: "Give them in the option `proxy_credentials` as user:password",
        ..ANY
    },
    // Source: nginx's pages under `ssl_verify_client`, which lets the connection stand without a certificate.
    Rule {
        statuses: 400..=400,
        authors: PAGE,
        words: "no required ssl certificate was sent",
        kind: ErrorKind::Tls,
        message: WANTS_CERTIFICATE,
        advice: GIVE_CERTIFICATE,
        ..ANY
    },
    Rule {
        statuses: 400..=400,
        authors: PAGE,
        words: "the ssl certificate error",
        kind: ErrorKind::Tls,
        message: WANTS_CERTIFICATE,
        advice: GIVE_CERTIFICATE,
        ..ANY
    },
    Rule {
        statuses: 502..=503,
        authors: PAGE,
        words: "maintenance",
        kind: ErrorKind::Unavailable,
        message: "Looker at {host} is being maintained",
        advice: "Try again when the maintenance is over",
        passes: true,
        ..ANY
    },
    Rule {
        operations: OF_EXPLORES,
        statuses: 504..=504,
        kind: ErrorKind::Timeout,
        message: "A gateway in front of Looker gave up waiting for it",
        advice: "Run it as a task (`run` = task), which no gateway waits for, or ask for less data",
        passes: true,
        ..ANY
    },
    Rule {
        statuses: 504..=504,
        kind: ErrorKind::Timeout,
        message: "A gateway in front of Looker gave up waiting for it",
        advice: "Ask for less data, or try again later",
        passes: true,
        ..ANY
    },
    Rule {
        statuses: 502..=503,
        authors: NOT_LOOKER,
        kind: ErrorKind::Unavailable,
        message: "Looker behind {host} is out of order for now",
        advice: "Try again later",
        passes: true,
        ..ANY
    },
    Rule {
        statuses: 200..=428,
        authors: PAGE,
        message: "{host} answered with an HTML page instead of Looker's JSON",
        advice: CHECK_ADDRESS,
        ..ANY
    },
    Rule {
        statuses: 408..=408,
        kind: ErrorKind::Timeout,
        message: "Looker did not answer in time",
        advice: "Try again, or ask for less data",
        passes: true,
        ..ANY
    },
    Rule {
        statuses: 200..=428,
        authors: NOT_LOOKER,
        message: "{host} answered with something else instead of Looker's JSON",
        advice: CHECK_ADDRESS,
        ..ANY
    },
    // Limits.
    Rule {
        statuses: 429..=429,
        words: "quota",
        kind: ErrorKind::RateLimited,
        message: "The quota of calls that this Looker's edition has is used up",
        advice: "Wait until it starts anew, usually with the month, or ask for a larger one; the options `max_query_calls` and `max_admin_calls` keep a session from spending it",
        ..ANY
    },
    Rule {
        statuses: 429..=429,
        kind: ErrorKind::RateLimited,
        message: "Looker answers that there were too many calls",
        advice: "Wait, and make fewer calls at a time (options `max_concurrency` and `max_calls_per_second`)",
        passes: true,
        ..ANY
    },
    // Who we are.
    Rule {
        operations: &["login"],
        statuses: 400..=404,
        authors: LOOKER,
        kind: ErrorKind::Credentials,
        message: "Looker refused the API credentials",
        advice: "Check the client ID and secret (in Looker: Admin, Users, the user's API keys), and that the user is not disabled",
        ..ANY
    },
    Rule {
        operations: &["login_user"],
        statuses: 400..=403,
        authors: LOOKER,
        words: "google cloud core",
        kind: ErrorKind::Forbidden,
        message: "Looker (Google Cloud core) does not let this user act as that one",
        advice: "There only an API-only service account with the Admin role may act as another, and only as an embed user; for other users take the option `auth` = oauth",
        ..ANY
    },
    Rule {
        operations: &["login_user"],
        statuses: 403..=403,
        authors: LOOKER,
        kind: ErrorKind::Forbidden,
        message: "The user of the credentials may not act as another",
        advice: "Use the credentials of an administrator, or of a user with the permission sudo; on Looker (Google Cloud core) only an API-only service account may, and only as an embed user",
        ..ANY
    },
    Rule {
        operations: &["login_user"],
        statuses: 404..=404,
        authors: LOOKER,
        kind: ErrorKind::NotFound,
        message: "There is no user to act as with this id, or it may not be acted as",
        advice: "Check the option `act_as`: a user's id, an e-mail address, or external:ID of an embed user",
        ..ANY
    },
    Rule {
        operations: &["token"],
        statuses: 400..=404,
        authors: LOOKER,
        words: "invalid_client",
        kind: ErrorKind::Credentials,
        message: "Looker does not know the OAuth client application",
        advice: "Check `client_id`: the client GUID under which an administrator registered the application, and that it is enabled",
        ..ANY
    },
    Rule {
        operations: &["token"],
        statuses: 400..=404,
        authors: LOOKER,
        kind: ErrorKind::Credentials,
        message: "Looker does not accept the sign-in any more",
        advice: "Sign in again",
        ..ANY
    },
    Rule {
        operations: &["update_session"],
        statuses: 400..=499,
        authors: LOOKER,
        kind: ErrorKind::Forbidden,
        message: "Looker does not let this user work in the workspace",
        advice: "Set `workspace` to production, or ask an administrator for the permission develop",
        ..ANY
    },
    // Queries.
    Rule {
        operations: RUNS,
        statuses: 400..=400,
        authors: LOOKER,
        kind: ErrorKind::QueryFailed,
        message: "Looker could not run the query",
        advice: "Correct the query; Looker's own words say where",
        ..ANY
    },
    Rule {
        operations: RUNS,
        statuses: 403..=403,
        authors: LOOKER,
        kind: ErrorKind::Forbidden,
        message: "This user may not run the query: the permission is missing, or the sign-in to the database",
        advice: "Ask a Looker administrator for access; a connection that uses OAuth wants the user to sign in to the database in Looker first",
        ..ANY
    },
    Rule {
        operations: OF_EXPLORES,
        statuses: 404..=404,
        authors: LOOKER,
        kind: ErrorKind::NotFound,
        message: "The model or the explore does not exist, or this user may not see it",
        advice: "Look both up in the catalog; names are case-sensitive",
        ..ANY
    },
    Rule {
        operations: &["lookml_model"],
        statuses: 404..=404,
        authors: LOOKER,
        kind: ErrorKind::NotFound,
        message: "The model does not exist, or this user may not see it",
        advice: LOOK_UP,
        ..ANY
    },
    Rule {
        operations: &["lookml_model_explore"],
        statuses: 404..=404,
        authors: LOOKER,
        kind: ErrorKind::NotFound,
        message: "The explore does not exist, or this user may not see it",
        advice: LOOK_UP,
        ..ANY
    },
    // Anything.
    Rule {
        statuses: 401..=401,
        authors: LOOKER,
        kind: ErrorKind::Credentials,
        message: "Looker does not accept the session's token, also after a new login",
        advice: "Check that the credentials are still valid",
        ..ANY
    },
    Rule {
        statuses: 403..=403,
        authors: LOOKER,
        kind: ErrorKind::Forbidden,
        message: "This user may not do this in Looker",
        advice: "Ask a Looker administrator for the permission",
        ..ANY
    },
    Rule {
        statuses: 404..=404,
        authors: LOOKER,
        kind: ErrorKind::NotFound,
        message: "Looker has no such object, or this user may not see it",
        advice: "Check the name or id, and the user's access",
        ..ANY
    },
    Rule {
        statuses: 409..=409,
        authors: LOOKER,
        kind: ErrorKind::InvalidInput,
        message: "Something in Looker stands in the way",
        advice: "Looker's own words say what it is",
        ..ANY
    },
    Rule {
        statuses: 422..=422,
        authors: LOOKER,
        kind: ErrorKind::InvalidInput,
        message: "Looker found the input invalid",
        advice: "Correct the fields that Looker names",
        ..ANY
    },
    Rule {
        statuses: 400..=499,
        authors: LOOKER,
        kind: ErrorKind::InvalidInput,
        message: "Looker did not understand the request",
        advice: "Correct the input; Looker's own words say where",
        ..ANY
    },
    Rule {
        statuses: 500..=599,
        kind: ErrorKind::Unavailable,
        message: "Looker is out of order for now",
        advice: "Try again later",
        passes: true,
        ..ANY
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_specification_has_a_row_whoever_answers() {
        for status in [400, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503, 504] {
            for author in [Author::Looker, Author::Page, Author::IdentityProxy, Author::Unknown] {
                assert!(Rule::find("me", status, author, "").is_some(), "{status} {author:?}");
            }
        }
    }

    #[test]
    fn every_row_can_be_reached_and_says_what_to_do() {
        for rule in RULES {
            assert!(!rule.message.is_empty() && !rule.advice.is_empty(), "{rule:?}");
            let authors: &[Author] = if rule.authors.is_empty() { LOOKER } else { rule.authors };
            let operation = rule.operations.first().copied().unwrap_or_default();
            let reached = authors.iter().any(|author| {
                rule.statuses.clone().any(|status| {
                    let found = Rule::find(operation, status, *author, rule.words);
                    found.is_some_and(|found| std::ptr::eq(found, rule))
                })
            });
            assert!(reached, "another row stands before it: {rule:?}");
        }
    }
}
