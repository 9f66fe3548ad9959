//! Where a JSON value ends, whatever it is.

use super::text;
use crate::simd::{Simd, Work};

/// Why a value's end was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes end before it.
    NeedMore,
    /// It is not JSON.
    Malformed,
}

/// The first byte from a place on that is no space, and its place.
#[inline(always)]
pub(crate) fn skip_space(input: &[u8], at: usize) -> Result<(u8, usize), Fault> {
    let mut at = at;
    loop {
        match input.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            Some(&byte) => return Ok((byte, at)),
            None => return Err(Fault::NeedMore),
        }
    }
}

/// The place behind the string that begins at `at`.
#[inline(always)]
pub(crate) fn string<S: Simd>(input: &[u8], at: usize) -> Result<usize, Fault> {
    text::skip::<S>(input, at + 1).ok_or_else(|| string_fault(input, at + 1))
}

/// Why the string that begins before `at` has no end.
#[cold]
fn string_fault(input: &[u8], at: usize) -> Fault {
    let mut bytes = input.get(at..).unwrap_or_default().iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            0..0x20 => return Fault::Malformed,
            _ => {}
        }
    }
    Fault::NeedMore
}

/// The place behind the number, `true`, `false` or `null` that begins at `at`. The byte behind it must have arrived, because
/// a number may go on.
#[inline(always)]
pub(crate) fn plain(input: &[u8], at: usize) -> Result<usize, Fault> {
    let rest = input.get(at..).unwrap_or_default();
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'a'..=b'z' | b'E');
    match rest.iter().position(|byte| !is_part(byte)) {
        Some(0) => Err(Fault::Malformed),
        Some(length) => Ok(at + length),
        None => Err(Fault::NeedMore),
    }
}

/// The place behind the value that begins at `at`. Lists and objects are checked for their brackets only; whoever uses one
/// reads it.
#[inline(always)]
pub(crate) fn value<S: Simd>(input: &[u8], at: usize) -> Result<usize, Fault> {
    match input.get(at) {
        None => Err(Fault::NeedMore),
        Some(b'"') => string::<S>(input, at),
        Some(b'{' | b'[') => S::call(Composite { input, at }),
        Some(_) => plain(input, at),
    }
}

/// A list or an object, of which the end is sought.
struct Composite<'a> {
    input: &'a [u8],
    at: usize,
}

impl Work for Composite<'_> {
    type Done = Result<usize, Fault>;

    #[inline(always)]
    fn with<S: Simd>(self) -> Self::Done {
        let Self { input, mut at } = self;
        let mut depth = 0_usize;
        loop {
            match input.get(at).ok_or(Fault::NeedMore)? {
                b'"' => {
                    at = string::<S>(input, at)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                0..0x20 if !input.get(at).is_some_and(u8::is_ascii_whitespace) => return Err(Fault::Malformed),
                _ => {}
            }
            at += 1;
            if depth == 0 {
                return Ok(at);
            }
        }
    }
}
