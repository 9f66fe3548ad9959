//! What every connector must do, whatever it connects to: one function a sentence.
//!
//! A [`Subject`] says how to reach the connector under test. [`conformance_tests!`](crate::conformance_tests!) makes a
//! test of each sentence:
//!
//! ```text
//! e2e::conformance_tests!(MySubject::new());
//! ```

pub mod connecting;
pub mod identity;
pub mod requests;
pub mod secrets;
pub mod stopping;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use connector_interface::connector::Outcome;
use connector_interface::error::{Error, Result};
use connector_interface::load::{Plugin, Secret, Session};
use connector_interface::services::{Level, Services};
use secrecy::SecretSlice;
use serde_json::{Map, Value};

use crate::patience::{LATER, within};
use crate::recorder::Recorder;

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Its kind.
    pub kind: String,
    /// Its body.
    pub body: Value,
}

impl Ask {
    /// A request of this kind.
    pub fn new(kind: &str, body: Value) -> Self {
        Self { kind: kind.to_owned(), body }
    }
}

/// A connector under test, and a service that it can reach.
pub trait Subject: Send + Sync {
    /// The connector's name.
    fn name(&self) -> &str;

    /// The built library.
    fn library(&self) -> PathBuf;

    /// Settings that work.
    fn settings(&self) -> Map<String, Value>;

    /// The same settings with the service at another address.
    fn settings_at(&self, address: SocketAddr) -> Map<String, Value>;

    /// The secrets that belong to the settings, by option name.
    fn secrets(&self) -> Vec<(String, String)>;

    /// A query that gives the same rows whenever it is asked, at once.
    fn quick(&self) -> Ask;

    /// A query whose answer does not begin within a minute.
    fn waiting(&self) -> Ask;

    /// Returns when a started [`Subject::waiting`] is waiting for the service.
    fn until_waiting(&self, log: &Recorder);

    /// A query that gives a batch within a second, and then goes on for a minute or so.
    fn streaming(&self) -> Ask;

    /// Returns when the service has been told, or can see, that nobody reads a [`Subject::streaming`] any more.
    fn until_released(&self) {}

    /// Well-formed requests that fail, each in its own way.
    fn failing(&self) -> Vec<Ask>;
}

/// Makes a test of each sentence. The expression makes a [`Subject`]; each test makes its own.
#[macro_export]
macro_rules! conformance_tests {
    ($subject:expr) => {
        $crate::conformance_tests! { @modules $subject;
            identity {
                it_loads_and_describes_itself
                its_description_survives_the_way_through_json
                what_it_says_of_itself_fits_a_form_and_a_schema
                loading_it_twice_gives_the_same_library
                a_copy_under_another_name_works_beside_it
            }
            connecting {
                connecting_does_not_touch_the_network
                each_required_setting_is_asked_for_by_its_name
                a_setting_of_the_wrong_type_is_refused_by_its_name
                an_unknown_setting_is_refused_by_its_name
                a_secret_that_is_not_text_is_refused
                two_sessions_live_side_by_side
                a_host_whose_services_panic_is_served_all_the_same
                log_lines_reach_the_host
                nothing_is_logged_beyond_the_level_that_the_host_wants
            }
            requests {
                a_check_says_in_one_sentence_that_it_works
                a_query_gives_its_columns_and_its_rows
                the_catalog_lists_its_top_as_rows_and_as_a_tree
                a_request_of_an_unknown_kind_is_refused_and_the_session_lives
                a_body_that_its_schema_forbids_is_invalid_input
                a_request_that_fails_says_so_and_the_session_lives
                a_result_is_given_once
                eight_threads_on_one_session_get_the_same_rows
            }
            stopping {
                a_cancel_before_the_result_is_not_lost
                a_cancel_ends_the_wait_for_the_result
                a_cancel_ends_a_stream
                a_cancel_between_two_batches_is_not_lost
                a_cancel_after_the_end_changes_nothing
                a_deadline_ends_the_wait_for_the_result
                a_deadline_ends_a_stream
                a_deadline_without_time_left_has_passed
                a_stream_dropped_early_lets_go
                an_operation_dropped_before_its_result_harms_nothing
                a_shutdown_ends_what_runs
                after_a_shutdown_nothing_starts_and_another_shutdown_is_fine
            }
            secrets {
                no_secret_stands_in_what_comes_back
                no_secret_stands_in_a_failure
                a_secret_among_the_settings_is_refused_and_not_repeated
            }
        }
    };
    (@modules $subject:expr; $($module:ident { $($sentence:ident)* })*) => {
        $(mod $module {
            use super::*;

            $(#[test]
            fn $sentence() {
                $crate::conformance::$module::$sentence(&$subject);
            })*
        })*
    };
}

/// Loads the connector.
fn load(subject: &dyn Subject) -> Plugin {
    let path = subject.library();
    within(LATER, "loading", move || Plugin::load(&path)).unwrap_or_else(|error| panic!("{}", error.report()))
}

/// Secrets as they are lent.
fn lend(secrets: &[(String, String)]) -> Vec<Secret> {
    secrets.iter().map(|(name, value)| Secret { name: name.clone(), value: secret(value.as_bytes()) }).collect()
}

fn secret(bytes: &[u8]) -> SecretSlice<u8> {
    SecretSlice::from(bytes.to_vec())
}

/// Connects with settings and secrets that work.
fn connect_with(subject: &dyn Subject, services: impl Services) -> Session {
    load(subject)
        .connect(&subject.settings(), &lend(&subject.secrets()), services)
        .unwrap_or_else(|error| panic!("{}", error.report()))
}

fn connect(subject: &dyn Subject) -> Session {
    connect_with(subject, Recorder::new(Level::Warn))
}

/// Asks, and reads all rows into one batch.
fn read(session: &Session, ask: &Ask, deadline: Option<Duration>) -> Result<RecordBatch> {
    let (session, ask) = (session.clone(), ask.clone());
    within(LATER, "a query that ends", move || {
        let rows = session.start(&ask.kind, &ask.body, deadline)?.rows()?;
        let schema = rows.schema();
        let batches = rows.collect::<Result<Vec<_>>>()?;
        Ok(concat_batches(&schema, &batches).unwrap())
    })
}

/// Asks, and reads the result to its end, whatever its form.
fn drain(session: &Session, ask: &Ask) -> Result<()> {
    let (session, ask) = (session.clone(), ask.clone());
    within(LATER, "a request that ends", move || match session.start(&ask.kind, &ask.body, None)?.result()? {
        Outcome::Rows(rows) => connector_interface::rows::import(rows)?
            .try_for_each(|batch| batch.map(drop))
            .map_err(|error| Error::new(connector_interface::ErrorKind::Internal, error.to_string())),
        Outcome::Bytes(mut bytes) => std::io::copy(&mut bytes.reader, &mut std::io::sink())
            .map(drop)
            .map_err(connector_interface::abi::stream::error_of),
        _ => Ok(()),
    })
}

/// Fails unless the session still answers.
#[track_caller]
fn assert_lives(session: &Session, subject: &dyn Subject) {
    match read(session, &subject.quick(), None) {
        Ok(rows) => assert!(rows.num_rows() > 0, "the session answers without rows"),
        Err(error) => panic!("the session no longer answers: {}", error.report()),
    }
}
