//! A body that is handed through as it arrives, to a host that reads it as bytes.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use connector_interface::{Error, Outcome, Result, State};
use serde_json::{Map, Value, json};

use crate::http::Response;
use crate::operation::Control;
use crate::runtime::block_on;

/// Who must know how a body ends.
pub(crate) trait Watching: Send {
    /// It has come to its end.
    fn has_ended(&mut self);

    /// It broke off.
    fn has_failed(&mut self, error: &Error);
}

/// A body on its way to a host.
pub(crate) struct Handed {
    control: Arc<Control>,
    /// Gone when the body has ended; dropping it closes the connection of one that has not.
    response: Option<Response>,
    watching: Option<Box<dyn Watching>>,
    /// What has arrived and was not read.
    chunk: Bytes,
    facts: Map<String, Value>,
    count: u64,
}

impl Handed {
    /// The outcome that a body is, with what is known of it besides its length.
    pub(crate) fn outcome(
        response: Response,
        media_type: String,
        facts: Map<String, Value>,
        control: &Arc<Control>,
        watching: Option<Box<dyn Watching>>,
    ) -> Outcome {
        control.update(|progress| progress.state = State::Streaming);
        let reader = Self {
            control: Arc::clone(control),
            response: Some(response),
            watching,
            chunk: Bytes::new(),
            facts,
            count: 0,
        };
        Outcome::Bytes(connector_interface::Bytes { media_type, reader: Box::new(reader) })
    }

    /// Waits for bytes; none at the end.
    fn fill(&mut self) -> Result<()> {
        self.control.check()?;
        while self.chunk.is_empty() {
            let Some(response) = &mut self.response else { return Ok(()) };
            let arrived = block_on(self.control.run(response.chunk()));
            let arrived = arrived.inspect_err(|error| self.watching.iter_mut().for_each(|it| it.has_failed(error)))?;
            let Some(chunk) = arrived else {
                self.response = None;
                self.watching.iter_mut().for_each(|it| it.has_ended());
                let mut summary = std::mem::take(&mut self.facts);
                summary.insert("byte_count".to_owned(), json!(self.count));
                self.control.done(summary);
                return Ok(());
            };
            self.count += chunk.len() as u64;
            self.chunk = Bytes::copy_from_slice(chunk);
            let count = self.count;
            self.control.update(|progress| progress.bytes = count);
        }
        Ok(())
    }
}

impl Read for Handed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() && self.response.is_some() {
            self.fill().map_err(|error| {
                self.response = None;
                io::Error::other(self.control.failed(error))
            })?;
        }
        let count = self.chunk.len().min(buffer.len());
        if let (Some(target), Some(source)) = (buffer.get_mut(..count), self.chunk.get(..count)) {
            target.copy_from_slice(source);
        }
        self.chunk.advance(count);
        Ok(count)
    }
}
