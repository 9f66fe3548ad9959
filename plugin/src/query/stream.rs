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
use crate::query::kill::Running;
use crate::query::limits::RowLimit;
use crate::runtime::block_on;
use looker_result::{Columns, Decoder, End};

/// So many first rows wait for no others: a large result is seen at once, and its first batch is small.
const FIRST_ROWS: usize = 512;

/// How long fewer first rows wait for others: a small result arrives whole in this time, and one that fails then delivers
/// nothing.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// How long rows wait for a full batch, so that a slow server's rows are seen.
const BATCH_WAIT: Duration = Duration::from_millis(500);

/// Where rows come from.
pub(super) trait Source: Send {
    /// The columns.
    fn schema(&self) -> SchemaRef;

    /// The next rows; none at their end.
    fn next(&mut self) -> Result<Option<RecordBatch>>;

    /// What is known of the result at its end, but for `row_count`.
    fn summary(&self) -> Map<String, Value>;
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn schema(&self) -> SchemaRef {
        (**self).schema()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        (**self).next()
    }

    fn summary(&self) -> Map<String, Value> {
        (**self).summary()
    }
}

/// Columns without rows.
pub(super) struct Nothing(pub(super) SchemaRef);

impl Source for Nothing {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.0)
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        Ok(None)
    }

    fn summary(&self) -> Map<String, Value> {
        Map::new()
    }
}

/// The rows of one body, as it arrives.
pub(super) struct Batches {
    control: Arc<Control>,
    /// Gone when the body has ended; dropping it closes the connection of one that has not.
    response: Option<Response>,
    /// Kills the query in Looker when nobody wants its rows any more.
    running: Running,
    decoder: Decoder,
    schema: SchemaRef,
    limit: RowLimit,
    /// What is known of the result from its beginning.
    facts: Map<String, Value>,
    /// When rows that wait for a full batch are given out as they are.
    flush_at: Option<Instant>,
    end: Option<End>,
    /// What ended the body, to be told after the rows before it.
    failure: Option<Error>,
}

impl Batches {
    /// Reads the body up to its first rows, so that a failed query is an error and not a stream.
    pub(super) fn begin(
        response: Response,
        columns: Columns,
        limit: RowLimit,
        control: Arc<Control>,
        mut running: Running,
    ) -> Result<Self> {
        let mut decoder = Decoder::new(columns);
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
        Ok(Self {
            control,
            response,
            running,
            decoder,
            schema,
            limit,
            facts: Map::new(),
            flush_at: Some(Instant::now()),
            end,
            failure: None,
        })
    }

    /// Adds to what the summary says.
    pub(super) fn know(&mut self, facts: Map<String, Value>) {
        self.facts.extend(facts);
    }
}

impl Source for Batches {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        self.control.check()?;
        loop {
            if self.decoder.ready() > 0 && self.flush_at.is_none() {
                self.flush_at = Some(Instant::now() + BATCH_WAIT);
            }
            let late = self.flush_at.is_some_and(|flush_at| flush_at <= Instant::now());
            let flush = late || self.end.is_some() || self.failure.is_some();
            if let Some(batch) = self.decoder.take(if flush { 1 } else { usize::MAX })? {
                self.flush_at = None;
                return Ok(Some(batch));
            }
            if let Some(error) = self.failure.take() {
                return Err(error);
            }
            if self.end.is_some() {
                self.running.has_ended();
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

    fn summary(&self) -> Map<String, Value> {
        let mut summary = self.facts.clone();
        let Some(end) = &self.end else { return summary };
        let mut notices = Vec::new();
        self.limit.told(end.looker_rows, &mut summary, &mut notices);
        if end.columns_truncated {
            notices.push(
                "The pivot has more values than Looker delivers; filter the pivoted field, or raise the column limit"
                    .to_owned(),
            );
        }
        if end.misfit_cells > 0 {
            notices.push(format!("{} values are not of their column's type and became null", end.misfit_cells));
        }
        notices.extend(end.warnings.iter().cloned());
        summary.insert("columns_truncated".to_owned(), json!(end.columns_truncated));
        for (key, count) in [
            ("empty_pivot_cells", end.empty_pivot_cells),
            ("unknown_pivot_cells", end.unknown_pivot_cells),
            ("misfit_cells", end.misfit_cells),
            ("subtotal_rows", end.subtotal_rows),
        ] {
            if count > 0 {
                summary.insert(key.to_owned(), json!(count));
            }
        }
        let json = |text: &String| serde_json::from_str::<Value>(text).ok();
        if let Some(totals) = end.totals.as_ref().and_then(json) {
            summary.insert("totals".to_owned(), totals);
        }
        if !end.subtotals.is_empty() {
            summary.insert("subtotals".to_owned(), end.subtotals.iter().filter_map(json).collect());
        }
        summary.extend(end.facts.clone());
        summary.insert("notices".to_owned(), json!(notices));
        summary
    }
}

/// Rows on their way to a host.
pub(super) struct Rows<S> {
    control: Arc<Control>,
    /// Gone at the end.
    source: Option<S>,
    schema: SchemaRef,
    delivered: u64,
}

impl<S: Source> Rows<S> {
    pub(super) fn new(source: S, control: &Arc<Control>) -> Self {
        control.update(|progress| progress.state = State::Streaming);
        Self { control: Arc::clone(control), schema: source.schema(), source: Some(source), delivered: 0 }
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let Some(source) = &mut self.source else { return Ok(None) };
        let Some(batch) = source.next()? else {
            let mut summary = source.summary();
            summary.insert("row_count".to_owned(), json!(self.delivered));
            self.control.done(summary);
            return Ok(None);
        };
        self.delivered += batch.num_rows() as u64;
        let delivered = self.delivered;
        self.control.update(|progress| progress.rows = delivered);
        Ok(Some(batch))
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

impl<S: Source> Iterator for Rows<S> {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_batch().map_err(|error| into_arrow(self.control.failed(error))).transpose();
        if !matches!(next, Some(Ok(_))) {
            self.source = None;
        }
        next
    }
}

impl<S: Source> RecordBatchReader for Rows<S> {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}
