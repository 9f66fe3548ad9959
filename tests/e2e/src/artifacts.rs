//! Finding what was built: libraries and programs in the target directory of the running test.

use std::env;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::PathBuf;

/// Names the profile whose artifacts are tested; without it, that of the running test.
pub const PROFILE: &str = "CONNECTOR_TEST_PROFILE";

/// The directory of a profile's artifacts, such as `target/debug`.
pub fn directory() -> PathBuf {
    let test = env::current_exe().unwrap();
    // A test lies in `target/<profile>/deps`, and a program in `target/<profile>`.
    let own = test.parent().expect("a program lies in a directory");
    let own = if own.ends_with("deps") { own.parent().unwrap_or(own) } else { own };
    match env::var(PROFILE) {
        Ok(profile) => own.with_file_name(profile),
        Err(_) => own.to_owned(),
    }
}

/// The library of a package, by the package's name, such as `looker-connector`.
pub fn library(package: &str) -> PathBuf {
    find(&format!("{DLL_PREFIX}{}{DLL_SUFFIX}", package.replace('-', "_")))
}

/// A program, by its name, such as `connector-host`.
pub fn program(name: &str) -> PathBuf {
    find(&format!("{name}{EXE_SUFFIX}"))
}

fn find(file: &str) -> PathBuf {
    let path = directory().join(file);
    let command = if path.components().any(|part| part.as_os_str() == "release") {
        "cargo build --workspace --release"
    } else {
        "make build"
    };
    assert!(path.is_file(), "{} is not there: `{command}` builds it", path.display());
    path
}
