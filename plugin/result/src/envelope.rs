//! What stands around the rows of a body: cutting the object into its members as the bytes arrive, and finding the array of
//! the rows. The rows themselves are read by others, who give back what they did not use.
//!
//! Nothing is parsed here: it only knows where values begin and end, so a value is looked at by a JSON parser once it
//! is whole. What is cut out stays in the buffer until it has been used.

use std::ops::Range;

use memchr::memchr2;

/// What has been found next. Ranges are of the envelope's buffer and valid until its next call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A member of the object: its key (with quotes) and value.
    Member { key: Range<usize>, value: Range<usize> },
    /// The array of the rows: it begins behind the bytes that are used up.
    Rows,
    /// The body's JSON is closed.
    End,
    /// More bytes are needed.
    NeedMore,
    /// The text is not such JSON; it stays unusable from here on.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    /// Before a key, or the end of the object.
    Key,
    Colon,
    Value,
    /// After a member: a comma or the end.
    AfterValue,
    /// Others read the rows.
    InRows,
    End,
    Broken,
}

/// Where inside a value the scan was interrupted.
#[derive(Clone, Copy, Debug, Default)]
struct Inside {
    depth: usize,
    in_string: bool,
    is_scalar: bool,
}

#[derive(Debug)]
pub(super) struct Envelope {
    /// The key of the rows, with quotes; without one the body is the array of the rows.
    rows: Option<&'static [u8]>,
    buffer: Vec<u8>,
    /// Up to here everything is done with.
    used: usize,
    /// Up to here everything is scanned.
    at: usize,
    place: Place,
    /// The last key, with quotes.
    key: Range<usize>,
    /// The value that is being scanned: its start and where the scan stands inside.
    value: Option<(usize, Inside)>,
}

impl Envelope {
    /// An object with the rows under a key, given with its quotes; or no object but the rows alone.
    pub(super) fn new(rows: Option<&'static [u8]>) -> Self {
        Self { rows, buffer: Vec::new(), used: 0, at: 0, place: Place::Start, key: 0..0, value: None }
    }

    /// Adds bytes. What was used before is given up first.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.used > 0 {
            self.buffer.drain(..self.used);
            self.at -= self.used;
            self.key = self.key.start.saturating_sub(self.used)..self.key.end.saturating_sub(self.used);
            if let Some((start, _)) = &mut self.value {
                *start -= self.used;
            }
            self.used = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Hands the bytes over that come behind the beginning of the rows.
    pub(super) fn take_rest(&mut self) -> Vec<u8> {
        let rest = self.buffer.split_off(self.used);
        self.buffer = Vec::new();
        (self.used, self.at) = (0, 0);
        rest
    }

    /// Goes on behind the rows.
    pub(super) fn rows_ended(&mut self) {
        self.place = if self.rows.is_some() { Place::AfterValue } else { Place::End };
    }

    /// The bytes of a range that was found.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// What is left in the buffer: the evidence when the text is broken or ends early.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Whether the body's JSON is closed.
    pub(super) fn is_at_end(&self) -> bool {
        self.place == Place::End
    }

    /// The bytes that are held.
    pub(super) fn len(&self) -> usize {
        self.buffer.len() - self.used
    }

    /// Finds the next thing.
    pub(super) fn next(&mut self) -> Found {
        loop {
            if self.value.is_some() {
                let Some(value) = self.scan_value() else { return Found::NeedMore };
                if self.place == Place::Key {
                    self.key = value;
                    self.place = Place::Colon;
                    continue;
                }
                self.place = Place::AfterValue;
                self.used = value.end;
                return Found::Member { key: self.key.clone(), value };
            }
            let Some(byte) = self.skip_space() else { return Found::NeedMore };
            match (self.place, byte) {
                (Place::Start, b'{') if self.rows.is_some() => self.step(Place::Key),
                (Place::AfterValue, b',') => self.step(Place::Key),
                (Place::Key | Place::AfterValue, b'}') => {
                    self.step(Place::End);
                    self.used = self.at;
                    return Found::End;
                }
                (Place::Colon, b':') => self.step(Place::Value),
                (Place::Start, b'[') if self.rows.is_none() => return self.begin_rows(),
                (Place::Value, b'[') if self.rows == Some(self.bytes(self.key.clone())) => return self.begin_rows(),
                (Place::Key, b'"') | (Place::Value, _) => self.value = Some((self.at, Inside::default())),
                _ => {
                    self.place = Place::Broken;
                    return Found::Broken;
                }
            }
        }
    }

    fn begin_rows(&mut self) -> Found {
        self.step(Place::InRows);
        self.used = self.at;
        Found::Rows
    }

    fn step(&mut self, place: Place) {
        self.at += 1;
        self.place = place;
    }

    /// Moves to the next byte that is no space and returns it.
    fn skip_space(&mut self) -> Option<u8> {
        let rest = self.buffer.get(self.at..)?;
        let skipped = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
        self.at += skipped;
        rest.get(skipped).copied()
    }

