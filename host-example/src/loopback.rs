//! A small web server on this machine alone, to which the browser comes back from a sign-in.
//!
//! It answers one request at a time, reads no more than the head of each, and waits for no one long.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use connector_interface::{Error, ErrorKind, Result};
use url::Url;
use zeroize::Zeroizing;

use crate::callback::Callback;

/// The longest head of a request.
const LIMIT: usize = 16 * 1024;
/// How long a browser may take to send its request, or to take its answer.
const PATIENCE: Duration = Duration::from_secs(2);

const PATH: &str = "/callback";

/// The address to which the browser comes back.
pub(crate) fn redirect_uri(port: u16) -> String {
    format!("http://{}:{port}{PATH}", Ipv4Addr::LOCALHOST)
}

/// The listening server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Loopback {
    address: SocketAddr,
    visitors: Receiver<TcpStream>,
    closed: Arc<AtomicBool>,
}

/// A browser that has come back and waits for its answer.
#[derive(Debug)]
pub(crate) struct Visit {
    /// The whole address to which it came back.
    pub(crate) address: Zeroizing<String>,
    stream: TcpStream,
}

/// What a browser shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page<'a> {
    /// The status line's code and words.
    status: &'static str,
    title: &'a str,
    text: &'a str,
}

impl Loopback {
    /// Listens on a port; 0 is any that is free.
    pub(crate) fn bind(port: u16) -> Result<Self> {
        let (listener, address) = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .and_then(|listener| listener.local_addr().map(|address| (listener, address)))
            .map_err(|error| {
                Error::new(ErrorKind::InvalidInput, format!("Port {port} of this machine cannot be used: {error}"))
                    .advise(
                        "End the program that has it, or name another that the service knows with --redirect-port N",
                    )
            })?;
        let closed = Arc::new(AtomicBool::new(false));
        let is_closed = Arc::clone(&closed);
        // The one who waits has a deadline, and only a channel can be waited on with one.
        let (door, visitors) = sync_channel(0);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let passing = |error: &io::Error| {
                    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
                };
                let goes_on = match stream {
                    Ok(stream) => !is_closed.load(Ordering::SeqCst) && door.send(stream).is_ok(),
                    Err(error) => passing(&error),
                };
                if !goes_on {
                    break;
                }
            }
        });
        Ok(Self { address, visitors, closed })
    }

    /// The address to which the browser comes back.
    pub(crate) fn redirect_uri(&self) -> String {
        redirect_uri(self.address.port())
    }

    /// Waits for the browser that comes back with this state. Everyone else is sent away.
    pub(crate) fn wait(&self, state: &str, end: Instant) -> Result<Visit> {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let stream = self.visitors.recv_timeout(left).map_err(|error| match error {
                RecvTimeoutError::Timeout => late(),
                RecvTimeoutError::Disconnected => Error::new(ErrorKind::Network, "This machine takes no connections")
                    .advise("Try again, or use --paste"),
            })?;
            if let Some(visit) = self.receive(stream, state)? {
                return Ok(visit);
            }
        }
    }

    /// Reads one request, and answers it unless it is the one that is waited for.
    fn receive(&self, mut stream: TcpStream, state: &str) -> Result<Option<Visit>> {
        let target = match read_target(&mut stream) {
            Ok(target) => target,
            Err(page) => {
                answer(&mut stream, page);
                return Ok(None);
            }
        };
        // The address as this server knows itself, whatever the request calls it.
        let address = Zeroizing::new(format!("http://{}{}", self.address, *target));
        let Some(url) = Url::parse(&address).ok().filter(|url| url.path() == PATH) else {
            answer(&mut stream, Page::NOT_FOUND);
            return Ok(None);
        };
        match Callback::of(&url, state) {
            Callback::Own => Ok(Some(Visit { address, stream })),
            Callback::Foreign => {
                answer(&mut stream, Page::FOREIGN);
                Ok(None)
            }
            Callback::Refused(error) => {
                answer(&mut stream, Page::failed(&error.message));
                Err(error)
            }
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the one who waits at the door; when nobody does, there is nobody to wake.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
    }
}

