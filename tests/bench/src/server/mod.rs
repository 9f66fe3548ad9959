//! A server of prepared bodies, so that not the server is what is measured: one thread, bodies in memory, 64 KiB at a time.
//!
//! | file | what it holds |
//! |---|---|
//! | `bodies` | what is prepared |
//! | `frames` | a body on its way |
//! | `answers` | what is answered to which request |
//! | `tls` | a certificate for this machine |
//! | `process` | the server as another process |

mod answers;
mod bodies;
mod frames;
mod process;
mod tls;

pub use process::{Counts, Process, Ready};

use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::rc::Rc;

use hyper::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;

use crate::generate::{Format, Shape};
use crate::{Result, clock};
use answers::Answers;
use bodies::Bodies;

/// What a server serves.
#[derive(Clone, Debug, clap::Args)]
pub struct Served {
    /// The table
    #[arg(long, value_enum, default_value = "plain")]
    pub shape: Shape,
    /// Its rows
    #[arg(long)]
    pub rows: usize,
    /// The formats that are prepared
    #[arg(long, value_enum, value_delimiter = ',', default_value = "json_bi")]
    pub formats: Vec<Format>,
    /// Whether bodies are compressed for clients that take it
    #[arg(long)]
    pub gzip: bool,
}

/// What the connector has asked since the server started; others do not say who they are.
#[derive(Debug, Default)]
struct Counters {
    connections: Cell<u64>,
    logins: Cell<u64>,
}

/// Whether a request is the connector's.
fn is_connectors<B>(request: &Request<B>) -> bool {
    request.headers().get("x-looker-appid").is_some_and(|id| id.as_bytes().starts_with(b"looker-connector/"))
}

fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

/// Serves until stdin ends; says on stdout where, once everything is prepared.
pub fn serve(served: &Served) -> Result<()> {
    clock::take_last_processor();
    let tls = tls::Tls::new()?;
    let counters = Rc::new(Counters::default());
    let answers = Rc::new(Answers::new(served, Bodies::new(served), Rc::clone(&counters)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whoever started it keeps its stdin open.
    let (gone, parent_is_gone) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = gone.send(());
    });
    LocalSet::new().block_on(&runtime, async {
        let plain = TcpListener::bind("127.0.0.1:0").await?;
        let secure = TcpListener::bind("127.0.0.1:0").await?;
        let ready = Ready {
            url: format!("http://{}", plain.local_addr()?),
            tls_url: format!("https://localhost:{}", secure.local_addr()?.port()),
            ca_file: tls.ca_file.clone(),
        };
        let mut out = std::io::stdout();
        writeln!(out, "{}", serde_json::to_string(&ready)?)?;
        out.flush()?;
        tokio::task::spawn_local(accept(plain, None, Rc::clone(&answers), Rc::clone(&counters)));
        tokio::task::spawn_local(accept(secure, Some(tls.acceptor.clone()), answers, counters));
        let _ = parent_is_gone.await;
        Ok(())
    })
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, answers: Rc<Answers>, counters: Rc<Counters>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (tls, answers, counters) = (tls.clone(), Rc::clone(&answers), Rc::clone(&counters));
        tokio::task::spawn_local(async move {
            let is_counted = Cell::new(false);
            let service = service_fn(|request| {
                if is_connectors(&request) && !is_counted.replace(true) {
                    count(&counters.connections);
                }
                answers.answer(request)
            });
            let builder = http1::Builder::new();
            // A client that leaves is none of our business.
            let _ = match tls {
                None => builder.serve_connection(TokioIo::new(stream), service).await.ok(),
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => builder.serve_connection(TokioIo::new(stream), service).await.ok(),
                    Err(_) => None,
                },
            };
        });
    }
}
