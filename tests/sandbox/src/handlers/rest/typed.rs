//! Answers of the type that the table gives an operation, for those that nothing else answers.

use std::io::Cursor;

use axum::http::StatusCode;
use axum::response::Response;
use image::{DynamicImage, ImageFormat};
use looker_operations::{Answer, Operation};
use serde_json::Value;

use crate::dispatch::Call;
use crate::errors::{Failure, json_response, no_content, typed_response};
use crate::lists;
use crate::typed::sample::{self, Known};
use crate::typed::{answer_of, answered, object_of};

/// Answers with what the table allows.
pub(crate) fn answer(call: &Call, facts: &'static Operation) -> Result<Response, Failure> {
    match answer_of(facts) {
        Some(Answer::Json(_, wanted)) => {
            let body = &call.content.body;
            let given = facts.body.as_ref().and_then(|body| object_of(&body.value));
            match sample::answer(wanted, Known { body, given, path: &call.path, own: own(call, facts) }) {
                Value::Array(elements) => lists::answer(call, &elements, Value::clone),
                value => call.answer(value),
            }
        }
        Some(Answer::Bytes(_, media)) => Ok(bytes(call, media)),
        Some(Answer::Empty(200)) => Ok(json_response(StatusCode::OK, &Value::Null)),
        Some(Answer::Empty(_)) | None => Ok(no_content()),
    }
}

/// The id in the path of what is answered with: it stands last, or is called as the type of the answer is.
fn own<'a>(call: &'a Call, facts: &Operation) -> Option<&'a str> {
    if facts.path.ends_with('}') {
        return call.path.last().map(|(_, value)| value.as_str());
    }
    let key = format!("{}_id", answered(facts)?.name.to_lowercase());
    call.path.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
}

/// Bytes of the media type that is asked for, or of the first.
fn bytes(call: &Call, media: &'static [String]) -> Response {
    let asked = call.parameter("format").and_then(|format| media.iter().find(|known| known.contains(format)));
    let media = asked.or(media.first()).map_or("text/plain", String::as_str);
    let body = match media {
        "image/svg+xml" => {
            br#"<?xml version="1.0" encoding="UTF-8"?><svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"><rect width="1" height="1"/></svg>"#
                .to_vec()
        }
        "image/png" => picture(ImageFormat::Png),
        "image/jpeg" => picture(ImageFormat::Jpeg),
        _ => format!("{} of the sandbox\n", call.operation.id).into_bytes(),
    };
    typed_response(StatusCode::OK, media, body)
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    // Writing to memory does not fail; if it did, the picture would be empty.
    let _ = DynamicImage::new_rgb8(2, 1).write_to(&mut bytes, format);
    bytes.into_inner()
}
