//! A site on this machine that a browser can go to: it shows one page, and remembers who came.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::patience::LATER;

/// The site. It lives as long as its test.
#[derive(Debug)]
pub struct Site {
    /// Its origin, such as `http://127.0.0.1:49152`.
    pub origin: String,
    page: Arc<Mutex<String>>,
    visits: Receiver<String>,
}

impl Site {
    /// A site on a port of its own.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let page = Arc::new(Mutex::new("<!DOCTYPE html><title>A page</title><h1>Done</h1>".to_owned()));
        let (visit, visits) = channel();
        let shown = Arc::clone(&page);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let mut lines = BufReader::new(connection.try_clone().unwrap()).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                // A browser may connect beforehand and ask for nothing.
                let Some(target) = first.split(' ').nth(1) else { continue };
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let page = shown.lock().unwrap().clone();
                let length = page.len();
                let _ = write!(
                    connection,
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html;charset=utf-8\r\ncontent-length: {length}\r\n\
                     connection: close\r\n\r\n{page}"
                );
                if visit.send(target.to_owned()).is_err() {
                    return;
                }
            }
        });
        Self { origin, page, visits }
    }

    /// Shows another page from now on.
    pub fn show(&self, page: &str) {
        page.clone_into(&mut self.page.lock().unwrap());
    }

    /// The whole address of the next visit to a path, its query with it.
    pub fn visited(&self, path: &str) -> String {
        loop {
            let target = self.visits.recv_timeout(LATER).unwrap_or_else(|_| panic!("nobody came to {path}"));
            if target.split('?').next() == Some(path) {
                return format!("{}{target}", self.origin);
            }
        }
    }
}
