//! How and where data is to be written, as the command line says it.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use arrow_schema::{ArrowError, SchemaRef};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use connector_interface::{Error, ErrorKind, Result};

use crate::exit;
use crate::output::destination::{Destination, Writer};
use crate::output::{Sink, arrow, csv, json, parquet, stdout, table};

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
    fn of_ending(ending: &str) -> Option<Self> {
        Some(match ending {
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::Jsonl,
            "csv" => Self::Csv,
            "arrow" | "feather" | "ipc" => Self::Arrow,
            "parquet" | "pq" => Self::Parquet,
            _ => return None,
        })
    }
}

/// A format that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    Own(Format),
    /// One that the connector makes, by its name.
    Made(String),
}

/// The formats of a command: the host's own, the default first, and those that the connector makes.
#[derive(Clone, Debug)]
pub(crate) struct Formats {
    own: &'static [Format],
    made: Vec<String>,
}

impl Formats {
    /// The host's own alone.
    pub(crate) fn own(own: &'static [Format]) -> Self {
        Self { own, made: Vec::new() }
    }

    /// Also these of the connector's, where the host has none of the name.
    pub(crate) fn and(mut self, made: Vec<String>) -> Self {
        self.made = made;
        self.made.retain(|name| !self.own.iter().any(|format| format.name() == name));
        self
    }

    fn named(&self, name: &str) -> Option<Choice> {
        let own = self.own.iter().find(|format| format.name() == name).map(|format| Choice::Own(*format));
        own.or_else(|| self.made.iter().find(|made| *made == name).cloned().map(Choice::Made))
    }

    fn of_file(&self, path: &Path) -> Option<Choice> {
        let ending = path.extension()?.to_str()?;
        let own = Format::of_ending(ending).filter(|format| self.own.contains(format)).map(Choice::Own);
        own.or_else(|| self.named(ending))
    }

    /// The flags of the output.
    pub(crate) fn args(&self) -> [Arg; 3] {
        let names: Vec<String> =
            self.own.iter().map(|format| format.name().to_owned()).chain(self.made.iter().cloned()).collect();
        let default = names.first().cloned().unwrap_or_default();
        let formats = self.clone();
        [
            Arg::new("format")
                .long("format")
                .short('f')
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(names).map(move |name| formats.named(&name)))
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
}

/// How and where data is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    choice: Choice,
    pub(super) file: Option<PathBuf>,
    /// Whether a progress bar is wanted.
    pub(crate) progress: bool,
}

impl Target {
    /// What the command line says; without a word of it, the first of the host's own formats.
    pub(crate) fn of(matches: &ArgMatches, formats: &Formats) -> Result<Self> {
        let file = matches.get_one::<PathBuf>("output").cloned();
        let by_file = file.as_deref().and_then(|file| formats.of_file(file));
        let default = Choice::Own(formats.own.first().copied().unwrap_or(Format::Json));
        let choice = matches.get_one::<Option<Choice>>("format").cloned().flatten().or(by_file).unwrap_or(default);
        let target = Self { choice, file, progress: !matches.get_flag("no-progress") };
        match &target.choice {
            Choice::Own(format) if format.is_binary() && target.is_on_screen() => {
                Err(on_screen(&format!("The format {} is binary", format.name())))
            }
            _ => Ok(target),
        }
    }

    /// Whether it is this format.
    pub(crate) fn is(&self, format: Format) -> bool {
        self.choice == Choice::Own(format)
    }

    /// The format that the connector is to make.
    pub(crate) fn made(&self) -> Option<&str> {
        match &self.choice {
            Choice::Own(_) => None,
            Choice::Made(name) => Some(name),
        }
    }

    /// The format's name.
    pub(crate) fn name(&self) -> &str {
        match &self.choice {
            Choice::Own(format) => format.name(),
            Choice::Made(name) => name,
        }
    }

    /// The directory that it names in place of a file.
    pub(crate) fn directory(&self) -> Option<&Path> {
        let file = self.file.as_deref()?;
        (file.is_dir() || file.to_string_lossy().ends_with(std::path::is_separator)).then_some(file)
    }

    /// The same format in another file, or on stdout.
    pub(crate) fn at(&self, file: Option<PathBuf>) -> Self {
        Self { file, ..self.clone() }
    }

