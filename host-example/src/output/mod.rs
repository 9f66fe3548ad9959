//! Rows to text and files: one file for each format, one for the destination, and the loop between them.

mod arrow;
mod cell;
mod csv;
mod destination;
mod json;
mod parquet;
pub(crate) mod stdout;
pub(crate) mod table;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use connector_interface::load::{Operation, Rows, Session};
use connector_interface::{Bytes, Error, ErrorKind, Outcome, Result};
use serde_json::{Map, Value};

use crate::exit;
use crate::interrupt;
use crate::messages::{self, printable};
use crate::output::destination::{Destination, Writer};
use crate::progress::{Watch, closing_line};

/// The key under which the formats with a footer keep the operation's summary, as JSON.
const SUMMARY_KEY: &str = "connector.summary";

/// How data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Tree,
    Table,
    Json,
    Jsonl,
    Csv,
    Arrow,
    Parquet,
}

impl Format {
    /// Every format of rows.
    pub(crate) const ALL: &'static [Self] =
        &[Self::Table, Self::Json, Self::Jsonl, Self::Csv, Self::Arrow, Self::Parquet];

    fn name(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
        }
    }

    fn is_binary(self) -> bool {
        matches!(self, Self::Arrow | Self::Parquet)
    }

    /// The format that a file's ending says.
    fn of_file(path: &Path) -> Option<Self> {
        Some(match path.extension()?.to_str()? {
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::Jsonl,
            "csv" => Self::Csv,
            "arrow" | "feather" => Self::Arrow,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }
}

/// The flags of the output.
pub(crate) fn args(formats: &'static [Format]) -> [Arg; 3] {
    let names = PossibleValuesParser::new(formats.iter().map(|format| format.name()));
    let default = formats.first().map_or("", |format| format.name());
    [
        Arg::new("format")
            .long("format")
            .short('f')
            .value_name("FORMAT")
            .value_parser(names.map(|name| formats.iter().copied().find(|format| format.name() == name)))
            .help(format!("How to print it [default: by the ending of --output FILE, or else {default}]")),
        Arg::new("output")
            .long("output")
            .short('o')
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Write to this file, which appears when it is whole, and not to stdout"),
        Arg::new("no-progress")
            .long("no-progress")
            .action(ArgAction::SetTrue)
            .help("Show no progress bar on the terminal"),
    ]
    .map(|arg| arg.help_heading("Output"))
}

/// How and where data is to be written.
#[derive(Debug)]
pub(crate) struct Target {
    /// How.
    pub(crate) format: Format,
    file: Option<PathBuf>,
    /// Whether a progress bar is wanted.
    pub(crate) progress: bool,
}

impl Target {
    /// What the command line says.
    pub(crate) fn of(matches: &ArgMatches, formats: &[Format], default: Format) -> Result<Self> {
        let file = matches.get_one::<PathBuf>("output").cloned();
        let by_file = file.as_deref().and_then(Format::of_file).filter(|format| formats.contains(format));
        let format = matches.get_one::<Option<Format>>("format").copied().flatten().or(by_file).unwrap_or(default);
        if format.is_binary() && file.is_none() && io::stdout().is_terminal() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("The format {} is binary and stdout is a terminal", format.name()),
            )
            .advise("Write it to a file with --output FILE, or to a pipe"));
        }
        Ok(Self { format, file, progress: !matches.get_flag("no-progress") })
    }

    /// Whether a person sees the data as it is written.
    fn is_on_screen(&self) -> bool {
        self.file.is_none() && io::stdout().is_terminal()
    }

    /// Writes text that is there as a whole.
    pub(crate) fn write_text(&self, text: &str) -> exit::Result<()> {
        let (destination, mut writer) = Destination::open(self.file.as_deref())?;
        let written = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
        drop(writer);
        match written {
            Ok(()) => destination.commit(),
            Err(error) => Err(destination.failure().unwrap_or_else(|| stdout::stop(error.kind(), &error.to_string()))),
        }
    }

    /// Refuses to write a value, which is always JSON, as anything else.
    fn takes_value(&self) -> Result<()> {
        match self.format {
            Format::Table | Format::Tree | Format::Json | Format::Jsonl => Ok(()),
            format => {
                let name = format.name();
                Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("The result is one value, which cannot be written as {name}"),
                )
                .advise("Choose --format json"))
            }
        }
    }

    fn sink(&self, writer: Writer, schema: &SchemaRef) -> std::result::Result<Box<dyn Sink>, ArrowError> {
        Ok(match self.format {
            Format::Tree | Format::Table => Box::new(table::Table::new(writer, schema, self.is_on_screen())),
            Format::Json => Box::new(json::array(writer)),
            Format::Jsonl => Box::new(json::lines(writer)),
            Format::Csv => Box::new(csv::Csv::new(writer, schema)?),
            Format::Arrow => Box::new(arrow::Arrow::new(writer, schema)?),
            Format::Parquet => Box::new(parquet::Parquet::new(writer, schema)?),
        })
    }
}