    /// Goes on to the end of the value that was begun; `None` when it has not arrived yet.
    fn scan_value(&mut self) -> Option<Range<usize>> {
        let (_, inside) = self.value.as_mut()?;
        let text = &self.buffer;
        while let Some(&byte) = text.get(self.at) {
            if inside.in_string {
                let rest = text.get(self.at..).unwrap_or_default();
                match memchr2(b'"', b'\\', rest) {
                    None => {
                        self.at = text.len();
                        return None;
                    }
                    Some(skip) if rest.get(skip) == Some(&b'\\') => {
                        if skip + 1 >= rest.len() {
                            // The escaped byte has not arrived: come back to the backslash.
                            self.at += skip;
                            return None;
                        }
                        self.at += skip + 2;
                    }
                    Some(skip) => {
                        self.at += skip + 1;
                        inside.in_string = false;
                        if inside.depth == 0 {
                            return Self::whole(&mut self.value, self.at);
                        }
                    }
                }
                continue;
            }
            match byte {
                b'"' => inside.in_string = true,
                b'{' | b'[' => inside.depth += 1,
                b'}' | b']' if inside.depth == 0 => return Self::whole(&mut self.value, self.at),
                b'}' | b']' => {
                    inside.depth -= 1;
                    if inside.depth == 0 {
                        self.at += 1;
                        return Self::whole(&mut self.value, self.at);
                    }
                }
                b',' | b' ' | b'\n' | b'\r' | b'\t' if inside.depth == 0 && inside.is_scalar => {
                    return Self::whole(&mut self.value, self.at);
                }
                _ => inside.is_scalar = true,
            }
            self.at += 1;
        }
        None
    }

    fn whole(value: &mut Option<(usize, Inside)>, end: usize) -> Option<Range<usize>> {
        value.take().map(|(start, _)| start..end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All that is found, as text, when the bytes come in pieces of this size; the rows end at a semicolon.
    fn scan(text: &str, piece: usize) -> Vec<String> {
        let mut envelope = Envelope::new(Some(b"\"rows\""));
        let mut found = Vec::new();
        let mut in_rows = false;
        for bytes in text.as_bytes().chunks(piece) {
            let mut bytes = bytes.to_vec();
            loop {
                if in_rows {
                    let Some(end) = bytes.iter().position(|&byte| byte == b';') else { break };
                    bytes.drain(..=end);
                    in_rows = false;
                    envelope.rows_ended();
                }
                envelope.feed(&std::mem::take(&mut bytes));
                match envelope.next() {
                    Found::NeedMore => break,
                    Found::Member { key, value } => {
                        found.push(format!("{}={}", text_of(&envelope, key), text_of(&envelope, value)));
                    }
                    Found::Rows => {
                        found.push("rows".to_owned());
                        bytes = envelope.take_rest();
                        in_rows = true;
                    }
                    Found::End => found.push("end".to_owned()),
                    Found::Broken => {
                        found.push("broken".to_owned());
                        return found;
                    }
                }
            }
        }
        found
    }

    fn text_of(envelope: &Envelope, range: Range<usize>) -> String {
        String::from_utf8_lossy(envelope.bytes(range)).into_owned()
    }

    #[test]
    fn members_are_cut_at_their_ends_and_the_rows_found_however_the_bytes_arrive() {
        let body =
            r#" {"metadata":{"a":[1,{"b":"}]"}],"rows":[1]},"n":12.5 , "s":"x\\\"y","rows":[ any bytes ;,"t":null}"#;
        let expected = [
            r#""metadata"={"a":[1,{"b":"}]"}],"rows":[1]}"#,
            r#""n"=12.5"#,
            r#""s"="x\\\"y""#,
            "rows",
            r#""t"=null"#,
            "end",
        ];
        for piece in 1..body.len() {
            assert_eq!(scan(body, piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn rows_that_are_no_array_are_a_member() {
        assert_eq!(scan(r#"{"rows":null}"#, 3), [r#""rows"=null"#, "end"]);
    }

    #[test]
    fn what_is_no_object_is_broken_at_once() {
        for text in ["[1]", "<html>", "oops"] {
            assert_eq!(scan(text, 3), ["broken"], "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_json_object_is_cut_as_a_json_parser_would(members in prop::collection::vec(any_value(), 0..6), piece in 1usize..40) {
            let members: Vec<_> = members.into_iter().enumerate().map(|(at, value)| (format!("m{at}"), value)).collect();
            let body = serde_json::Value::Object(members.iter().cloned().collect()).to_string();
            let mut expected: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\"={value}")).collect();
            expected.push("end".to_owned());
            prop_assert_eq!(scan(&body, piece), expected);
        }

        #[test]
        fn any_bytes_are_scanned_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), piece in 1usize..20) {
            let mut envelope = Envelope::new(None);
            for bytes in bytes.chunks(piece) {
                envelope.feed(bytes);
                for _ in 0..300 {
                    if matches!(envelope.next(), Found::NeedMore | Found::Broken) { break }
                }
            }
        }
    }

    fn any_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::hash_map(".{0,5}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
