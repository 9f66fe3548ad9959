//! Secrets are lent, never moved: the plugin may read them for the length of one call and copies what it keeps.

use abi_stable::StableAbi;
use abi_stable::std_types::{RSlice, RStr};

/// One secret, borrowed from the host.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawSecret<'a> {
    /// The name of the option that it is the value of.
    pub name: RStr<'a>,
    pub value: RSlice<'a, u8>,
}
