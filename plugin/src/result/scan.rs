//! Cutting a streamed JSON object into its members, and the array `rows` in it into elements, as the bytes arrive.
//!
//! Nothing is parsed here: it only knows where values begin and end, so a value is looked at by a JSON parser once it
//! is whole. What is cut out stays in the buffer until it has been used.

use std::ops::Range;

use memchr::memchr2;

/// What has been found next. Ranges are of the scanner's buffer and valid until its next call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A member of the object other than `rows`: its key (with quotes) and value.
    Member { key: Range<usize>, value: Range<usize> },
    /// An element of `rows`.
    Row(Range<usize>),
    /// The array `rows` is closed.
    RowsEnd,
    /// The object is closed.
    End,
    /// More bytes are needed.
    NeedMore,
    /// The text is not such an object; it stays unusable from here on.
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
    /// Before the first row, or the end of no rows.
    FirstRow,
    /// Before a further row.
    Row,
    /// After a row: a comma or the end.
    AfterRow,
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
pub(super) struct Scanner {
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
    max_value: usize,
}

impl Scanner {
    /// A scanner that refuses single values of more bytes than this: a buffer without bound is a hostile server's gift.
    pub(super) fn new(max_value: usize) -> Self {
        Self { buffer: Vec::new(), used: 0, at: 0, place: Place::Start, key: 0..0, value: None, max_value }
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

    /// The bytes of a range that was found.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// What is left in the buffer: the evidence when the text is broken or ends early.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Whether the object is closed.
    pub(super) fn is_at_end(&self) -> bool {
        self.place == Place::End
    }

    /// Whether more bytes are held than one value may have.
    pub(super) fn is_too_large(&self) -> bool {
        self.buffer.len() - self.used > self.max_value
    }

    /// Finds the next thing.
    pub(super) fn next(&mut self) -> Found {
        loop {
            if self.value.is_some() {
                let Some(value) = self.scan_value() else { return Found::NeedMore };
                match self.place {
                    Place::Key => {
                        self.key = value;
                        self.place = Place::Colon;
                        continue;
                    }
                    Place::Row => {
                        self.place = Place::AfterRow;
                        self.used = value.end;
                        return Found::Row(value);
                    }
                    _ => {
                        self.place = Place::AfterValue;
                        self.used = value.end;
                        return Found::Member { key: self.key.clone(), value };
                    }
                }
            }
            let Some(byte) = self.skip_space() else { return Found::NeedMore };
            match (self.place, byte) {
                (Place::Start, b'{') | (Place::AfterValue, b',') => self.step(Place::Key),
                (Place::Key | Place::AfterValue, b'}') => {
                    self.step(Place::End);
                    self.used = self.at;
                    return Found::End;
                }
                (Place::Colon, b':') => self.step(Place::Value),
                (Place::Value, b'[') if self.bytes(self.key.clone()) == b"\"rows\"" => {
                    self.step(Place::FirstRow);
                    self.used = self.at;
                }
                (Place::Key, b'"') | (Place::Value, _) => self.value = Some((self.at, Inside::default())),
                (Place::FirstRow | Place::AfterRow, b']') => {
                    self.step(Place::AfterValue);
                    self.used = self.at;
                    return Found::RowsEnd;
                }
                (Place::FirstRow | Place::Row, b'{' | b'[' | b'"') => {
                    self.place = Place::Row;
                    self.value = Some((self.at, Inside::default()));
                }
                (Place::AfterRow, b',') => self.step(Place::Row),
                _ => {
                    self.place = Place::Broken;
                    return Found::Broken;
                }
            }
        }
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

    /// All that is found, as text, when the bytes come in pieces of this size.
    fn scan(text: &str, piece: usize) -> Vec<String> {
        let mut scanner = Scanner::new(1 << 20);
        let mut found = Vec::new();
        for bytes in text.as_bytes().chunks(piece) {
            scanner.feed(bytes);
            loop {
                found.push(match scanner.next() {
                    Found::NeedMore => break,
                    Found::Member { key, value } => format!("{}={}", text_of(&scanner, key), text_of(&scanner, value)),
                    Found::Row(row) => text_of(&scanner, row),
                    Found::RowsEnd => "rows end".to_owned(),
                    Found::End => "end".to_owned(),
                    Found::Broken => {
                        found.push("broken".to_owned());
                        return found;
                    }
                });
            }
        }
        found
    }

    fn text_of(scanner: &Scanner, range: Range<usize>) -> String {
        String::from_utf8_lossy(scanner.bytes(range)).into_owned()
    }

    const BODY: &str = r#" {"metadata":{"a":[1,{"b":"}]"}]},"n":12.5 , "s":"x\\\"y","rows":[ {"v":{"value":"a\\"}},
        {"v":{"value":"]},{\"é"}} ],"t":null}"#;

    #[test]
    fn members_and_rows_are_cut_at_their_ends_however_the_bytes_arrive() {
        let expected = [
            r#""metadata"={"a":[1,{"b":"}]"}]}"#,
            r#""n"=12.5"#,
            r#""s"="x\\\"y""#,
            r#"{"v":{"value":"a\\"}}"#,
            r#"{"v":{"value":"]},{\"é"}}"#,
            "rows end",
            r#""t"=null"#,
            "end",
        ];
        for piece in 1..BODY.len() {
            assert_eq!(scan(BODY, piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn text_after_rows_is_broken_and_stays_at_hand() {
        let mut scanner = Scanner::new(1 << 20);
        scanner.feed(br#"{"rows":[{"a":1},SQL Error: gone"#);
        assert!(matches!(scanner.next(), Found::Row(_)));
        assert_eq!(scanner.next(), Found::Broken);
        assert!(String::from_utf8_lossy(scanner.rest()).contains("SQL Error: gone"));
    }

    #[test]
    fn what_is_no_object_is_broken_at_once() {
        for text in ["[1]", "<html>", "oops"] {
            assert_eq!(scan(text, 3), ["broken"], "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_json_object_is_cut_as_a_json_parser_would(rows in prop::collection::vec(any_value(), 0..6), piece in 1usize..40) {
            let rows: Vec<serde_json::Value> = rows.into_iter().map(|v| serde_json::json!({ "v": v })).collect();
            let body = serde_json::json!({ "metadata": { "x": 1 }, "rows": rows }).to_string();
            let mut expected = vec![r#""metadata"={"x":1}"#.to_owned()];
            expected.extend(rows.iter().map(ToString::to_string));
            expected.extend(["rows end".to_owned(), "end".to_owned()]);
            prop_assert_eq!(scan(&body, piece), expected);
        }

        #[test]
        fn any_bytes_are_scanned_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), piece in 1usize..20) {
            let mut scanner = Scanner::new(1 << 20);
            for bytes in bytes.chunks(piece) {
                scanner.feed(bytes);
                for _ in 0..300 {
                    if matches!(scanner.next(), Found::NeedMore | Found::Broken) { break }
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
