//! Strings, copied while they are looked at.

use crate::result::simd::{BLOCK, Simd};

/// Copies the string whose first byte behind its quotation mark stands at `at` to `out`, from `used` on, without its escapes.
/// Returns where the copy ends, and where the string ends behind its last quotation mark. What is in `out` beyond the copy
/// means nothing.
#[inline(always)]
pub(crate) fn text<S: Simd>(input: &[u8], mut at: usize, out: &mut Vec<u8>, mut used: usize) -> Option<(usize, usize)> {
    loop {
        let rest = input.get(at..)?;
        let block = match rest.first_chunk::<BLOCK>() {
            Some(block) => *block,
            None => pad(rest),
        };
        let space = match out.get_mut(used..).and_then(|space| space.first_chunk_mut::<BLOCK>()) {
            Some(space) => space,
            None => widen(out, used)?,
        };
        *space = block;
        let stops = S::stops(&block);
        let step = (stops.trailing_zeros() as usize).min(BLOCK);
        at += step;
        used += step;
        if step == BLOCK {
            continue;
        }
        match block.get(step)? {
            b'"' => return Some((used, at + 1)),
            b'\\' => (used, at) = escape(input, at, out, used)?,
            // Also the end of the bytes, which a zero stands for.
            _ => return None,
        }
    }
}

/// Where a string ends, behind its last quotation mark; it is neither copied nor checked beyond that.
#[inline(always)]
pub(crate) fn skip<S: Simd>(input: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = input.get(at..)?;
        let block = match rest.first_chunk::<BLOCK>() {
            Some(block) => *block,
            None => pad(rest),
        };
        let stops = S::stops(&block);
        let step = stops.trailing_zeros() as usize;
        if stops == 0 {
            at += BLOCK;
            continue;
        }
        at += step;
        match block.get(step)? {
            b'"' => return Some(at + 1),
            b'\\' if input.get(at + 1).is_some() => at += 2,
            _ => return None,
        }
    }
}

/// The last bytes, with zeros behind them.
#[cold]
fn pad(rest: &[u8]) -> [u8; BLOCK] {
    let mut padded = [0; BLOCK];
    for (space, byte) in padded.iter_mut().zip(rest) {
        *space = *byte;
    }
    padded
}

/// Makes room for more.
#[cold]
fn widen(out: &mut Vec<u8>, used: usize) -> Option<&mut [u8; BLOCK]> {
    out.resize((out.len() * 2).max(used + 64 * BLOCK), 0);
    out.get_mut(used..)?.first_chunk_mut()
}

/// Writes what an escape means. There is room for it: a block was written here before.
#[inline(always)]
fn escape(input: &[u8], at: usize, out: &mut [u8], used: usize) -> Option<(usize, usize)> {
    let byte = match *input.get(at + 1)? {
        byte @ (b'"' | b'\\' | b'/') => byte,
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        b'u' => return unicode(input, at, out, used),
        _ => return None,
    };
    *out.get_mut(used)? = byte;
    Some((used + 1, at + 2))
}

/// `\uXXXX`, or two of them for a character beyond 16 bits.
#[inline(never)]
fn unicode(input: &[u8], at: usize, out: &mut [u8], used: usize) -> Option<(usize, usize)> {
    let unit = |at: usize| {
        let Some([b'\\', b'u', digits @ ..]) = input.get(at..at + 6) else { return None };
        digits.iter().try_fold(0, |value, &digit| Some(value * 16 + char::from(digit).to_digit(16)?))
    };
    let first = unit(at)?;
    let (code, end) = match first {
        0xd800..=0xdbff => match unit(at + 6)? {
            second @ 0xdc00..=0xdfff => (0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00), at + 12),
            _ => return None,
        },
        _ => (first, at + 6),
    };
    let written = char::from_u32(code)?.encode_utf8(out.get_mut(used..)?.first_chunk_mut::<4>()?).len();
    Some((used + written, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::result::simd::{Level, Work};

    struct Read<'a>(&'a [u8]);

    impl Work for Read<'_> {
        type Done = (Option<(String, usize)>, Option<usize>);

        #[inline(always)]
        fn with<S: Simd>(self) -> Self::Done {
            let mut out = b"before".to_vec();
            let read = text::<S>(self.0, 1, &mut out, 6);
            let read = read.map(|(used, end)| (String::from_utf8(out[6..used].to_vec()).unwrap(), end));
            (read, skip::<S>(self.0, 1))
        }
    }

    #[test]
    fn every_escape_is_what_json_says_and_wrong_ones_are_refused() {
        for level in Level::all() {
            for (json, expected) in [
                (r#""\"\\\/\b\f\n\r\t""#, Some("\"\\/\u{8}\u{c}\n\r\t")),
                (r#""\u00e4\u20AC\ud83d\ude00\u0000""#, Some("ä€😀\0")),
                (r#""\ud83d""#, None),
                (r#""\ud83dx""#, None),
                (r#""\ude00""#, None),
                (r#""\u12g4""#, None),
                (r#""\x""#, None),
                ("\"a\nb\"", None),
                ("\"open", None),
                ("\"open\\", None),
            ] {
                let (read, _) = level.run(Read(json.as_bytes()));
                assert_eq!(read, expected.map(|text| (text.to_owned(), json.len())), "{level:?} {json}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_serde_json_wrote_it(text in "(\\PC|[\"\\\\\\n\\u{1}]){0,100}", rest in "[ ,}a]{0,40}") {
            let json = serde_json::to_string(&text).unwrap();
            let input = format!("{json}{rest}");
            for level in Level::all() {
                let (read, end) = level.run(Read(input.as_bytes()));
                prop_assert_eq!(read, Some((text.clone(), json.len())));
                prop_assert_eq!(end, Some(json.len()));
                for cut in 0..json.len() {
                    prop_assert_eq!(level.run(Read(&input.as_bytes()[..cut])), (None, None));
                }
            }
        }
    }
}
