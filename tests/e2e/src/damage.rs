//! Files that look like plugins and are none: made from a good library, each damaged in its own way.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use object::read::elf::{FileHeader, ProgramHeader};
use tempfile::TempDir;

/// A directory for files of library names.
#[derive(Debug)]
pub struct Workshop {
    directory: TempDir,
    good: Vec<u8>,
}

impl Workshop {
    /// A workshop that damages copies of this library.
    pub fn new(good: &Path) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), good: fs::read(good).unwrap() }
    }

    /// Where the files lie.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A file with these bytes under a library's name.
    pub fn file(&self, stem: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(format!("{DLL_PREFIX}{stem}{DLL_SUFFIX}"));
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The good library under another name.
    pub fn copy(&self, stem: &str) -> PathBuf {
        self.file(stem, &self.good)
    }

    /// The library's first bytes.
    pub fn cut(&self, stem: &str, len: usize) -> PathBuf {
        self.file(stem, &self.good[..len.min(self.good.len() - 1)])
    }

    /// The library as if it were for another machine.
    pub fn other_machine(&self, stem: &str) -> PathBuf {
        let mut bytes = self.good.clone();
        let (x86_64, aarch64) = (object::elf::EM_X86_64.0.to_le_bytes(), object::elf::EM_AARCH64.0.to_le_bytes());
        let other = if bytes[18..20] == x86_64 { aarch64 } else { x86_64 };
        bytes[18..20].copy_from_slice(&other);
        self.file(stem, &bytes)
    }

    /// The library with this many bytes of what is loaded turned over, at places that the seed decides.
    pub fn flipped(&self, stem: &str, count: usize, seed: u64) -> PathBuf {
        let mut bytes = self.good.clone();
        let loaded = segments(&bytes).iter().map(|segment| segment.end).max().unwrap();
        // The header stays: files without one are refused before they are loaded.
        let (first, mut random) = (4_096, seed);
        for _ in 0..count {
            // SplitMix64: small, and the same on every machine.
            random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = random;
            mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let at = first + usize::try_from((mixed ^ mixed >> 31) % (loaded - first) as u64).unwrap();
            bytes[at] ^= 0xff;
        }
        self.file(stem, &bytes)
    }

    /// The library with all its code overwritten by an instruction that no machine runs.
    pub fn without_code(&self, stem: &str) -> PathBuf {
        let mut bytes = self.good.clone();
        for segment in segments(&bytes).into_iter().filter(|segment| segment.code) {
            bytes[segment.start..segment.end].fill(0xcc);
        }
        self.file(stem, &bytes)
    }
}

struct Segment {
    start: usize,
    end: usize,
    code: bool,
}

/// The parts of an ELF file that are loaded.
fn segments(bytes: &[u8]) -> Vec<Segment> {
    let header = object::elf::FileHeader64::<object::Endianness>::parse(bytes).unwrap();
    let endian = header.endian().unwrap();
    let segments = header.program_headers(endian, bytes).unwrap().iter();
    segments
        .filter(|segment| segment.p_type(endian) == object::elf::PT_LOAD)
        .map(|segment| {
            let start = usize::try_from(segment.p_offset(endian)).unwrap();
            let end = start + usize::try_from(segment.p_filesz(endian)).unwrap();
            Segment { start, end, code: segment.p_flags(endian).0 & object::elf::PF_X.0 != 0 }
        })
        .collect()
}
