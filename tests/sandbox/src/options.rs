//! What a sandbox can be told when it starts.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;

use crate::place::PlaceOptions;
use crate::proxy::ProxyOptions;
use crate::quota::Quota;
use crate::tls::TlsOptions;

/// How to start a [`Sandbox`](crate::Sandbox).
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch by itself")]
pub struct Options {
    /// Port on the loopback address; 0 (the default) lets the system pick a free one.
    pub port: u16,
    /// Number of order items; every other table scales with it. Default [`Options::DEFAULT_ROWS`].
    pub rows: u64,
    /// A file to make for the data, which others may read as well and which stays; it must not be there. Default none.
    pub database: Option<PathBuf>,
    /// The instant that relative dates such as `7 days` count from. Default [`Options::default_now`].
    pub now: Timestamp,
    /// How long a token lives. Default an hour, as Looker's.
    pub token_lifetime: Duration,
    /// Number of generated embed users. Default [`Options::DEFAULT_PEOPLE`].
    pub people: u32,
    /// Acting as another user follows the rules of Looker (Google Cloud core). Default off.
    pub google_cloud_core: bool,
    /// OAuth applications beside `looker-connector`: id and redirect address. Default none.
    pub oauth_apps: Vec<(String, String)>,
    /// How long a refresh token lives. Default 30 days.
    pub refresh_lifetime: Duration,
    /// Each refresh ends the refresh token and makes another. Default off.
    pub rotate_refresh: bool,
    /// Origins, such as `http://localhost:3000`, whose scripts may use the API. Default none.
    pub cors_origins: Vec<String>,
    /// The pages for browsers have a port of their own, as on self-hosted instances. Default off.
    pub split_web: bool,
    /// Serve https. Default plain http.
    pub tls: Option<TlsOptions>,
    /// Start a forward proxy in front. Default none.
    pub proxy: Option<ProxyOptions>,
    /// Where the instance is and what it says of itself.
    pub place: PlaceOptions,
    /// Compress answers for clients that offer gzip. Default no.
    pub gzip: bool,
    /// Monthly quotas. Default none.
    pub quotas: Vec<Quota>,
    /// What deliveries to webhooks have in `X-Looker-Webhook-Token`. Default [`Options::DEFAULT_WEBHOOK_TOKEN`].
    pub webhook_token: String,
}

impl Options {
    /// Order items when nothing else is asked for.
    pub const DEFAULT_ROWS: u64 = 5000;

    /// The largest data set that can be asked for, in order items.
    pub const MAX_ROWS: u64 = 100_000_000;

    /// Generated embed users when nothing else is asked for.
    pub const DEFAULT_PEOPLE: u32 = 250;

    /// The most generated embed users.
    pub const MAX_PEOPLE: u32 = 1_000_000;

    /// How long a refresh token lives when nothing else is asked for: 30 days.
    pub const DEFAULT_REFRESH_LIFETIME: Duration = Duration::from_hours(30 * 24);

    /// The token of webhooks when nothing else is asked for.
    pub const DEFAULT_WEBHOOK_TOKEN: &str = "sandbox-webhook-token";

    /// 2025-12-31 12:00:00 UTC, the end of the data: results never depend on the day of the run.
    pub fn default_now() -> Timestamp {
        date(2025, 12, 31).at(12, 0, 0, 0).in_tz("UTC").map_or(Timestamp::UNIX_EPOCH, |now| now.timestamp())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            rows: Self::DEFAULT_ROWS,
            database: None,
            now: Self::default_now(),
            token_lifetime: Duration::from_hours(1),
            people: Self::DEFAULT_PEOPLE,
            google_cloud_core: false,
            oauth_apps: Vec::new(),
            refresh_lifetime: Self::DEFAULT_REFRESH_LIFETIME,
            rotate_refresh: false,
            cors_origins: Vec::new(),
            split_web: false,
            tls: None,
            proxy: None,
            place: PlaceOptions::default(),
            gzip: false,
            quotas: Vec::new(),
            webhook_token: Self::DEFAULT_WEBHOOK_TOKEN.into(),
        }
    }
}
