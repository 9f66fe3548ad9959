//! Rows to text and files: one file for each format, one for the destination, and the loop between them.

mod arrow;
mod cell;
mod csv;
mod destination;
mod json;
mod parquet;
pub(crate) mod stdout;
pub(crate) mod table;
mod target;

pub(crate) use target::{Format, Formats, Target};

use std::io::{self, Write};
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use connector_interface::load::{Operation, Rows, Session};
use connector_interface::{Bytes, Error, ErrorKind, Outcome};
use serde_json::{Map, Value};

use crate::exit;
use crate::interrupt;
use crate::messages;
use crate::output::destination::{Destination, Writer};
use crate::progress::{Watch, closing_line};

/// The key under which the formats with a footer keep the operation's summary, as JSON.
const SUMMARY_KEY: &str = "connector.summary";

/// One format, being written.
trait Sink {
    /// Writes rows, and lets a reader see them.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError>;

    /// Writes what comes after the last row.
    fn finish(self: Box<Self>, summary: &Map<String, Value>) -> Result<(), ArrowError>;
}

/// The forms of result that a command can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forms {
    /// Rows alone.
    Rows,
    /// Rows, a value, or bytes.
    Any,
    /// The same, but for a value that lists parts: it is not written but handed back.
    Parts,
}

/// What was written of a result.
enum Written {
    Rows(u64),
    /// Something that has no rows.
    Other,
    /// Nothing: it lists parts.
    Parts(Value),
}

/// Runs an operation, and writes its result as it arrives; hands a list of parts back where the forms say so.
pub(crate) fn stream(
    session: &Session,
    kind: &str,
    body: &Value,
    deadline: Option<Duration>,
    target: &Target,
    forms: Forms,
) -> exit::Result<Option<Value>> {
    // The file first: a query whose result has no place to go is not worth running. A directory is for parts.
    let file = target.file.as_deref().filter(|_| forms != Forms::Parts || target.directory().is_none());
    let (destination, writer) = Destination::open(file)?;
    let operation = session.start(kind, body, deadline)?;
    let _guard = interrupt::Guard::new(&operation);
    let started = Instant::now();
    let written = write(&operation, target, &destination, writer, forms).inspect_err(|_| {
        // Whoever ends early leaves no query running.
        let _ = operation.cancel();
    })?;
    if interrupt::seen() {
        return Err(interrupt::error().into());
    }
    destination.commit()?;
    let progress = operation.progress()?;
    let rows = match written {
        Written::Rows(rows) => rows,
        Written::Other => {
            messages::summary(&progress.summary);
            return Ok(None);
        }
        Written::Parts(parts) => return Ok(Some(parts)),
    };
    messages::notices(&progress.summary);
    if messages::wants_closing_line() {
        let retries = messages::retries(&progress.summary).filter(|_| messages::talk().verbose > 0);
        messages::line(&closing_line(rows, progress.bytes, started.elapsed(), retries.as_deref()));
    }
    Ok(None)
}

/// The parts that a value lists: an array under `parts`, each with a `title`, and a `request` or the `reason` why not.
pub(crate) fn parts(value: &Value) -> Option<&Vec<Value>> {
    value.get("parts").and_then(Value::as_array)
}

