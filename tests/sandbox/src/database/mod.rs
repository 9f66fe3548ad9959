//! The SQLite databases behind the sandbox, the readers that queries borrow, and the functions that SQL may call.

pub(crate) mod activity;
mod aggregates;
mod change;
mod functions;

use std::ops::Deref;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::opaque::opaque;
use crate::users::People;

/// Idle readers that are kept open.
const KEPT_READERS: usize = 8;

/// Order items up to which the data is kept in memory, some 150 bytes each; SQLite allows a gibibyte.
const MOST_ROWS_IN_MEMORY: u64 = 2_000_000;

/// The data set and the activity log, in memory or, if large, in a temporary directory that goes with this value.
#[derive(Debug)]
pub(crate) struct Database {
    idle: Mutex<Vec<Connection>>,
    activity: Mutex<Connection>,
    data_uri: String,
    activity_uri: String,
    /// Changes the data, and keeps it in memory alive while nobody reads it.
    data: Mutex<Connection>,
    // Last, so that every connection above is closed before the files go.
    _directory: Option<TempDir>,
}

impl Database {
    /// Makes the data set with `rows` order items, in a new file if one is named, and the users of the activity log.
    pub(crate) fn create(rows: u64, file: Option<&Path>, people: &People) -> Result<Self, String> {
        let fail = |error: &dyn std::fmt::Display| format!("cannot make the sandbox's database: {error}");
        let name = opaque(16);
        // Memory rather than files wherever it fits: nothing is left behind even by a process that is killed.
        let memory = |part: &str| format!("file:/{part}-{name}?vfs=memdb");
        let (data_uri, directory) = if let Some(file) = file {
            std::fs::File::create_new(file).map_err(|error| format!("cannot make {}: {error}", file.display()))?;
            (file.to_string_lossy().into_owned(), None)
        } else if rows <= MOST_ROWS_IN_MEMORY {
            (memory("data"), None)
        } else {
            let directory = tempfile::Builder::new().prefix("looker-sandbox-").tempdir().map_err(|e| fail(&e))?;
            (directory.path().join("thelook.db").to_string_lossy().into_owned(), Some(directory))
        };
        let data = build(&data_uri, rows).map_err(|e| fail(&e))?;
        let activity_uri = memory("activity");
        let activity = open(&activity_uri).map_err(|e| fail(&e))?;
        activity::create(&activity, people).map_err(|e| fail(&e))?;
        let database = Self {
            idle: Mutex::default(),
            activity: Mutex::new(activity),
            data_uri,
            activity_uri,
            data: Mutex::new(data),
            _directory: directory,
        };
        drop(database.reader().map_err(|e| fail(&e))?);
        Ok(database)
    }

    /// A connection that can only read; it goes back when dropped.
    pub(crate) fn reader(&self) -> rusqlite::Result<Reader<'_>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open_reader()?,
        };
        Ok(Reader { connection: Some(connection), database: self })
    }

    fn open_reader(&self) -> rusqlite::Result<Connection> {
        let connection = open(&self.data_uri)?;
        connection.execute("ATTACH DATABASE ?1 AS activity", [&self.activity_uri])?;
        // Looker's default is case-sensitive text; SQLite's LIKE is not.
        connection
            .execute_batch("PRAGMA query_only = ON; PRAGMA case_sensitive_like = ON; PRAGMA mmap_size = 1073741824;")?;
        functions::register(&connection)?;
        aggregates::register(&connection)?;
        Ok(connection)
    }
}

/// What the database says, without the statement: not every user may see SQL.
pub(crate) fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

fn open(uri: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn build(uri: &str, rows: u64) -> rusqlite::Result<Connection> {
    let mut connection = open(uri)?;
    // The data is new and goes with the process: nothing to recover.
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;",
    )?;
    crate::data::create(&mut connection, rows)?;
    // What it has cached, readers cache again.
    connection.execute_batch("PRAGMA cache_size = 0; PRAGMA shrink_memory;")?;
    Ok(connection)
}

/// A borrowed connection.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    connection: Option<Connection>,
    database: &'a Database,
}

/// Virtual machine steps of SQLite between two looks at the stop switch.
const STEPS_BETWEEN_CHECKS: i32 = 10_000;

impl Reader<'_> {
    /// Interrupts the statements of this reader as soon as `stop` says so.
    pub(crate) fn stop_when(&mut self, stop: impl FnMut() -> bool + Send + 'static) -> rusqlite::Result<()> {
        match &mut self.connection {
            Some(connection) => connection.progress_handler(STEPS_BETWEEN_CHECKS, Some(stop)),
            None => Ok(()),
        }
    }

    /// Lets statements read the data set and do nothing else, for SQL that users wrote.
    pub(crate) fn only_data(&mut self) -> rusqlite::Result<()> {
        match &mut self.connection {
            Some(connection) => connection.authorizer(Some(reads_data)),
            None => Ok(()),
        }
    }
}

fn reads_data(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Function { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Read { .. } if context.database_name != Some("activity") => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

impl Deref for Reader<'_> {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "only drop takes the connection")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a reader holds its connection until it is dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // What was set belongs to the query that is over.
        let cleared = connection
            .progress_handler(0, None::<fn() -> bool>)
            .and_then(|()| connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>));
        let mut idle = self.database.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if cleared.is_ok() && idle.len() < KEPT_READERS {
            idle.push(connection);
        }
    }
}
