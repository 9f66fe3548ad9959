//! Loading a library into this process and reading the connector in it.
#![allow(unsafe_code, reason = "loading a library runs its code")]

use std::path::{Path, PathBuf};

use abi_stable::library::{AbiHeaderRef, LibraryError, ROOT_MODULE_LOADER_NAME_WITH_NUL};

use crate::INTERFACE_VERSION;
use crate::abi::error::from_raw;
use crate::abi::module::ConnectorModuleRef;
use crate::describe::Description;
use crate::error::{Error, ErrorKind, Result};
use crate::load::{preflight, unusable};

/// A connector in this process.
#[derive(Clone)]
pub struct Plugin {
    path: PathBuf,
    interface: String,
    pub(crate) module: ConnectorModuleRef,
    description: Description,
}

impl Plugin {
    /// Checks a library's file, loads it, and reads the connector's description.
    ///
    /// A file whose code is damaged can still end this process: a host that does not trust its files runs
    /// [`Probe::check`](crate::load::Probe::check) first.
    pub fn load(path: &Path) -> Result<Self> {
        let path = preflight::check(path)?;
        let (module, interface) = open(&path)?;
        let text = from_raw((module.describe())())
            .map_err(|error| unusable("The connector cannot describe itself").with("detail", error.report()))?;
        let description = serde_json::from_str(&text).map_err(|error| {
            unusable("The connector's description is not understood").with("detail", error.to_string())
        })?;
        Ok(Self { path, interface, module, description })
    }

    /// The library's canonical path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version of the contract that the plugin was built with.
    pub fn interface_version(&self) -> &str {
        &self.interface
    }

    /// What the connector says of itself.
    pub fn description(&self) -> &Description {
        &self.description
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("path", &self.path).field("name", &self.description.name).finish_non_exhaustive()
    }
}

/// Opens a library for the rest of the process's life.
fn open(path: &Path) -> Result<(ConnectorModuleRef, String)> {
    // SAFETY: running the initialisers of a library that the user put among the plugins is what a host is for.
    let library = unsafe { libloading::Library::new(path) }
        .map_err(|error| unusable("The system's loader refused the library").with("detail", source_text(&error)))?;
    // SAFETY: the symbol, when there, is a static of this type by abi_stable's convention; the header's own magic
    // bytes and ABI version are checked by `upgrade` before anything else of it is read.
    let header = unsafe { library.get::<AbiHeaderRef>(ROOT_MODULE_LOADER_NAME_WITH_NUL.as_bytes()) }
        .map(|symbol| *symbol)
        .map_err(|_| unusable("The library holds no connector for this kind of host"));
    let header = match header {
        Ok(header) => header,
        Err(error) => {
            // What it may have started while it was opened must stay mapped.
            std::mem::forget(library);
            return Err(error);
        }
    };
    std::mem::forget(library);
    let header = header.upgrade().map_err(|error| explain(&error, None))?;
    let version = header.version_strings().version.as_str().to_owned();
    let module = header.init_root_module::<ConnectorModuleRef>().map_err(|error| explain(&error, Some(&version)))?;
    Ok((module, version))
}

/// One line for a refusal whose own text can have hundreds.
fn explain(error: &LibraryError, interface: Option<&str>) -> Error {
    let plugin = interface.unwrap_or("unknown");
    let reason = match error {
        LibraryError::IncompatibleVersionNumber { .. } => {
            format!("It was built for connector interface {plugin} and this host has {INTERFACE_VERSION}")
        }
        LibraryError::AbiInstability(_) => {
            format!("Its interface {plugin} has another layout than this host's {INTERFACE_VERSION}")
        }
        LibraryError::InvalidAbiHeader(_) | LibraryError::InvalidCAbi { .. } => {
            "It was built with another version of abi_stable".to_owned()
        }
        LibraryError::RootModule { .. } => "The connector failed while it was loaded".to_owned(),
        _ => "The library could not be loaded".to_owned(),
    };
    Error::new(ErrorKind::PluginUnusable, reason)
        .advise(format!("Use a build of it for interface {}.x", INTERFACE_VERSION.split('.').next().unwrap_or("1")))
        .with("detail", error.to_string())
        .with("interface", plugin)
}

fn source_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
