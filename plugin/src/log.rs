//! The connector's log lines, handed to whoever hosts it: a host's own subscriber sees nothing of a shared library.

use std::fmt::{self, Write as _};
use std::sync::{Once, PoisonError, RwLock};

use connector_interface::Level;
use connector_interface::services::Host;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

/// The process's one host; the last session's handle to it.
static HOST: RwLock<Option<Host>> = RwLock::new(None);

/// Sends this library's log lines to a host from now on.
pub(crate) fn forward_to(host: Host) {
    static ONCE: Once = Once::new();
    *HOST.write().unwrap_or_else(PoisonError::into_inner) = Some(host);
    ONCE.call_once(|| {
        let _ = tracing::subscriber::set_global_default(Forward);
    });
    tracing::callsite::rebuild_interest_cache();
}

/// A subscriber for events only: no span is ever made here.
struct Forward;

impl Subscriber for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // The transport's own events may hold header values, so only this crate's are forwarded.
        metadata.is_event() && metadata.target().starts_with("looker_connector")
    }

    fn event(&self, event: &Event<'_>) {
        let level = level(*event.metadata().level());
        let host = HOST.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(host) = host.filter(|host| level <= host.max_level()) else { return };
        let mut line = Line::default();
        event.record(&mut line);
        host.log(level, event.metadata().target(), &line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    }
}

/// An event as one line: the message, then `name=value` for each field.
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        let _ = match field.name() {
            "message" => {
                let rest = std::mem::take(&mut self.0);
                let space = if rest.is_empty() { "" } else { " " };
                write!(self.0, "{value:?}{space}{rest}")
            }
            name => write!(self.0, "{space}{name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use connector_interface::Services;

    use super::*;

    #[test]
    fn a_log_line_reaches_the_host_with_its_fields() {
        struct Collect(Arc<Mutex<Vec<(Level, String)>>>);
        impl Services for Collect {
            fn max_level(&self) -> Level {
                Level::Info
            }
            fn log(&self, level: Level, _: &str, message: &str) {
                self.0.lock().unwrap().push((level, message.to_owned()));
            }
        }
        let lines = Arc::new(Mutex::new(Vec::new()));
        forward_to(Host::new(Collect(Arc::clone(&lines))));
        tracing::warn!(host = "h", "careful");
        tracing::debug!("not wanted");
        assert_eq!(*lines.lock().unwrap(), [(Level::Warn, "careful host=\"h\"".to_owned())]);
    }
}
