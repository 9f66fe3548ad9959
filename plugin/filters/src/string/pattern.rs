//! Text with wildcards: `%` for any text, `_` for one character.

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// This very text.
    Text(String),
    /// `%`: any text, also none.
    Any,
    /// `_`: one character.
    One,
}

/// Text with at least one wildcard.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

/// The shape of a pattern, where it has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape<'a> {
    /// `%text%`
    Contains(&'a str),
    /// `text%`
    StartsWith(&'a str),
    /// `%text`
    EndsWith(&'a str),
    /// Any other.
    Other,
}

impl Pattern {
    /// The pattern of these pieces, or the text if there is no wildcard among them.
    pub(super) fn new(pieces: impl IntoIterator<Item = Piece>) -> Result<Self, String> {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (Some(Piece::Any), Piece::Any) => {}
                (_, Piece::Text(text)) if text.is_empty() => {}
                (_, piece) => joined.push(piece),
            }
        }
        match joined.as_slice() {
            [] => Err(String::new()),
            [Piece::Text(text)] => Err(text.clone()),
            _ => Ok(Self { pieces: joined }),
        }
    }

    /// Its parts: no two texts and no two `%` side by side, and no empty text.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Its shape.
    pub fn shape(&self) -> Shape<'_> {
        match self.pieces.as_slice() {
            [Piece::Any, Piece::Text(text), Piece::Any] => Shape::Contains(text),
            [Piece::Text(text), Piece::Any] => Shape::StartsWith(text),
            [Piece::Any, Piece::Text(text)] => Shape::EndsWith(text),
            _ => Shape::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_and_shapes_have_names() {
        let text = |text: &str| Piece::Text(text.into());
        let pattern = Pattern::new([Piece::Any, Piece::Any, text("a"), text(""), text("b"), Piece::Any]).unwrap();
        assert_eq!(pattern.pieces(), [Piece::Any, text("ab"), Piece::Any]);
        assert_eq!(pattern.shape(), Shape::Contains("ab"));
        assert_eq!(Pattern::new([text("a"), Piece::One]).unwrap().shape(), Shape::Other);
        assert_eq!(Pattern::new([text("a"), text("b")]), Err("ab".into()));
    }
}
