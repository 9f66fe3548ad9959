//! The formats `png` and `jpg`: a picture of the first column of numbers, a bar for each row.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use rusqlite::types::{Value, ValueRef};

use super::{Format, Shape, Size, Wishes, value};

const PAPER: Rgb<u8> = Rgb([255, 255, 255]);
const INK: Rgb<u8> = Rgb([0x42, 0x85, 0xf4]);

/// Most bars of a picture.
const MOST_BARS: usize = 500;

/// Writer of a picture.
pub(super) struct Bars {
    encoding: ImageFormat,
    size: Size,
    /// Where the numbers are looked for first.
    measures_from: usize,
    values: Vec<f64>,
}

impl Bars {
    pub(super) fn new(encoding: ImageFormat, wishes: Wishes) -> Self {
        Self { encoding, size: wishes.size, measures_from: 0, values: Vec::new() }
    }
}

impl Format for Bars {
    fn begin(&mut self, _: &mut Vec<u8>, shape: Shape) {
        self.measures_from = shape.dimensions.len();
    }

    fn row(&mut self, _: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        let number = |cell: &ValueRef<'_>| Value::try_from(*cell).ok().and_then(|value| value::number(&value));
        let measures = cells.iter().skip(self.measures_from);
        let value = measures.chain(cells).find_map(number).unwrap_or_default();
        if self.values.len() < MOST_BARS {
            self.values.push(value);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>, _: f64) {
        out.extend(encoded(&drawn(&self.values, self.size), self.encoding));
    }

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        out.extend_from_slice(message.as_bytes());
    }
}

/// A picture of values, the largest as high as the picture.
pub(crate) fn drawn(values: &[f64], Size(width, height): Size) -> RgbImage {
    let most = values.iter().copied().fold(0.0, f64::max);
    let mut picture = RgbImage::from_pixel(width, height, PAPER);
    let count = values.len().max(1) as u64;
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        // Each bar has its share of the width, the last tenth of which is a gap.
        let at = u64::from(x) * count * 10 / u64::from(width);
        let bar = usize::try_from(at / 10).ok().and_then(|index| values.get(index)).copied().unwrap_or_default();
        let is_bar = at % 10 < 9 || u64::from(width) < count * 10;
        if is_bar && most > 0.0 && f64::from(height - y) <= bar / most * f64::from(height) {
            *pixel = INK;
        }
    }
    picture
}

/// The bytes of a picture; empty if it cannot be encoded.
pub(crate) fn encoded(picture: &RgbImage, encoding: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    match picture.write_to(&mut bytes, encoding) {
        Ok(()) => bytes.into_inner(),
        Err(_) => Vec::new(),
    }
}

/// A picture from the bytes of a `png`; none if they are something else.
pub(crate) fn png(bytes: &[u8]) -> Option<RgbImage> {
    image::load_from_memory_with_format(bytes, ImageFormat::Png).ok().map(image::DynamicImage::into_rgb8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_values() {
        let picture = drawn(&[1.0, 4.0, 2.0], Size(30, 40));
        let height = |x: u32| (0..40).filter(|y| *picture.get_pixel(x, *y) == INK).count();
        assert_eq!((height(4), height(14), height(24), height(9)), (10, 40, 20, 0));
        assert!(encoded(&picture, ImageFormat::Png).starts_with(b"\x89PNG\r\n"));
        assert!(encoded(&picture, ImageFormat::Jpeg).starts_with(&[0xff, 0xd8, 0xff]));
        assert!(drawn(&[], Size(3, 3)).pixels().all(|pixel| *pixel == PAPER));
    }
}
