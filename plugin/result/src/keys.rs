//! Which of the columns a key of a row is for.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

/// What a name stands for, by its bytes. The names are few and ours, so that a quick hash is safe: a server cannot add any.
#[derive(Debug)]
pub(super) struct Keys<T> {
    places: HashMap<Box<[u8]>, T, FxBuildHasher>,
}

impl<T: Copy> Keys<T> {
    pub(super) fn new<'a>(names: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        Self { places: names.into_iter().map(|(name, place)| (name.as_bytes().into(), place)).collect() }
    }

    /// The place of a name as it stands between quotation marks, escapes included.
    #[inline(always)]
    pub(super) fn find(&self, name: &[u8]) -> Option<T> {
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        if memchr::memchr(b'\\', name).is_none() { None } else { self.find_escaped(name) }
    }

    #[cold]
    fn find_escaped(&self, name: &[u8]) -> Option<T> {
        self.places.get(unescaped(name)?.as_bytes()).copied()
    }

    pub(super) fn insert(&mut self, name: &[u8], place: T) {
        self.places.insert(name.into(), place);
    }
}

/// The text that stands between quotation marks.
pub(super) fn unescaped(name: &[u8]) -> Option<String> {
    serde_json::from_slice(&[b"\"", name, b"\""].concat()).ok()
}
