//! The rows of a running query: pulled by whoever reads them, so that a slow reader slows the server and not the memory.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use connector_interface::rows::into_arrow;
use connector_interface::{Error, ErrorKind, Result, State};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::http::Response;
use crate::operation::Control;
use crate::query::InlineQuery;
use crate::query::kill::Running;
use crate::result::{Decoder, End};
use crate::runtime::block_on;

/// So many first rows wait for no others: a large result is seen at once, and its first batch is small.
const FIRST_ROWS: usize = 512;

/// How long fewer first rows wait for others: a small result arrives whole in this time, and one that fails then delivers
/// nothing.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// How long rows wait for a full batch, so that a slow server's rows are seen.
const BATCH_WAIT: Duration = Duration::from_millis(500);

pub(super) struct Rows {
    control: Arc<Control>,
    /// Gone when the body has ended; dropping it closes the connection of one that has not.
    response: Option<Response>,
    /// Kills the query in Looker when nobody wants its rows any more.
    running: Running,
    decoder: Decoder,
    schema: SchemaRef,
    limit: i64,
    delivered: u64,
    /// When rows that wait for a full batch are given out as they are.
    flush_at: Option<Instant>,
    end: Option<End>,
    /// What ended the body, to be told after the rows before it.
    failure: Option<Error>,
    ended: bool,
}

impl Rows {
    /// Reads the body up to its first rows, so that a failed query is an error and not a stream.
    pub(super) fn begin(
        response: Response,
        query: &InlineQuery,
        control: Arc<Control>,
        mut running: Running,
    ) -> Result<Self> {
        let mut decoder = Decoder::new(query.columns());
        let mut response = Some(response);
        let mut end = None;
        let mut flush_at = None;
        while end.is_none() && decoder.ready() < FIRST_ROWS {
            if decoder.ready() > 0 && *flush_at.get_or_insert_with(|| Instant::now() + FIRST_WAIT) <= Instant::now() {
                break;
            }
            end =
                pull(&mut response, &mut decoder, &control, flush_at).inspect_err(|error| running.has_failed(error))?;
        }
        if end.is_some() {
            running.has_ended();
        }
        let schema =
            decoder.schema().ok_or_else(|| Error::new(ErrorKind::Protocol, "Looker's answer has no metadata"))?;
        control.update(|progress| progress.state = State::Streaming);
        Ok(Self {
            control,
            response,
            running,
            decoder,
            schema,
            limit: query.limit,
            delivered: 0,
            flush_at: Some(Instant::now()),
            end,
            failure: None,
            ended: false,
        })
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        self.control.check()?;
        loop {
            if self.decoder.ready() > 0 && self.flush_at.is_none() {
                self.flush_at = Some(Instant::now() + BATCH_WAIT);
            }
            let late = self.flush_at.is_some_and(|flush_at| flush_at <= Instant::now());
            let flush = late || self.end.is_some() || self.failure.is_some();
            if let Some(batch) = self.decoder.take(if flush { 1 } else { usize::MAX })? {
                self.flush_at = None;
                self.delivered += batch.num_rows() as u64;
                let delivered = self.delivered;
                self.control.update(|progress| progress.rows = delivered);
                return Ok(Some(batch));
            }
            if let Some(error) = self.failure.take() {
                return Err(error);
            }
            if let Some(end) = &self.end {
                self.running.has_ended();
                self.control.done(self.summary(end));
                return Ok(None);
            }
            match pull(&mut self.response, &mut self.decoder, &self.control, self.flush_at) {
                Ok(end) => self.end = end,
                Err(error) if matches!(error.kind, ErrorKind::Cancelled | ErrorKind::Timeout) => return Err(error),
                // The rows before the failure are valid: they go out first.
                Err(error) => {
                    self.running.has_failed(&error);
                    self.failure = Some(error);
                }
            }
        }
    }

    /// What is known of the result at its end: `row_count`, `limit`, `truncated`, `columns_truncated`, `notices`.
    fn summary(&self, end: &End) -> Map<String, Value> {
        // Looker does not say whether it cut; a result of exactly as many rows as the limit probably was.
        let truncated = u64::try_from(self.limit).is_ok_and(|limit| end.looker_rows >= limit);
        let mut notices = Vec::new();
        if truncated {
            notices.push(format!(
                "The result has as many rows as the limit of {} allows, so there are probably more; raise the limit, or ask for all with -1",
                self.limit
            ));
        }
        if end.columns_truncated {
            notices.push("The pivot has more values than Looker delivers; filter the pivoted field".to_owned());
        }
        let mut summary = Map::new();
        summary.insert("row_count".to_owned(), json!(self.delivered));
        summary.insert("limit".to_owned(), json!(self.limit));
        summary.insert("truncated".to_owned(), json!(truncated));
        summary.insert("columns_truncated".to_owned(), json!(end.columns_truncated));
        if end.empty_pivot_cells > 0 {
            summary.insert("empty_pivot_cells".to_owned(), json!(end.empty_pivot_cells));
        }
        if let Some(totals) = end.totals.as_deref().and_then(|totals| serde_json::from_str::<Value>(totals).ok()) {
            summary.insert("totals".to_owned(), totals);
        }
        summary.insert("notices".to_owned(), json!(notices));
        summary
    }
}

/// Feeds the next bytes of the body to the decoder; the end, when it has come. Gives up waiting, without an error, when
/// it is time to give out what there is.
fn pull(
    response: &mut Option<Response>,
    decoder: &mut Decoder,
    control: &Control,
    flush_at: Option<Instant>,
) -> Result<Option<End>> {
    let Some(open) = response else { return decoder.finish().map(Some) };
    let arrived = block_on(control.run(async {
        let next = open.chunk();
        match flush_at {
            Some(flush_at) => tokio::time::timeout_at(flush_at, next).await.ok().transpose(),
            None => next.await.map(Some),
        }
    }));
    let fed = arrived.and_then(|arrived| match arrived {
        None => Ok(None),
        Some(Some(chunk)) => {
            control.update(|progress| progress.bytes += chunk.len() as u64);
            decoder.feed(chunk).map(|()| None)
        }
        Some(None) => decoder.finish().map(Some),
    });
    let fed = fed.map_err(|error| with_request(error, open));
    if !matches!(fed, Ok(None)) {
        *response = None;
    }
    fed
}

/// Adds the request to the evidence of an error that the decoder made, which knows of none.
fn with_request(error: Error, response: &Response) -> Error {
    if error.evidence.contains_key("request") || matches!(error.kind, ErrorKind::Cancelled | ErrorKind::Timeout) {
        return error;
    }
    error.request(response.call.line()).with("http_status", 200)
}

impl Iterator for Rows {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_batch().map_err(|error| into_arrow(self.control.failed(error))).transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        if self.ended {
            self.response = None;
        }
        next
    }
}

impl RecordBatchReader for Rows {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}
