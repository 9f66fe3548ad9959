//! The connector's own async runtime: built when it is first needed, shared by all sessions of the process.
//!
//! It has no threads. Whoever waits for something drives the sockets and timers of all who wait, so that a small answer
//! costs no change of threads, and a connection is given back before its user goes on. What must go on when nobody waits
//! for it is [driven].

use std::future::Future;
use std::sync::{LazyLock, OnceLock};
use std::thread::Thread;

use connector_interface::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

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

/// Work that is to be spawned, and goes on even when nobody waits for anything: as long as there is any, a thread drives it.
pub(crate) fn driven<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let counted = Counted::new();
    async move {
        let result = work.await;
        drop(counted);
        result
    }
}

/// How much work there is that must be driven.
static WORK: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// The thread that drives it, and sleeps while there is none.
static DRIVER: LazyLock<Option<Thread>> = LazyLock::new(|| {
    let thread = std::thread::Builder::new().name("looker".to_owned()).spawn(|| {
        let mut work = WORK.subscribe();
        loop {
            while *work.borrow() == 0 {
                std::thread::park();
            }
            let Ok(runtime) = runtime() else { return };
            // The sender lives for ever, so that waiting cannot fail.
            let _ = runtime.block_on(work.wait_for(|count| *count == 0));
        }
    });
    thread
        .inspect_err(
            |error| tracing::warn!(%error, "no thread for work in the background; it goes on with the next call"),
        )
        .ok()
        .map(|handle| handle.thread().clone())
});

/// One piece of work, until it has ended or was given up.
struct Counted;

impl Counted {
    fn new() -> Self {
        WORK.send_modify(|count| *count += 1);
        if let Some(driver) = &*DRIVER {
            driver.unpark();
        }
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        WORK.send_modify(|count| *count -= 1);
    }
}

fn runtime() -> Result<&'static Runtime> {
    let owned = RUNTIME.get_or_init(|| {
        Builder::new_current_thread()
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