/// One format, being written.
trait Sink {
    /// Writes rows, and lets a reader see them.
    fn write(&mut self, batch: &RecordBatch) -> std::result::Result<(), ArrowError>;

    /// Writes what comes after the last row.
    fn finish(self: Box<Self>, summary: &Map<String, Value>) -> std::result::Result<(), ArrowError>;
}

/// The forms of result that a command can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forms {
    /// Rows alone.
    Rows,
    /// Rows, a value, or bytes.
    Any,
}

/// Runs an operation, and writes its result as it arrives.
pub(crate) fn stream(
    session: &Session,
    kind: &str,
    body: &Value,
    deadline: Option<Duration>,
    target: &Target,
    forms: Forms,
) -> exit::Result<()> {
    // The file first: a query whose result has no place to go is not worth running.
    let (destination, writer) = Destination::open(target.file.as_deref())?;
    let operation = session.start(kind, body, deadline)?;
    let _guard = interrupt::Guard::new(&operation);
    let started = Instant::now();
    let rows = write(&operation, target, &destination, writer, forms).inspect_err(|_| {
        // Whoever ends early leaves no query running.
        let _ = operation.cancel();
    })?;
    if interrupt::seen() {
        return Err(interrupt::error().into());
    }
    destination.commit()?;
    let progress = operation.progress()?;
    let Some(rows) = rows else {
        messages::summary(&progress.summary);
        return Ok(());
    };
    messages::notices(&progress.summary);
    if messages::wants_closing_line() {
        let retries = messages::retries(&progress.summary).filter(|_| messages::talk().verbose > 0);
        messages::line(&closing_line(rows, progress.bytes, started.elapsed(), retries.as_deref()));
    }
    Ok(())
}

/// Writes whatever comes of an operation; the number of rows, when it is rows.
fn write(
    operation: &Operation,
    target: &Target,
    destination: &Destination,
    mut writer: Writer,
    forms: Forms,
) -> exit::Result<Option<u64>> {
    let mut watch = Watch::start(operation, target.progress);
    match (operation.result()?, forms) {
        (Outcome::Rows(stream), _) => {
            return pump(operation.rows_of(stream)?, operation, target, destination, writer, &mut watch).map(Some);
        }
        (Outcome::Value(value), Forms::Any) => {
            target.takes_value()?;
            watch.clear();
            let written = writer.write_all(format!("{value:#}\n").as_bytes()).and_then(|()| writer.flush());
            written.map_err(|error| {
                destination.failure().unwrap_or_else(|| stdout::stop(error.kind(), &error.to_string()))
            })?;
        }
        (Outcome::Bytes(bytes), Forms::Any) => copy(bytes, target, destination, writer)?,
        (other, _) => {
            return Err(Error::new(ErrorKind::Unsupported, format!("The result is not rows but {other:?}")).into());
        }
    }
    Ok(None)
}

/// Hands bytes through as they are.
fn copy(mut bytes: Bytes, target: &Target, destination: &Destination, mut writer: Writer) -> exit::Result<()> {
    if target.is_on_screen() {
        let what = printable(&bytes.media_type);
        return Err(Error::new(ErrorKind::InvalidInput, format!("The result is {what} and stdout is a terminal"))
            .advise("Write it to a file with --output FILE, or to a pipe")
            .into());
    }
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
            let name = target.format.name();
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
        let target = Target { format: Format::Table, file: Some(file.clone()), progress: false };
        let bytes = |reader| Bytes { media_type: "image/png".to_owned(), reader };
        let (destination, writer) = Destination::open(target.file.as_deref()).unwrap();
        copy(bytes(Box::new(&b"\x89PNG"[..])), &target, &destination, writer).unwrap();
        destination.commit().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"\x89PNG");

        let (destination, writer) = Destination::open(target.file.as_deref()).unwrap();
        let stop = copy(bytes(Box::new(Broken)), &target, &destination, writer).unwrap_err();
        let exit::Stop::Failed(error) = stop else { panic!("{stop:?}") };
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Timeout, "The service was silent"));
    }

    #[test]
    fn a_value_is_json_and_is_not_written_into_a_file_of_another_format() {
        let target = |format| Target { format, file: None, progress: false };
        target(Format::Table).takes_value().unwrap();
        target(Format::Json).takes_value().unwrap();
        assert_eq!(target(Format::Parquet).takes_value().unwrap_err().kind, ErrorKind::Unsupported);
    }

    #[test]
    fn the_ending_of_a_file_says_its_format() {
        for (name, format) in [("a.csv", Some(Format::Csv)), ("a.parquet", Some(Format::Parquet)), ("a.txt", None)] {
            assert_eq!(Format::of_file(Path::new(name)), format);
        }
    }
}
