//! What Looker itself makes of a result, handed through as it arrives.

use std::sync::Arc;

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde_json::{Map, Value};

use super::formats::Made;
use super::kill::Running;
use crate::handed::{Handed, Watching};
use crate::http::Response;
use crate::operation::Control;
use crate::runtime::block_on;
use looker_result::failure_in_text;
use looker_words::{EVIDENCE_BYTES, excerpt};

/// The key of Looker's error rows, which is also the header of a table that is one.
const ERROR_KEY: &str = "looker_error";

/// How Looker begins what a database says.
const DATABASE_WORDS: &str = "SQL Error";

/// Bytes of the beginning in which a failure is looked for.
const BEGINNING: usize = 4_096;

/// Looks at the beginning of the body, so that a failed query is an error and not a file.
pub(super) fn begin(
    mut response: Response,
    made: &'static Made,
    facts: Map<String, Value>,
    control: &Arc<Control>,
    mut running: Option<Running>,
) -> Result<Outcome> {
    let looked = block_on(control.run(async {
        let beginning = response.peek().await?.to_vec();
        let beginning = beginning.get(..BEGINNING).unwrap_or(&beginning);
        failed(made, &response, beginning).map_or(Ok(()), Err)
    }));
    looked.inspect_err(|error| running.iter_mut().for_each(|running| running.has_failed(error)))?;
    let watching = running.map(|running| Box::new(running) as Box<dyn Watching>);
    Ok(Handed::outcome(response, made.media_type.to_owned(), facts, control, watching))
}

/// The failure that the beginning of a body tells of: a page, words in the place of what is no text, or rows of a table
/// whose only column is that of an error.
fn failed(made: &Made, response: &Response, bytes: &[u8]) -> Option<Error> {
    let call = &response.call;
    let beginning = String::from_utf8_lossy(bytes);
    if made.name != "html" && is_page(&beginning) {
        return Some(
            call.error(ErrorKind::Protocol, format!("An HTML page came instead of Looker's {}", made.name))
                .advise("Check what stands between here and Looker: a login page, a proxy, maintenance")
                .body(excerpt(&beginning, EVIDENCE_BYTES)),
        );
    }
    // What is no image has words in its place, whatever it is declared to be.
    let is_foreign = !bytes.starts_with(made.magic) && (bytes.is_empty() || !made.magic.starts_with(bytes));
    let words = if is_foreign { Some(beginning.into_owned()) } else { words(made, &beginning) };
    words.map(|words| failure_in_text(&words).request(call.line()).with("http_status", 200))
}

fn is_page(beginning: &str) -> bool {
    let beginning = beginning.trim_start().get(..9).unwrap_or_default().to_lowercase();
    beginning.starts_with("<!doctype") || beginning.starts_with("<html")
}

/// The words of a failure in a text.
fn words(made: &Made, beginning: &str) -> Option<String> {
    if !made.is_text() {
        return None;
    }
    let text = match made.name {
        // The cells alone: the first is the header of the first column.
        "html" => cells(beginning)?,
        "md" => {
            let lines = beginning.lines().filter(|line| line.contains(|c: char| c.is_alphanumeric()));
            lines.map(|line| line.trim_matches(['|', ' '])).collect::<Vec<_>>().join("\n")
        }
        _ => beginning.to_owned(),
    };
    let text = text.trim_start();
    if text.starts_with(DATABASE_WORDS) {
        return Some(text.trim().to_owned());
    }
    let rest = text.strip_prefix('"').unwrap_or(text).strip_prefix(ERROR_KEY)?;
    // A longer name is a label of somebody's.
    rest.starts_with(|c: char| c.is_whitespace() || c == '"')
        .then(|| format!("{ERROR_KEY} {}", rest.trim_start_matches('"').trim()))
}

/// The texts of a table's cells, each on a line.
fn cells(html: &str) -> Option<String> {
    let at = html.find("<th")?;
    let mut text = String::new();
    for part in html.get(at..)?.split('<') {
        if let Some((_, inside)) = part.split_once('>')
            && !inside.trim().is_empty()
        {
            text.push_str(inside.trim());
            text.push('\n');
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_found_in_each_format_that_has_a_place_for_it_and_data_is_not_taken_for_one() {
        for (name, body) in [
            ("txt", "SQL Error: no such table\n"),
            ("txt", "looker_error\nSQL Error: no such table\n"),
            ("md", "| looker_error |\n|---|\n| SQL Error: no such table |\n"),
            (
                "html",
                "<style>th{}</style><table><tr><th>looker_error</th></tr><tr><td>SQL Error: no such table</td></tr>",
            ),
        ] {
            let made = Made::find(name).unwrap();
            let words = words(made, body).unwrap_or_else(|| panic!("{name}"));
            assert!(words.contains("SQL Error: no such table"), "{name}: {words}");
        }
        for (name, body) in [
            ("txt", "Looker Error\tCount\n"),
            ("txt", "looker_errors\n1\n"),
            ("txt", "Count\nlooker_error\n"),
            ("xlsx", "looker_error\n"),
        ] {
            assert!(!is_page(body));
            assert_eq!(words(Made::find(name).unwrap(), body), None, "{body}");
        }
    }
}
