//! Results on their way out: a blocking query fills chunks, a body hands them to the client.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;
use tokio::sync::mpsc;

use crate::faults::body::{FLUSH, cut_error};
use crate::running::Job;

/// Bytes of a chunk.
pub(crate) const CHUNK: usize = 64 * 1024;

/// Chunks that may wait for a client: with [`CHUNK`], what a slow client costs in memory.
const WAITING_CHUNKS: usize = 8;

/// Where chunks go.
pub(crate) trait Sink: Send {
    /// Takes a chunk; false when nobody wants more.
    fn send(&mut self, chunk: Vec<u8>) -> bool;
    /// Ends in a way that the receiver notices as a broken connection.
    fn cut(&mut self);
}

impl<S: Sink> Sink for &mut S {
    fn send(&mut self, chunk: Vec<u8>) -> bool {
        (**self).send(chunk)
    }

    fn cut(&mut self) {
        (**self).cut();
    }
}

/// A sink and the body that it feeds. Dropping the body stops the job.
pub(crate) fn channel(job: Arc<Job>) -> (impl Sink, Body) {
    let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
    (Channel(sender), Body::new(Chunks { receiver, job: Some(job) }))
}

/// As [`channel`], but nobody notices that the body is dropped: the job goes on until it is done or stopped.
pub(crate) fn orphan() -> (impl Sink, Body) {
    let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
    (Orphan(Channel(sender)), Body::new(Chunks { receiver, job: None }))
}

struct Orphan(Channel);

impl Sink for Orphan {
    fn send(&mut self, chunk: Vec<u8>) -> bool {
        self.0.send(chunk);
        true
    }

    fn cut(&mut self) {
        self.0.cut();
    }
}

struct Channel(mpsc::Sender<Result<Bytes, io::Error>>);

impl Sink for Channel {
    fn send(&mut self, chunk: Vec<u8>) -> bool {
        self.0.blocking_send(Ok(chunk.into())).is_ok()
    }

    fn cut(&mut self) {
        // The server forgets what it has not written yet when a body fails, so let all of it leave first.
        while self.0.capacity() < self.0.max_capacity() && !self.0.is_closed() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(FLUSH);
        let _ = self.0.blocking_send(Err(cut_error()));
    }
}

struct Chunks {
    receiver: mpsc::Receiver<Result<Bytes, io::Error>>,
    job: Option<Arc<Job>>,
}

impl HttpBody for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.receiver.poll_recv(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        if let Some(job) = self.job.take().filter(|job| !job.is_done()) {
            job.stop();
        }
    }
}

/// A sink that keeps everything in a file, for the result of a query task.
pub(crate) struct Spool {
    file: BufWriter<File>,
    /// Whether the result was cut by a fault.
    pub(crate) is_cut: bool,
    failed: bool,
}

impl Spool {
    /// A sink over a new file.
    pub(crate) fn new(file: File) -> Self {
        Self { file: BufWriter::new(file), is_cut: false, failed: false }
    }

    /// Writes what is left; false when something could not be written.
    pub(crate) fn finish(mut self) -> bool {
        self.file.flush().is_ok() && !self.failed
    }
}

impl Sink for Spool {
    fn send(&mut self, chunk: Vec<u8>) -> bool {
        self.failed |= self.file.write_all(&chunk).is_err();
        !self.failed
    }

    fn cut(&mut self) {
        self.is_cut = true;
    }
}

/// A sink that keeps everything in memory, for what is not large.
#[derive(Debug, Default)]
pub(crate) struct Kept(pub(crate) Vec<u8>);

impl Sink for Kept {
    fn send(&mut self, chunk: Vec<u8>) -> bool {
        self.0.extend(chunk);
        true
    }

    fn cut(&mut self) {}
}

/// A body with the content of a file; `cut` closes the connection in its place of an end.
pub(crate) fn file_body(mut file: File, cut: bool) -> Body {
    let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
    tokio::task::spawn_blocking(move || {
        let mut sink = Channel(sender);
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            match (&mut file).take(CHUNK as u64).read_to_end(&mut chunk) {
                Ok(0) if cut => return sink.cut(),
                Ok(0) => return,
                Ok(_) if !sink.send(chunk) => return,
                Ok(_) => {}
                Err(_) => return sink.cut(),
            }
        }
    });
    Body::new(Chunks { receiver, job: None })
}