    /// Whether a person sees the data as it is written.
    pub(super) fn is_on_screen(&self) -> bool {
        self.file.is_none() && io::stdout().is_terminal()
    }

    /// Refuses to write bytes that are no text where a person would see them.
    pub(super) fn takes_bytes(&self, media_type: &str) -> Result<()> {
        let is_text = media_type.starts_with("text/")
            || ["json", "xml", "sql"].iter().any(|kind| media_type.ends_with(kind) && !media_type.contains("office"));
        if is_text || !self.is_on_screen() {
            return Ok(());
        }
        Err(on_screen(&format!("The result is {}", crate::messages::printable(media_type))))
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
    pub(super) fn takes_value(&self) -> Result<()> {
        if matches!(self.choice, Choice::Own(Format::Table | Format::Tree | Format::Json | Format::Jsonl)) {
            return Ok(());
        }
        let message = format!("The result is one value, which cannot be written as {}", self.name());
        Err(Error::new(ErrorKind::Unsupported, message).advise("Choose --format json"))
    }

    pub(super) fn sink(&self, writer: Writer, schema: &SchemaRef) -> std::result::Result<Box<dyn Sink>, ArrowError> {
        let format = match &self.choice {
            Choice::Own(format) => *format,
            Choice::Made(name) => {
                return Err(ArrowError::NotYetImplemented(format!("the connector has not made {name} of it")));
            }
        };
        Ok(match format {
            Format::Tree | Format::Table => Box::new(table::Table::new(writer, schema, self.is_on_screen())),
            Format::Json => Box::new(json::array(writer)),
            Format::Jsonl => Box::new(json::lines(writer)),
            Format::Csv => Box::new(csv::Csv::new(writer, schema)?),
            Format::Arrow => Box::new(arrow::Arrow::new(writer, schema)?),
            Format::Parquet => Box::new(parquet::Parquet::new(writer, schema)?),
        })
    }
}

fn on_screen(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("{what} and stdout is a terminal"))
        .advise("Write it to a file with --output FILE, or to a pipe")
}

#[cfg(test)]
impl Target {
    /// A target for tests.
    pub(super) fn new(format: Format, file: Option<PathBuf>) -> Self {
        Self { choice: Choice::Own(format), file, progress: false }
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    fn formats() -> Formats {
        Formats::own(Format::ALL).and(["csv", "xlsx", "txt"].map(str::to_owned).into())
    }

    fn target(arguments: &[&str]) -> Target {
        let command = Command::new("x").args(formats().args());
        let matches = command.get_matches_from(std::iter::once(&"x").chain(arguments));
        Target::of(&matches, &formats()).unwrap()
    }

    #[test]
    fn a_value_is_json_and_is_not_written_into_a_file_of_another_format() {
        let target = |format| Target::new(format, None);
        target(Format::Table).takes_value().unwrap();
        target(Format::Json).takes_value().unwrap();
        assert_eq!(target(Format::Parquet).takes_value().unwrap_err().kind, ErrorKind::Unsupported);
    }

    #[test]
    fn the_ending_of_a_file_says_its_format_and_a_flag_says_it_better() {
        assert!(target(&["--output", "a.csv"]).is(Format::Csv), "the host's own, although the connector makes one");
        assert!(target(&["--output", "a.parquet"]).is(Format::Parquet));
        assert!(target(&["--output", "a.pq"]).is(Format::Parquet));
        assert!(["a.arrow", "a.feather", "a.ipc"].iter().all(|file| target(&["--output", file]).is(Format::Arrow)));
        assert_eq!(target(&["--output", "a.xlsx"]).made(), Some("xlsx"));
        assert!(target(&["--output", "a.unknown"]).is(Format::Table));
        assert_eq!(target(&["--output", "a.csv", "--format", "txt"]).made(), Some("txt"));
    }

    #[test]
    fn a_directory_is_one_that_is_there_or_ends_like_one() {
        let dir = tempfile::tempdir().unwrap();
        assert!(target(&["--output", dir.path().to_str().unwrap()]).directory().is_some());
        assert!(target(&["--output", "no/such/"]).directory().is_some());
        assert!(target(&["--output", "no/such"]).directory().is_none());
    }
}