impl Visit {
    /// Shows the browser how it ended.
    pub(crate) fn answer(mut self, page: Page<'_>) {
        answer(&mut self.stream, page);
    }
}

/// The error of a sign-in that took too long.
pub(crate) fn late() -> Error {
    Error::new(ErrorKind::Timeout, "The browser did not come back in time").advise(
        "Try again, with --deadline SECONDS for more time, or with --paste when the browser is on another machine",
    )
}

/// The target in the first line of a request; the rest of its head is read and left alone.
fn read_target(stream: &mut TcpStream) -> std::result::Result<Zeroizing<String>, Page<'static>> {
    let end = Instant::now() + PATIENCE;
    let mut head = Zeroizing::new(Vec::with_capacity(LIMIT));
    let mut buffer = Zeroizing::new([0_u8; 1024]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return Err(Page::BAD_REQUEST);
        }
        match stream.read(&mut *buffer) {
            Ok(0) | Err(_) => return Err(Page::BAD_REQUEST),
            Ok(count) if head.len() + count > LIMIT => return Err(Page::TOO_LONG),
            Ok(count) => head.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
    }
    let line = head.split(|byte| *byte == b'\r').next().and_then(|line| std::str::from_utf8(line).ok());
    let mut words = line.unwrap_or_default().split(' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("GET"), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) if target.starts_with('/') => {
            Ok(Zeroizing::new(target.to_owned()))
        }
        (Some(_), Some(_), Some("HTTP/1.1" | "HTTP/1.0"), None) => Err(Page::NOT_ALLOWED),
        _ => Err(Page::BAD_REQUEST),
    }
}

/// Sends a page. A browser that has gone has missed it.
fn answer(stream: &mut TcpStream, page: Page<'_>) {
    let _ = stream.set_write_timeout(Some(PATIENCE));
    let _ = stream.write_all(page.response().as_bytes()).and_then(|()| stream.flush());
}

impl<'a> Page<'a> {
    const BAD_REQUEST: Self = Self {
        status: "400 Bad Request",
        title: "Not understood",
        text: "This is not a request that a browser sends.",
    };
    const FOREIGN: Self = Self {
        status: "400 Bad Request",
        title: "Another sign-in",
        text: "This is not the sign-in that is waited for. Use the address that was printed last.",
    };
    const NOT_FOUND: Self = Self { status: "404 Not Found", title: "Nothing here", text: "There is no such page." };
    const NOT_ALLOWED: Self =
        Self { status: "405 Method Not Allowed", title: "Not allowed", text: "This page can only be read." };
    const TOO_LONG: Self = Self {
        status: "431 Request Header Fields Too Large",
        title: "Too long",
        text: "The request is longer than any sign-in.",
    };

    /// It is done.
    pub(crate) fn done(text: &'a str) -> Self {
        Self { status: "200 OK", title: "Signed in", text }
    }

    /// It has failed.
    pub(crate) fn failed(text: &'a str) -> Self {
        Self { status: "200 OK", title: "Not signed in", text }
    }

