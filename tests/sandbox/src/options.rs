//! What a sandbox can be told when it starts.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;

use crate::place::PlaceOptions;
use crate::proxy::ProxyOptions;
use crate::quota::Quota;
use crate::tls::TlsOptions;

/// How to start a [`Sandbox`](crate::Sandbox).
#[derive(Debug, Clone)]
pub struct Options {
    /// Port on the loopback address; 0 (the default) lets the system pick a free one.
    pub port: u16,
    /// Number of order items; every other table scales with it. Default [`Options::DEFAULT_ROWS`].
    pub rows: u64,
    /// The instant that relative dates such as `7 days` count from. Default [`Options::default_now`].
    pub now: Timestamp,
    /// How long a token lives. Default an hour, as Looker's.
    pub token_lifetime: Duration,
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
}

impl Options {
    /// Order items when nothing else is asked for.
    pub const DEFAULT_ROWS: u64 = 5000;

    /// The largest data set that can be asked for, in order items.
    pub const MAX_ROWS: u64 = 100_000_000;

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
            now: Self::default_now(),
            token_lifetime: Duration::from_hours(1),
            tls: None,
            proxy: None,
            place: PlaceOptions::default(),
            gzip: false,
            quotas: Vec::new(),
        }
    }
}
