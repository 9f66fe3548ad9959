//! The root of a plugin: two functions.

use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RSlice, RStr, RString};
use secrecy::SecretSlice;

use crate::abi::error::RawResult;
use crate::abi::guard::{guard, quiet_panics};
use crate::abi::secret::RawSecret;
use crate::abi::services::{RawServicesBox, borrow};
use crate::abi::session::{self, RawSessionBox};
use crate::connector::{Connector, Settings};
use crate::error::{Error, ErrorKind, Result};

#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ConnectorModuleRef, prefix_fields = ConnectorModulePrefix)))]
#[sabi(missing_field(panic))]
pub struct ConnectorModule {
    /// The JSON of [`Description`](crate::Description).
    pub describe: extern "C" fn() -> RawResult<RString>,
    /// `settings` is a JSON object.
    #[sabi(last_prefix_field)]
    pub connect: for<'a> extern "C" fn(
        settings: RStr<'a>,
        secrets: RSlice<'a, RawSecret<'a>>,
        services: RawServicesBox,
    ) -> RawResult<RawSessionBox>,
}

impl RootModule for ConnectorModuleRef {
    abi_stable::declare_root_module_statics! {ConnectorModuleRef}

    const BASE_NAME: &'static str = "connector";
    const NAME: &'static str = "connector";
    const VERSION_STRINGS: VersionStrings = abi_stable::package_version_strings!();
}

/// Plugin side: the module of a connector. `interface` in the description is this crate's own version.
pub fn export<C: Connector>() -> ConnectorModuleRef {
    ConnectorModule { describe: describe::<C>, connect: connect::<C> }.leak_into_prefix()
}

extern "C" fn describe<C: Connector>() -> RawResult<RString> {
    quiet_panics();
    guard(|| {
        serde_json::to_string(&C::describe()).map(RString::from).map_err(|error| {
            Error::new(ErrorKind::Internal, format!("The description cannot be written as JSON: {error}"))
        })
    })
}

extern "C" fn connect<'a, C: Connector>(
    settings: RStr<'a>,
    secrets: RSlice<'a, RawSecret<'a>>,
    services: RawServicesBox,
) -> RawResult<RawSessionBox> {
    quiet_panics();
    guard(|| {
        let settings = copy_settings(settings.as_str(), secrets.as_slice())?;
        C::connect(settings, borrow(services)).map(session::export)
    })
}

/// Copies each lent secret once, with exact capacity, into memory that is wiped when it is dropped.
fn copy_settings(settings: &str, secrets: &[RawSecret<'_>]) -> Result<Settings> {
    let values = serde_json::from_str(settings)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, format!("The settings are not a JSON object: {error}")))?;
    Ok(secrets.iter().fold(Settings::new(values), |settings, secret| {
        let value: Box<[u8]> = secret.value.as_slice().into();
        settings.secret(&secret.name, SecretSlice::from(value))
    }))
}
