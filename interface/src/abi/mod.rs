//! The frozen layer: `#[repr(C)]` types and vtables, and the only place where `abi_stable` is named.
//!
//! It is version 1.0 and never grows: a host with one more vtable slot would refuse every older plugin. What a plugin
//! can be asked for is data (a kind and a JSON body), so new abilities need no new slot.
//!
//! Neither a plugin author nor a host author calls anything here: [`export!`](crate::export!) and `load` do.
#![allow(unsafe_code, non_local_definitions, missing_debug_implementations, missing_docs)]
#![allow(clippy::pedantic, clippy::indexing_slicing, clippy::panic, unused_qualifications)]
// The allowances above are for the code that abi_stable's derives expand to.

pub mod error;
pub(crate) mod guard;
pub mod module;
pub mod operation;
pub mod secret;
pub mod services;
pub mod session;
pub mod stream;

/// For the expansion of [`export!`](crate::export!).
#[doc(hidden)]
pub mod private {
    pub use abi_stable::library::{
        __call_root_module_loader, CheckTypeLayout, LibHeader, ROOT_MODULE_LOADER_NAME, RootModuleResult,
    };
}
