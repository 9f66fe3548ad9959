//! Pages of text: the title of each tile, and the first lines of its result.

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

use super::Filled;

/// A4, in points.
const PAGE: Rect = Rect { x1: 0.0, y1: 0.0, x2: 595.0, y2: 842.0 };
const MARGIN: f32 = 50.0;
const LINE: f32 = 14.0;

/// Lines of a page.
const LINES: usize = 52;

/// Lines of a tile.
const MOST_LINES: usize = 12;

/// The document.
pub(super) fn pages(title: &str, parts: &[Filled]) -> Vec<u8> {
    let mut lines = vec![(18.0, title.to_owned())];
    for part in parts {
        lines.push((10.0, String::new()));
        lines.push((13.0, part.title.clone()));
        let text = String::from_utf8_lossy(&part.bytes);
        lines.extend(text.lines().take(MOST_LINES).map(|line| (10.0, line.replace('\t', "   "))));
    }
    let sheets: Vec<&[(f32, String)]> = lines.chunks(LINES).collect();
    let (catalog, tree, font) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let ids: Vec<(Ref, Ref)> = (2..).take(sheets.len()).map(|n| (Ref::new(2 * n), Ref::new(2 * n + 1))).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let count = i32::try_from(ids.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(ids.iter().map(|(page, _)| *page)).count(count);
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    for ((page, content), sheet) in ids.into_iter().zip(sheets) {
        let mut writer = pdf.page(page);
        writer.media_box(PAGE).parent(tree).contents(content);
        writer.resources().fonts().pair(Name(b"F"), font);
        writer.finish();
        pdf.stream(content, &text(sheet));
    }
    pdf.finish()
}

fn text(lines: &[(f32, String)]) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text();
    content.next_line(MARGIN, PAGE.y2 - MARGIN);
    for (size, line) in lines {
        content.set_font(Name(b"F"), *size);
        content.show(Str(&latin(line)));
        content.next_line(0.0, -LINE);
    }
    content.end_text();
    content.finish().into_vec()
}

/// The letters that the font has; `?` for the others.
fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_as_many_pages_as_its_lines_need() {
        let part = |index: usize| Filled { title: format!("Tile {index}"), bytes: "a\tb\n".repeat(30).into_bytes() };
        let show = |count: usize| {
            String::from_utf8_lossy(&pages("Pulse", &(0..count).map(part).collect::<Vec<_>>())).into_owned()
        };
        let one = show(1);
        assert!(one.starts_with("%PDF-") && one.trim_end().ends_with("%%EOF"));
        assert!(one.contains("(Pulse)") && one.contains("(Tile 0)") && one.contains("(a   b)"));
        assert!(one.contains("/Count 1") && show(5).contains("/Count 2"));
    }
}
