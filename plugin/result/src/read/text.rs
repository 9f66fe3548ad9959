//! Strings, copied while they are looked at.

use crate::simd::{BLOCK, Simd};

/// How many bytes from the first on are UTF-8.
pub(crate) fn valid_up_to(input: &[u8]) -> usize {
    simdutf8::compat::from_utf8(input).map_or_else(|error| error.valid_up_to(), str::len)
}

/// Copies bytes from `at` to `out`, from `used` on, up to the first where `stops` says so. Returns where both are then, and
/// that byte, which is a zero at the end of the bytes if zeros are stops.
#[inline(always)]
fn copy(
    input: &[u8],
    mut at: usize,
    out: &mut Vec<u8>,
    mut used: usize,
    stops: impl Fn(&[u8; BLOCK]) -> u32,
) -> Option<(usize, usize, u8)> {
    loop {
        let rest = input.get(at..)?;
        let padded;
        let block = if let Some(block) = rest.first_chunk::<BLOCK>() {
            block
        } else {
            padded = pad(rest);
            &padded
        };
        let space = room(out, used)?;
        *space = *block;
        let stops = stops(block);
        if stops == 0 {
            at += BLOCK;
            used += BLOCK;
            continue;
        }
        let step = stops.trailing_zeros() as usize;
        (at, used) = (at + step, used + step);
        return Some((at, used, input.get(at).copied().unwrap_or_default()));
    }
}

/// Copies the string whose first byte behind its quotation mark stands at `at` to `out`, from `used` on, without its escapes.
/// Returns where the copy ends, and where the string ends behind its last quotation mark. What is in `out` beyond the copy
/// means nothing.
#[inline(always)]
pub(crate) fn text<S: Simd>(input: &[u8], mut at: usize, out: &mut Vec<u8>, mut used: usize) -> Option<(usize, usize)> {
    loop {
        let byte;
        (at, used, byte) = copy(input, at, out, used, S::stops)?;
        match byte {
            b'"' => return Some((used, at + 1)),
            b'\\' => (used, at) = escape(input, at, out, used)?,
            // Also the end of the bytes, which a zero stands for.
            _ => return None,
        }
    }
}

/// The same for a field of `csv` without quotation marks, up to the comma or the end of the line behind it.
#[inline(always)]
pub(crate) fn field<S: Simd>(input: &[u8], at: usize, out: &mut Vec<u8>, used: usize) -> Option<(usize, usize)> {
    let (at, used, _) = copy(input, at, out, used, |block| S::any_of(block, *b",\n\r"))?;
    Some((used, at))
}

/// The same for a field between quotation marks, in which two stand for one.
#[inline(always)]
pub(crate) fn quoted_field<S: Simd>(
    input: &[u8],
    mut at: usize,
    out: &mut Vec<u8>,
    mut used: usize,
) -> Option<(usize, usize)> {
    loop {
        (at, used, _) = copy(input, at, out, used, |block| S::any_of(block, [b'"'; 3]))?;
        if *input.get(at + 1)? != b'"' {
            return Some((used, at + 1));
        }
        // There is room: a block was written here.
        *out.get_mut(used)? = b'"';
        (at, used) = (at + 2, used + 1);
    }
}

/// Where a string ends, behind its last quotation mark; it is neither copied nor checked beyond that.
#[inline(always)]
pub(crate) fn skip<S: Simd>(input: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = input.get(at..)?;
        let padded;
        let block = if let Some(block) = rest.first_chunk::<BLOCK>() {
            block
        } else {
            padded = pad(rest);
            &padded
        };
        let stops = S::stops(block);
        let step = stops.trailing_zeros() as usize;
        if stops == 0 {
            at += BLOCK;
            continue;
        }
        at += step;
        match input.get(at)? {
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

/// The block at a place.
#[inline(always)]
fn room(out: &mut Vec<u8>, used: usize) -> Option<&mut [u8; BLOCK]> {
    if out.len() < used + BLOCK {
        widen(out, used);
    }
    out.get_mut(used..)?.first_chunk_mut()
}

/// Makes room for more.
#[cold]
fn widen(out: &mut Vec<u8>, used: usize) {
    out.resize((out.len() * 2).max(used + 64 * BLOCK), 0);
}

/// What the byte behind a backslash means; nothing for one that no escape of a single byte has.
#[expect(clippy::indexing_slicing, reason = "done when this is compiled")]
static ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let pairs = *b"\"\"\\\\//n\nt\tr\rb\x08f\x0c";
    let mut at = 0;
    while at < pairs.len() {
        table[pairs[at] as usize] = pairs[at + 1];
        at += 2;
    }
    table
};

/// Writes what the escape at `at` means, and returns where the text and the escape end.
#[inline(always)]
fn escape(input: &[u8], at: usize, out: &mut Vec<u8>, used: usize) -> Option<(usize, usize)> {
    let (bytes, length, end) = match *ESCAPES.get(usize::from(*input.get(at + 1)?))? {
        0 => {
            let code = unit(input, at)?;
            if code & 0xf800 == 0xd800 {
                return pair(input, at, code, out, used);
            }
            let (bytes, length) = utf8(code);
            (bytes, length, at + 6)
        }
        byte => (u32::from(byte), 1, at + 2),
    };
    *room(out, used)?.first_chunk_mut()? = bytes.to_le_bytes();
    Some((used + length, end))
}

/// A character of up to 16 bits in UTF-8, and how many bytes it has; what it is is not predictable, so that nothing branches.
#[inline(always)]
fn utf8(code: u32) -> (u32, usize) {
    let two = 0x80c0 | code >> 6 | (code & 0x3f) << 8;
    let three = 0x80_80e0 | code >> 12 | (code >> 6 & 0x3f) << 8 | (code & 0x3f) << 16;
    let (has_two, has_three) = (code >= 0x80, code >= 0x800);
    let (two_or_more, three_bytes) = (u32::from(has_two).wrapping_neg(), u32::from(has_three).wrapping_neg());
    let bytes = code & !two_or_more | two & two_or_more & !three_bytes | three & three_bytes;
    (bytes, 1 + usize::from(has_two) + usize::from(has_three))
}

/// The value of a hexadecimal digit; 255 for what is none.
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "done when this is compiled")]
static HEX: [u8; 256] = {
    let mut table = [255; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

/// The 16 bits that the escape `\uXXXX` stands for.
#[inline(always)]
fn unit(input: &[u8], at: usize) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = input.get(at..)?.first_chunk::<6>()? else { return None };
    let (mut value, mut all) = (0, 0);
    for &digit in digits {
        let digit = *HEX.get(usize::from(digit))?;
        value = value << 4 | u32::from(digit);
        all |= digit;
    }
    (all < 16).then_some(value)
}

/// A character beyond 16 bits, which is written as two escapes, of which the first is known.
#[inline(never)]
fn pair(input: &[u8], at: usize, first: u32, out: &mut Vec<u8>, used: usize) -> Option<(usize, usize)> {
    let second = unit(input, at + 6)?;
    if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    let written = char::from_u32(code)?.encode_utf8(room(out, used)?.first_chunk_mut::<4>()?).len();
    Some((used + written, at + 12))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simd::{Level, Work};

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
