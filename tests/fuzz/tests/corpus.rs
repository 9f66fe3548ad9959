//! Every input that is kept, and what a few thousand changes make of it, by every oracle: what a fuzzer does in days, in
//! little, without a nightly compiler.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "it is a test, with helpers of its own")]

use std::path::Path;

use connector_fuzz::ORACLES;

/// Changes of each input, unless FUZZ_CHANGES says how many.
const CHANGES: usize = 400;

/// A small generator, so that every run is the same.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }
}

/// One input changed: bytes replaced, taken out, repeated, or brought in from another input.
fn changed(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    const TELLING: &[u8] = b"\"\\{}[],:\n\r\t 0-9.eEntf%^_\x00\x1f\xc3\xff";
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(5) {
            0 if !bytes.is_empty() => bytes[at] = TELLING[random.below(TELLING.len())],
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => bytes.insert(at, TELLING[random.below(TELLING.len())]),
            3 => bytes.truncate(at),
            _ => {
                let from = random.below(other.len());
                let piece = &other[from..other.len().min(from + random.below(40))];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

#[test]
fn the_corpus_and_its_changes_satisfy_every_oracle() {
    let changes = std::env::var("FUZZ_CHANGES").map_or(CHANGES, |changes| changes.parse().unwrap());
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, oracle) in ORACLES {
        let mut files: Vec<_> =
            std::fs::read_dir(corpus.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let inputs: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
        assert!(inputs.len() >= 4, "the corpus of {name} is almost empty");
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for input in &inputs {
            oracle(input);
            for _ in 0..changes {
                let other = &inputs[random.below(inputs.len())];
                let bytes = changed(input, other, &mut random);
                let outcome = std::panic::catch_unwind(|| oracle(&bytes));
                assert!(outcome.is_ok(), "{name}: {:?}", String::from_utf8_lossy(&bytes));
            }
        }
    }
}
