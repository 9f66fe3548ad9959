//! Where the programs and the library are that are measured with.

use std::env;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::{Path, PathBuf};

use crate::Result;
use crate::client::Target;
use crate::generate::Format;
use crate::server::Process;

/// Programs that were built with this one, and the library beside them.
#[derive(Clone, Debug)]
pub struct Programs {
    directory: PathBuf,
    library: PathBuf,
}

impl Programs {
    /// Those beside the running program; the library may be another.
    pub fn find(library: Option<&Path>) -> Result<Self> {
        let program = env::current_exe()?;
        let directory = program.parent().unwrap_or(Path::new(".")).to_owned();
        let built = directory.join("plugins").join(format!("{DLL_PREFIX}looker_connector{DLL_SUFFIX}"));
        Ok(Self { directory, library: library.map_or(built, Path::to_owned) })
    }

    /// A program by its name.
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}{EXE_SUFFIX}"))
    }

    /// What a client must know of a server.
    pub fn target(&self, server: &Process, secure: bool, wire: Format) -> Result<Target> {
        if !self.library.is_file() {
            return Err(format!("{} is not there: `make release` builds it", self.library.display()).into());
        }
        let ready = &server.ready;
        let (url, ca_file) = if secure { (&ready.tls_url, Some(ready.ca_file.clone())) } else { (&ready.url, None) };
        Ok(Target { url: url.clone(), ca_file, library: self.library.clone(), wire })
    }
}
