//! Small results on a warm session, one after the other: the connector and the transport alone take turns.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::discard::Discard;
use super::loaded::Loaded;
use super::{SMALL, Target};
use crate::Result;
use crate::generate::Shape;

/// How often each asks.
#[derive(Clone, Debug, clap::Args)]
pub struct Small {
    /// Whom to ask, and how
    #[command(flatten)]
    pub target: Target,
    /// How often each asks
    #[arg(long)]
    pub queries: usize,
}

/// What came of it: for each query its seconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Latency {
    /// Of the connector.
    pub connector: Vec<f64>,
    /// Of the transport alone.
    pub discard: Vec<f64>,
    /// Connections that were made meanwhile.
    pub new_connections: u64,
    /// Logins that were made meanwhile.
    pub new_logins: u64,
}

impl Small {
    /// Does it in this process.
    pub fn run(&self) -> Result<Latency> {
        let discard = Discard::connect(&self.target)?;
        let loaded = Loaded::connect(&self.target, Shape::Plain)?;
        for _ in 0..self.queries.min(100) {
            discard.query(SMALL)?;
            loaded.query(SMALL, |_| Ok(()))?;
        }
        let before = discard.counts()?;
        let mut latency = Latency::default();
        for _ in 0..self.queries {
            let start = Instant::now();
            discard.query(SMALL)?;
            latency.discard.push(start.elapsed().as_secs_f64());
            let start = Instant::now();
            loaded.query(SMALL, |_| Ok(()))?;
            latency.connector.push(start.elapsed().as_secs_f64());
        }
        let after = discard.counts()?;
        latency.new_connections = after.connections - before.connections;
        latency.new_logins = after.logins - before.logins;
        Ok(latency)
    }
}
