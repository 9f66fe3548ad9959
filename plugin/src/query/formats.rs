//! What Looker is asked to make of a result: one table of its formats.

use connector_interface::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use looker_result::Wire;

/// The form in which a result is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(
    with = "&str",
    extend("enum" = ["rows", "txt", "md", "html", "xlsx", "sql", "png", "jpg", "gsxml", "pdf"]),
    inline
)]
pub(crate) enum Format {
    /// Arrow record batches.
    #[default]
    Rows,
    Txt,
    Md,
    Html,
    Xlsx,
    /// The SQL that Looker makes, which is not run.
    Sql,
    Png,
    Jpg,
    Gsxml,
    Pdf,
}

/// What rows are sent as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(
    with = "&str",
    extend("enum" = ["json_bi", "json", "json_detail", "json_detail_lite_stream", "csv"]),
    inline
)]
pub(crate) enum WireFormat {
    #[default]
    JsonBi,
    Json,
    JsonDetail,
    /// As `json_detail`, with next to nothing said of the result.
    JsonDetailLiteStream,
    Csv,
}

/// What Looker makes of a result, by its own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) name: &'static str,
    /// What it is, in the words of the IANA.
    pub(super) media_type: &'static str,
    /// What its bytes begin with, where that is the same for all.
    pub(super) magic: &'static [u8],
    /// How rows are read from it; none for what is handed through.
    pub(super) wire: Option<Wire>,
    /// Whether Looker can write it row by row. Source: vendor pages on unlimited results; `json_bi` is in none of them.
    pub(super) streams: bool,
    /// Whether a failed query is a file like any other, which only a task tells apart.
    pub(super) hides_failures: bool,
    /// Whether a query task can make it. Source: `CreateQueryTask` of the specification.
    pub(super) by_task: bool,
}

const fn made(name: &'static str, media_type: &'static str) -> Made {
    Made { name, media_type, magic: b"", wire: None, streams: true, hides_failures: false, by_task: true }
}

const fn rows(name: &'static str, media_type: &'static str, wire: Wire) -> Made {
    Made { wire: Some(wire), ..made(name, media_type) }
}

const fn image(name: &'static str, media_type: &'static str, magic: &'static [u8]) -> Made {
    Made { magic, streams: false, by_task: false, ..made(name, media_type) }
}

const SPREADSHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

static FORMATS: &[Made] = &[
    rows("json_bi", "application/json", Wire::JsonBi),
    rows("json", "application/json", Wire::Json),
    Made { streams: false, ..rows("json_detail", "application/json", Wire::JsonDetail) },
    Made { by_task: false, ..rows("json_detail_lite_stream", "application/json", Wire::JsonDetail) },
    rows("csv", "text/csv", Wire::Csv),
    made("txt", "text/tab-separated-values"),
    made("md", "text/markdown"),
    made("html", "text/html"),
    Made { magic: b"PK", hides_failures: true, ..made("xlsx", SPREADSHEET) },
    made("sql", "application/sql"),
    Made { hides_failures: true, ..made("gsxml", "application/xml") },
    image("png", "image/png", b"\x89PNG"),
    image("jpg", "image/jpeg", b"\xff\xd8"),
    image("pdf", "application/pdf", b"%PDF"),
];

impl Made {
    /// The format that Looker calls so.
    pub(super) fn find(name: &str) -> Result<&'static Self> {
        FORMATS.iter().find(|made| made.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, format!("The connector does not read the result format `{name}`"))
                .advise("Run the query again with one of the formats that the request's schema lists")
        })
    }

    /// Whether it is an image of a visualisation, or of a page.
    pub(super) fn is_image(&self) -> bool {
        self.media_type.starts_with("image/") || self.name == "pdf"
    }

    /// Whether a failure of the query may stand in it as text.
    pub(super) fn is_text(&self) -> bool {
        self.media_type.starts_with("text/")
    }
}

/// What is to be made, by what a request says.
pub(super) fn wanted(format: Format, wire: WireFormat) -> Result<&'static Made> {
    Made::find(match (format, wire) {
        (Format::Rows, WireFormat::JsonBi) => "json_bi",
        (Format::Rows, WireFormat::Json) => "json",
        (Format::Rows, WireFormat::JsonDetail) => "json_detail",
        (Format::Rows, WireFormat::JsonDetailLiteStream) => "json_detail_lite_stream",
        (Format::Rows, WireFormat::Csv) => "csv",
        (Format::Txt, _) => "txt",
        (Format::Md, _) => "md",
        (Format::Html, _) => "html",
        (Format::Xlsx, _) => "xlsx",
        (Format::Sql, _) => "sql",
        (Format::Png, _) => "png",
        (Format::Jpg, _) => "jpg",
        (Format::Gsxml, _) => "gsxml",
        (Format::Pdf, _) => "pdf",
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn names<T: JsonSchema>() -> Vec<Value> {
        let schema = schemars::SchemaGenerator::default().into_root_schema_for::<T>().to_value();
        schema["enum"].as_array().unwrap().clone()
    }

    #[test]
    fn every_name_of_the_schema_is_a_format_of_lookers() {
        for name in names::<Format>() {
            let format: Format = serde_json::from_value(name.clone()).unwrap();
            let made = wanted(format, WireFormat::default()).unwrap();
            assert_eq!(json!(if made.wire.is_some() { "rows" } else { made.name }), name);
        }
        for name in names::<WireFormat>() {
            let wire: WireFormat = serde_json::from_value(name.clone()).unwrap();
            assert_eq!(json!(wanted(Format::Rows, wire).unwrap().name), name);
        }
    }

    #[test]
    fn a_format_of_another_client_is_refused_by_name() {
        let error = Made::find("odc").unwrap_err();
        assert!(error.kind == ErrorKind::Unsupported && error.message.contains("`odc`"), "{error}");
        assert_eq!(Made::find("JSON_BI").unwrap().wire, Some(Wire::JsonBi));
    }
}
