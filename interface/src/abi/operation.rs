//! An operation and what it delivers, as they cross.

use abi_stable::std_types::{RBox, ROption, RString};
use abi_stable::{StableAbi, sabi_trait, sabi_trait::TD_Opaque};

use crate::abi::error::RawResult;
use crate::abi::guard::{Guarded, guard};
use crate::abi::stream::{ArrowStream, RawBytesBox, export_bytes, import_bytes};
use crate::connector::{Bytes, Operation, Outcome};
use crate::error::{Error, ErrorKind, Result};

/// A result on its way across. Only the part that `kind` names is filled.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawOutcome {
    /// 1: rows, 2: a JSON value, 3: bytes.
    pub kind: u32,
    pub rows: ArrowStream,
    /// The JSON text of a value, or the media type of bytes.
    pub text: RString,
    pub bytes: ROption<RawBytesBox>,
}

const ROWS: u32 = 1;
const VALUE: u32 = 2;
const BYTES: u32 = 3;

#[sabi_trait]
pub trait RawOperation: Send + Sync + 'static {
    fn cancel(&self) -> RawResult<()>;

    /// The JSON of [`Progress`](crate::Progress).
    fn progress(&self) -> RawResult<RString>;

    #[sabi(last_prefix_field)]
    fn result(&self) -> RawResult<RawOutcome>;
}

pub type RawOperationBox = RawOperation_TO<RBox<()>>;

struct Exported(Guarded<Box<dyn Operation>>);

impl RawOperation for Exported {
    fn cancel(&self) -> RawResult<()> {
        guard(|| self.0.cancel())
    }

    fn progress(&self) -> RawResult<RString> {
        guard(|| {
            let progress = self.0.progress()?;
            serde_json::to_string(&progress).map(RString::from).map_err(|error| {
                Error::new(ErrorKind::Internal, format!("The progress cannot be written as JSON: {error}"))
            })
        })
    }

    fn result(&self) -> RawResult<RawOutcome> {
        guard(|| self.0.result().map(RawOutcome::from))
    }
}

/// Plugin side: an operation that can cross.
pub fn export(operation: Box<dyn Operation>) -> RawOperationBox {
    RawOperation_TO::from_value(Exported(Guarded::new(operation)), TD_Opaque)
}

impl From<Outcome> for RawOutcome {
    fn from(outcome: Outcome) -> Self {
        let empty = |kind, text| Self { kind, rows: ArrowStream::released(), text, bytes: ROption::RNone };
        match outcome {
            Outcome::Rows(rows) => Self { rows, ..empty(ROWS, RString::new()) },
            Outcome::Value(value) => empty(VALUE, value.to_string().into()),
            Outcome::Bytes(Bytes { media_type, reader }) => {
                Self { bytes: ROption::RSome(export_bytes(reader)), ..empty(BYTES, media_type.into()) }
            }
        }
    }
}

impl TryFrom<RawOutcome> for Outcome {
    type Error = Error;

    fn try_from(raw: RawOutcome) -> Result<Self> {
        let broken = |what: &str| Err(Error::new(ErrorKind::Internal, format!("The plugin's result {what}")));
        match (raw.kind, raw.bytes) {
            (ROWS, _) if raw.rows.is_released() => broken("has no rows to read"),
            (ROWS, _) => Ok(Self::Rows(raw.rows)),
            (VALUE, _) => match serde_json::from_str(&raw.text) {
                Ok(value) => Ok(Self::Value(value)),
                Err(error) => broken(&format!("is not JSON: {error}")),
            },
            (BYTES, ROption::RSome(bytes)) => {
                Ok(Self::Bytes(Bytes { media_type: raw.text.into_string(), reader: import_bytes(bytes) }))
            }
            (kind, _) => broken(&format!("is of kind {kind}, which this host does not know")),
        }
    }
}
