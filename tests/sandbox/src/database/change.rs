//! Changes to the data while it is served, so that a test can make something new happen.

use std::sync::PoisonError;

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::{Database, reason};

impl Database {
    /// Runs statements that insert, update and delete rows: all of them, or none when one is wrong. Yields how many rows
    /// they changed, or what SQLite says.
    pub(crate) fn change(&self, sql: &str) -> Result<u64, String> {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        run(&mut data, sql).map_err(|error| reason(&error))
    }
}

fn run(data: &mut Connection, sql: &str) -> rusqlite::Result<u64> {
    let before = data.total_changes();
    // It was made without a journal, with which nothing could be taken back.
    data.execute_batch("PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE")?;
    data.authorizer(Some(changes_rows))?;
    let changed = data.execute_batch(sql);
    data.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    let changed = changed.and_then(|()| data.execute_batch("COMMIT"));
    if changed.is_err() {
        data.execute_batch("ROLLBACK")?;
    }
    changed.map(|()| data.total_changes() - before)
}

fn changes_rows(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Insert { .. }
        | AuthAction::Update { .. }
        | AuthAction::Delete { .. }
        | AuthAction::Select
        | AuthAction::Read { .. }
        | AuthAction::Function { .. }
        | AuthAction::Recursive => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Connection {
        let data = Connection::open_in_memory().unwrap();
        data.execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT)").unwrap();
        data
    }

    fn count(data: &Connection) -> i64 {
        data.query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn statements_change_rows_and_say_how_many() {
        let mut data = data();
        assert_eq!(
            run(&mut data, "INSERT INTO orders VALUES (1, 'a'), (2, 'b'); INSERT INTO orders VALUES (3, 'c')"),
            Ok(3)
        );
        assert_eq!(
            run(&mut data, "UPDATE orders SET status = 'd' WHERE id > 1; DELETE FROM orders WHERE id = 1;"),
            Ok(3)
        );
        assert_eq!(count(&data), 2);
    }

    #[test]
    fn a_wrong_statement_takes_back_those_before_it() {
        let mut data = data();
        for wrong in ["INSERT INTO nowhere VALUES (2)", "INSERT INTO orders VALUES (1, 'again')", "DROP TABLE orders"] {
            assert!(run(&mut data, &format!("INSERT INTO orders VALUES (1, 'a'); {wrong}")).is_err(), "{wrong}");
            assert_eq!(count(&data), 0, "{wrong}");
        }
        assert_eq!(run(&mut data, "INSERT INTO orders VALUES (1, 'a')"), Ok(1));
    }
}