/// Writes whatever comes of an operation.
fn write(
    operation: &Operation,
    target: &Target,
    destination: &Destination,
    mut writer: Writer,
    forms: Forms,
) -> exit::Result<Written> {
    let mut watch = Watch::start(operation, target.progress);
    let outcome = operation.result()?;
    match (outcome, forms) {
        (Outcome::Value(value), Forms::Parts) if parts(&value).is_some() => return Ok(Written::Parts(value)),
        (_, Forms::Parts) if target.directory().is_some() => return Err(one_result().into()),
        (Outcome::Rows(stream), _) => {
            let rows = operation.rows_of(stream)?;
            return pump(rows, operation, target, destination, writer, &mut watch).map(Written::Rows);
        }
        (Outcome::Value(value), Forms::Any | Forms::Parts) => {
            target.takes_value()?;
            watch.clear();
            let written = writer.write_all(format!("{value:#}\n").as_bytes()).and_then(|()| writer.flush());
            written.map_err(|error| {
                destination.failure().unwrap_or_else(|| stdout::stop(error.kind(), &error.to_string()))
            })?;
        }
        (Outcome::Bytes(bytes), Forms::Any | Forms::Parts) => {
            target.takes_bytes(&bytes.media_type)?;
            copy(bytes, destination, writer)?;
        }
        (other, _) => {
            return Err(Error::new(ErrorKind::Unsupported, format!("The result is not rows but {other:?}")).into());
        }
    }
    Ok(Written::Other)
}

fn one_result() -> Error {
    Error::new(ErrorKind::InvalidInput, "The --output is a directory, and the result is one file")
        .advise("Name a file with --output FILE")
}

/// Hands bytes through as they are.
fn copy(mut bytes: Bytes, destination: &Destination, mut writer: Writer) -> exit::Result<()> {
    let copied = io::copy(&mut bytes.reader, &mut writer).and_then(|_| writer.flush());
    copied.map_err(|error| destination.failure().unwrap_or_else(|| broken(&error).into()))
}

/// Why a stream of bytes has ended before its end.
fn broken(error: &io::Error) -> Error {
    let told = error.get_ref().and_then(|source| source.downcast_ref::<Error>());
    told.cloned().unwrap_or_else(|| Error::new(ErrorKind::Incomplete, format!("The result has broken off: {error}")))
}

/// Moves all batches from the operation to the format; nothing is written before the first is there.
fn pump(
    rows: Rows,
    operation: &Operation,
    target: &Target,
    destination: &Destination,
    writer: Writer,
    watch: &mut Watch,
) -> exit::Result<u64> {
    let failed = |error: ArrowError| {
        destination.failure().unwrap_or_else(|| {
            let name = target.name();
            Error::new(ErrorKind::Unsupported, format!("The result cannot be written as {name}: {error}"))
                .advise("Choose another --format")
                .into()
        })
    };
    let schema = rows.schema();
    let mut unopened = Some(writer);
    let mut sink: Option<Box<dyn Sink>> = None;
    let mut count = 0_u64;
    for batch in rows {
        let batch = batch?;
        if target.is_on_screen() {
            watch.clear();
        }
        if let Some(writer) = unopened.take() {
            sink = Some(target.sink(writer, &schema).map_err(failed)?);
        }
        if let Some(sink) = &mut sink {
            sink.write(&batch).map_err(failed)?;
        }
        count = count.saturating_add(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX));
    }
    watch.clear();
    if let Some(writer) = unopened.take() {
        sink = Some(target.sink(writer, &schema).map_err(failed)?);
    }
    let summary = operation.progress()?.summary;
    sink.map_or(Ok(()), |sink| sink.finish(&summary)).map_err(failed)?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_they_are_and_a_break_keeps_the_connectors_own_words() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other(Error::new(ErrorKind::Timeout, "The service was silent")))
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("picture.png");
        let target = Target::new(Format::Table, Some(file.clone()));
        let bytes = |reader| Bytes { media_type: "image/png".to_owned(), reader };
        let (destination, writer) = Destination::open(target.file.as_deref()).unwrap();
        copy(bytes(Box::new(&b"\x89PNG"[..])), &destination, writer).unwrap();
        destination.commit().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"\x89PNG");

        let (destination, writer) = Destination::open(target.file.as_deref()).unwrap();
        let stop = copy(bytes(Box::new(Broken)), &destination, writer).unwrap_err();
        let exit::Stop::Failed(error) = stop else { panic!("{stop:?}") };
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Timeout, "The service was silent"));
    }
}
