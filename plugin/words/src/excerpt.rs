//! As much of a foreign text as an error keeps.

/// The most of a response's text that an error keeps as evidence, in bytes.
pub const EVIDENCE_BYTES: usize = 2_000;

/// The first part of a text, cut at a character.
pub fn excerpt(text: &str, max: usize) -> String {
    let text = text.trim();
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.char_indices().map(|(at, _)| at).take_while(|&at| at <= max).last().unwrap_or(0);
    format!("{}...", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        assert_eq!(excerpt(" short ", 10), "short");
        assert_eq!(excerpt("ääääää", 5), "ää...");
    }
}