    /// It as an answer to a request: nothing is loaded, kept, or told to other sites.
    fn response(&self) -> String {
        let (title, text) = (escape(self.title), escape(self.text));
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style>:root {{ color-scheme: light dark }} body {{ font: 1.125rem/1.5 system-ui, sans-serif; \
             max-width: 36rem; margin: 20vh auto; padding: 0 1rem }}</style>\n</head>\n<body>\n<main>\n\
             <h1>{title}</h1>\n<p>{text}</p>\n<p>You may close this window and go back to the terminal.</p>\n\
             </main>\n</body>\n</html>\n"
        );
        format!(
            "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nReferrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
            self.status,
            body.len()
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    /// What the server answers to raw bytes.
    fn send(address: SocketAddr, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        // A server that has read enough may close before all is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    fn get(address: SocketAddr, target: &str) -> String {
        send(address, format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
    }

    /// The answers to some requests, of which the last one ends the wait.
    fn visited(requests: &[&str]) -> (Vec<String>, Result<String>) {
        let loopback = Loopback::bind(0).unwrap();
        let address = loopback.address;
        let requests: Vec<String> = requests.iter().map(|&request| request.to_owned()).collect();
        let browser = thread::spawn(move || requests.iter().map(|target| get(address, target)).collect::<Vec<_>>());
        let visit = loopback.wait("s1", soon()).map(|visit| {
            let address = visit.address.to_string();
            visit.answer(Page::done("It is \"done\" <now>."));
            address
        });
        (browser.join().unwrap(), visit.map(|came| came.replace(&address.to_string(), "HERE")))
    }

    #[test]
    fn the_browser_that_comes_back_is_handed_over_and_shown_a_page() {
        let (answers, came) = visited(&["/callback?code=c%20d&state=s1"]);
        assert_eq!(came.unwrap(), "http://HERE/callback?code=c%20d&state=s1");
        let (head, body) = answers[0].split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
        assert!(body.contains("<html lang=\"en\">") && body.contains("<title>Signed in</title>"), "{body}");
        assert!(body.contains("<p>It is &quot;done&quot; &lt;now&gt;.</p>"), "{body}");
    }

    #[test]
    fn another_path_or_another_state_is_sent_away_and_the_wait_goes_on() {
        let (answers, came) = visited(&["/favicon.ico", "/callback?code=c&state=s2", "/callback?code=c&state=s1"]);
        assert!(answers[0].starts_with("HTTP/1.1 404 "), "{}", answers[0]);
        assert!(answers[1].starts_with("HTTP/1.1 400 ") && answers[1].contains("Another sign-in"), "{}", answers[1]);
        assert!(answers[2].starts_with("HTTP/1.1 200 "), "{}", answers[2]);
        came.unwrap();
    }

    #[test]
    fn a_refusal_ends_the_wait_and_is_shown_to_the_person() {
        let (answers, came) = visited(&["/callback?error=access_denied&error_description=<b>no&state=s1"]);
        assert_eq!(came.unwrap_err().kind, ErrorKind::Credentials);
        assert!(answers[0].contains("<h1>Not signed in</h1>") && answers[0].contains("&lt;b&gt;no"), "{}", answers[0]);
    }

    #[test]
    fn requests_that_are_none_are_answered_and_the_wait_goes_on() {
        let loopback = Loopback::bind(0).unwrap();
        let address = loopback.address;
        let browser = thread::spawn(move || {
            let long = format!("GET /callback?{} HTTP/1.1\r\n\r\n", "x".repeat(LIMIT));
            let requests = ["hello\r\n\r\n".to_owned(), "POST /callback?state=s1 HTTP/1.1\r\n\r\n".to_owned(), long];
            let answers = requests.map(|request| send(address, request.as_bytes()));
            // One that says nothing and leaves.
            drop(TcpStream::connect(address).unwrap());
            get(address, "/callback?state=s1");
            answers
        });
        loopback.wait("s1", soon()).unwrap().answer(Page::done(""));
        let answers = browser.join().unwrap();
        assert!(answers[0].starts_with("HTTP/1.1 400 "), "{}", answers[0]);
        assert!(answers[1].starts_with("HTTP/1.1 405 "), "{}", answers[1]);
        // What is left unread of a long request may make the system drop the answer.
        assert!(answers[2].is_empty() || answers[2].starts_with("HTTP/1.1 431 "), "{}", answers[2]);
    }

    #[test]
    fn the_wait_ends_with_its_deadline() {
        let loopback = Loopback::bind(0).unwrap();
        assert_eq!(loopback.wait("s1", Instant::now()).unwrap_err().kind, ErrorKind::Timeout);
    }

    #[test]
    fn a_port_that_is_taken_is_an_error_that_names_it_and_is_free_again_after_the_end() {
        let loopback = Loopback::bind(0).unwrap();
        let port = loopback.address.port();
        assert_eq!(loopback.redirect_uri(), format!("http://127.0.0.1:{port}/callback"));
        let error = Loopback::bind(port).unwrap_err();
        assert!(error.message.starts_with(&format!("Port {port} of this machine cannot be used")), "{error}");
        drop(loopback);
        // The server's thread lets go of the port a moment later.
        let end = soon();
        while Loopback::bind(port).is_err() {
            assert!(Instant::now() < end, "the port is still taken");
            thread::yield_now();
        }
    }
}
