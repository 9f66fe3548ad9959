//! The connector's own async runtime: built when it is first needed, shared by all sessions of the process.

use std::future::Future;
use std::sync::OnceLock;

use connector_interface::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle, Runtime};

struct Owned {
    runtime: Runtime,
    /// The process that started it. Threads do not survive a fork, so a child's calls would wait for ever.
    process: u32,
}

static RUNTIME: OnceLock<std::result::Result<Owned, String>> = OnceLock::new();

/// Runs a future to its end on the calling thread, with the runtime's timers and sockets.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    runtime()?.block_on(future)
}

/// The runtime, for work that goes on behind a call.
pub(crate) fn handle() -> Result<&'static Handle> {
    runtime().map(Runtime::handle)
}

fn runtime() -> Result<&'static Runtime> {
    let owned = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            // One thread is enough for sockets and timers, because rows are decoded on the callers' threads. With two, one
            // that a busy system stops just before it gives a connection back makes the next call open another.
            .worker_threads(1)
            .thread_name("looker")
            .enable_all()
            .build()
            .map(|runtime| Owned { runtime, process: std::process::id() })
            .map_err(|error| error.to_string())
    });
    match owned {
        Ok(owned) if owned.process == std::process::id() => Ok(&owned.runtime),
        Ok(_) => {
            Err(Error::new(ErrorKind::Internal, "The process was forked after the connector had started its threads")
                .advise("Load the connector in the child, after the fork"))
        }
        Err(reason) => {
            Err(Error::new(ErrorKind::Internal, format!("The connector's threads could not be started: {reason}")))
        }
    }
}
