//! Pictures of tiles, beside and below each other.

use image::{ImageFormat, Rgb, RgbImage, imageops};

use super::Filled;
use crate::format::Size;
use crate::format::image::{encoded, png};

const PAPER: Rgb<u8> = Rgb([255, 255, 255]);
const FAILED: Rgb<u8> = Rgb([0xea, 0x43, 0x35]);

/// Tiles in a line.
const ACROSS: u32 = 2;

/// The size of each of so many tiles, and how many are in a line.
pub(crate) fn tile_size(Size(width, height): Size, tiles: usize) -> (Size, u32) {
    let tiles = u32::try_from(tiles).unwrap_or(u32::MAX).max(1);
    let across = ACROSS.min(tiles);
    (Size((width / across).max(1), (height / tiles.div_ceil(across)).max(1)), across)
}

/// The picture of all tiles; a tile that is no picture is a sign that says so.
pub(super) fn picture(parts: &[Filled], size: Size, encoding: ImageFormat) -> Vec<u8> {
    let (tile, across) = tile_size(size, parts.len());
    let mut page = RgbImage::from_pixel(size.0, size.1, PAPER);
    for (index, part) in (0..).zip(parts) {
        let painted = png(&part.bytes).unwrap_or_else(|| RgbImage::from_pixel(tile.0, tile.1.min(4), FAILED));
        let (left, top) = (index % across * tile.0, index / across * tile.1);
        imageops::replace(&mut page, &painted, left.into(), top.into());
    }
    encoded(&page, encoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::image::drawn;

    #[test]
    fn tiles_stand_two_in_a_line_and_fill_the_page() {
        let (tile, across) = tile_size(Size(100, 90), 3);
        assert_eq!((tile, across), (Size(50, 45), 2));
        let bars = encoded(&drawn(&[1.0], tile), ImageFormat::Png);
        let part = |bytes: &[u8]| Filled { title: String::new(), bytes: bytes.to_vec() };
        let page = picture(&[part(&bars), part(b"SQL Error"), part(&bars)], Size(100, 90), ImageFormat::Png);
        let page = png(&page).unwrap();
        assert_eq!((page.width(), page.height()), (100, 90));
        let ink = *page.get_pixel(10, 10);
        assert_eq!((*page.get_pixel(60, 0), *page.get_pixel(60, 10)), (FAILED, PAPER));
        assert_eq!((*page.get_pixel(10, 80), *page.get_pixel(60, 80)), (ink, PAPER));
    }
}
