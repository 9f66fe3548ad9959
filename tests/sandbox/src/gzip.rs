//! Answers compressed on their way out: each piece leaves as it comes.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body::Frame;

/// Whether a client takes gzip.
pub(crate) fn is_offered(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_some_and(|weight| weight > 0.0)
    })
}

/// Compresses the body of an answer, if it has one.
pub(crate) fn compress(answer: Response) -> Response {
    if answer.body().is_end_stream() {
        return answer;
    }
    let (mut head, inner) = answer.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    Response::from_parts(head, Body::new(Gzip { inner, encoder: Some(encoder) }))
}

struct Gzip {
    inner: Body,
    /// None once the end has been written.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Gzip {
    fn piece(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let Some(encoder) = &mut self.encoder else { return Ok(Vec::new()) };
        encoder.write_all(bytes)?;
        // A client shows rows as they come, so none may wait inside.
        encoder.flush()?;
        Ok(std::mem::take(encoder.get_mut()))
    }
}

impl HttpBody for Gzip {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let compressed = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            Some(Ok(frame)) => self.piece(&frame.into_data().unwrap_or_default()),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => match self.encoder.take() {
                Some(encoder) => encoder.finish(),
                None => return Poll::Ready(None),
            },
        };
        Poll::Ready(Some(compressed.map(|piece| Frame::data(piece.into())).map_err(axum::Error::new)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_offered_by_its_name_unless_its_weight_is_nothing() {
        let offered =
            |value: &str| is_offered(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())]));
        for value in ["gzip", "deflate, GZIP;q=0.5, br", "br;q=1.0,gzip; q=0.1"] {
            assert!(offered(value), "{value}");
        }
        for value in ["", "br", "gzip;q=0", "gzip;q=0.0, identity", "xgzip"] {
            assert!(!offered(value), "{value}");
        }
    }
}
