//! Looking at a library's file before the system's loader does: a loader trusts its input, and a file that was cut
//! short ends the whole process with SIGBUS.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Architecture, BinaryFormat, FileKind, Object, ReadCache, ReadRef};

use crate::error::{Error, Result};
use crate::load::unusable;

/// Checks that a file is a whole shared library for this machine, and returns its canonical path.
///
/// The path that is loaded must be the one that was checked: absolute, without links, so that the loader neither
/// searches for it nor follows a link that changed.
pub fn check(path: &Path) -> Result<PathBuf> {
    let canonical = fs::canonicalize(path).map_err(|error| unusable(format!("The file cannot be found: {error}")))?;
    let file = File::open(&canonical).map_err(|error| unusable(format!("The file cannot be read: {error}")))?;
    let metadata = file.metadata().map_err(|error| unusable(format!("The file cannot be read: {error}")))?;
    if !metadata.is_file() {
        return Err(unusable("It is not a regular file"));
    }
    if metadata.len() == 0 {
        return Err(unusable("The file is empty"));
    }
    let cache = ReadCache::new(file);
    check_format(&cache, metadata.len())?;
    Ok(canonical)
}

fn check_format<'data, R: ReadRef<'data>>(data: R, len: u64) -> Result<()> {
    let kind = FileKind::parse(data).map_err(|_| unusable("The file is not a shared library"))?;
    let (format, pointer_width) = match kind {
        FileKind::Elf32 => (BinaryFormat::Elf, 32),
        FileKind::Elf64 => (BinaryFormat::Elf, 64),
        FileKind::MachO32 => (BinaryFormat::MachO, 32),
        FileKind::MachO64 => (BinaryFormat::MachO, 64),
        FileKind::Pe32 => (BinaryFormat::Pe, 32),
        FileKind::Pe64 => (BinaryFormat::Pe, 64),
        // A universal binary holds several machines; the loader picks.
        FileKind::MachOFat32 | FileKind::MachOFat64 if cfg!(target_vendor = "apple") => return Ok(()),
        _ => return Err(unusable("The file is not a shared library")),
    };
    if format != native_format() {
        return Err(unusable(format!("It is a library for another system ({format:?})")));
    }
    if pointer_width != usize::BITS {
        return Err(unusable(format!("It is a {pointer_width}-bit library and this host has {} bits", usize::BITS)));
    }
    let architecture = match kind {
        FileKind::Elf64 => check_elf::<object::elf::FileHeader64<object::Endianness>, R>(data, len)?,
        FileKind::Elf32 => check_elf::<object::elf::FileHeader32<object::Endianness>, R>(data, len)?,
        _ => object::File::parse(data).map_err(|error| damaged(&error))?.architecture(),
    };
    if architecture != native_architecture() {
        return Err(unusable(format!(
            "It is a library for another machine ({architecture:?}; this host is {:?})",
            native_architecture()
        )));
    }
    Ok(())
}

/// Checks an ELF file's class-independent bounds and returns its machine.
fn check_elf<'data, H, R>(data: R, len: u64) -> Result<Architecture>
where
    H: FileHeader<Endian = object::Endianness>,
    R: ReadRef<'data>,
{
    let cut = || unusable("The file was cut short: it ends before its contents do").advise("Copy it again");
    let within = |offset: u64, size: u64| offset.checked_add(size).is_some_and(|end| end <= len);
    if !within(0, size_of::<H>() as u64) {
        return Err(cut());
    }
    let header = H::parse(data).map_err(|error| damaged(&error))?;
    let endian = header.endian().map_err(|error| damaged(&error))?;
    if header.e_type(endian) != object::elf::ET_DYN {
        return Err(unusable("The file is an ELF file, but not a shared library"));
    }
    // The machine first: on a foreign file nothing else matters.
    let architecture = match header.e_machine(endian) {
        object::elf::EM_X86_64 => Architecture::X86_64,
        object::elf::EM_AARCH64 => Architecture::Aarch64,
        object::elf::EM_386 => Architecture::I386,
        object::elf::EM_ARM => Architecture::Arm,
        object::elf::EM_RISCV => Architecture::Riscv64,
        object::elf::EM_S390 => Architecture::S390x,
        object::elf::EM_PPC64 => Architecture::PowerPc64,
        _ => Architecture::Unknown,
    };
    if architecture != native_architecture() {
        return Ok(architecture);
    }
    for segment in header.program_headers(endian, data).map_err(|_| cut())? {
        if !within(segment.p_offset(endian).into(), segment.p_filesz(endian).into()) {
            return Err(cut());
        }
    }
    for section in header.section_headers(endian, data).map_err(|_| cut())? {
        let in_file = section.sh_type(endian) != object::elf::SHT_NOBITS;
        if in_file && !within(section.sh_offset(endian).into(), section.sh_size(endian).into()) {
            return Err(cut());
        }
    }
    Ok(architecture)
}

fn damaged(error: &object::Error) -> Error {
    unusable("The file is a damaged library").with("detail", error.to_string())
}

fn native_format() -> BinaryFormat {
    BinaryFormat::native_object()
}

fn native_architecture() -> Architecture {
    match std::env::consts::ARCH {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        "x86" => Architecture::I386,
        "arm" => Architecture::Arm,
        "riscv64" => Architecture::Riscv64,
        "s390x" => Architecture::S390x,
        "powerpc64" => Architecture::PowerPc64,
        _ => Architecture::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(name: &str, bytes: &[u8]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        check(&path).unwrap_err().message
    }

    #[test]
    fn what_is_no_library_is_refused_with_one_line() {
        assert_eq!(reason("libtext.so", b"hello"), "The file is not a shared library");
        assert_eq!(reason("libempty.so", b""), "The file is empty");
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(check(dir.path()).unwrap_err().message, "It is not a regular file");
        assert!(check(&dir.path().join("none.so")).unwrap_err().message.starts_with("The file cannot be found"));
    }

    #[cfg(target_os = "linux")]
    mod elf {
        use super::*;

        /// This very test program: a position-independent executable is an ELF file of the type of a shared library.
        fn own_image() -> Vec<u8> {
            fs::read(std::env::current_exe().unwrap()).unwrap()
        }

        #[test]
        fn a_whole_file_passes_and_a_file_cut_anywhere_does_not() {
            let image = own_image();
            let dir = tempfile::tempdir().unwrap();
            let whole = dir.path().join("libwhole.so");
            fs::write(&whole, &image).unwrap();
            assert_eq!(check(&whole).unwrap(), fs::canonicalize(&whole).unwrap());
            for len in [10, 63, 64, 100, 1_000, 100_000, image.len() / 2, image.len() - 1] {
                let cut = image.get(..len).unwrap();
                assert!(!reason("libcut.so", cut).is_empty(), "cut at {len}");
            }
        }

        #[test]
        fn another_class_or_machine_is_named() {
            let mut other_machine = own_image();
            other_machine[18] = if native_architecture() == Architecture::X86_64 { 183 } else { 62 };
            assert!(reason("libm.so", &other_machine).starts_with("It is a library for another machine"));
            let mut other_class = own_image();
            other_class[4] = if usize::BITS == 64 { 1 } else { 2 };
            assert!(reason("libc.so", &other_class).starts_with("It is a "), "class");
        }
    }
}
