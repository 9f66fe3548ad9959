//! Turning a [`Connector`](crate::Connector) into a library's entry point.

/// Exports a [`Connector`](crate::Connector) as the entry point of this library. Once in a `cdylib`.
///
/// `README.md` of this crate shows a whole connector with it.
///
/// It does not compile with `panic = "abort"`, because then nothing could keep a panic from ending the host.
#[macro_export]
macro_rules! export {
    ($connector:ty) => {
        #[cfg(panic = "abort")]
        compile_error!("a connector must be built with panic = \"unwind\": a panic may not end its host");

        const _: () = {
            use $crate::abi::private as raw;

            // The name is that of `raw::ROOT_MODULE_LOADER_NAME`; an attribute takes only a literal.
            #[allow(unsafe_code, reason = "a host finds the library's header by this name")]
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            static HEADER: raw::LibHeader = {
                extern "C" fn module() -> raw::RootModuleResult {
                    raw::__call_root_module_loader($crate::abi::module::export::<$connector>)
                }
                // SAFETY: `module` returns the module type that the header is made for.
                unsafe {
                    raw::LibHeader::from_constructor::<$crate::abi::module::ConnectorModuleRef>(
                        module,
                        raw::CheckTypeLayout::Yes,
                    )
                }
            };
        };
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_exported_symbol_has_the_name_that_hosts_look_for() {
        assert_eq!(crate::abi::private::ROOT_MODULE_LOADER_NAME, "_1as_0lib_1header_0root_bmodule_bloader");
    }
}
