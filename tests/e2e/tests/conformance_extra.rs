//! The conformance suite on the fixture connector `extra`, and the proof that it notices each broken promise.
#![allow(clippy::panic, reason = "a test says no by a panic")]

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use e2e::artifacts;
use e2e::conformance::{Ask, Subject};
use e2e::patience::SOON;
use e2e::recorder::Recorder;
use serde_json::{Map, Value, json};

/// The fixture, well-behaved or not.
struct Extra {
    misbehave: Option<&'static str>,
}

impl Extra {
    const GOOD: Self = Self { misbehave: None };

    fn settings_of(&self, endpoint: &str) -> Map<String, Value> {
        let mut settings = Map::from_iter([("endpoint".to_owned(), json!(endpoint))]);
        settings.extend(self.misbehave.map(|how| ("misbehave".to_owned(), json!(how))));
        settings
    }
}

impl Extra {
    /// How long its long queries take. One that does not stop is not waited for to the end.
    fn long_ms(&self) -> u64 {
        if self.misbehave.is_some() { 3_000 } else { 120_000 }
    }
}

impl Subject for Extra {
    fn name(&self) -> &'static str {
        "extra"
    }

    fn library(&self) -> PathBuf {
        artifacts::library("connector-fixture-extra")
    }

    fn settings(&self) -> Map<String, Value> {
        self.settings_of("localhost:9")
    }

    fn settings_at(&self, address: SocketAddr) -> Map<String, Value> {
        self.settings_of(&address.to_string())
    }

    fn secrets(&self) -> Vec<(String, String)> {
        vec![("api_key".to_owned(), "correct/horse+battery staple".to_owned())]
    }

    fn quick(&self) -> Ask {
        Ask::new("query", json!({ "count": 1_000, "batch_rows": 300 }))
    }

    fn waiting(&self) -> Ask {
        Ask::new("query", json!({ "count": 1, "head_delay_ms": self.long_ms() }))
    }

    fn until_waiting(&self, log: &Recorder) {
        log.wait_for("waiting for the numbers", SOON);
    }

    fn streaming(&self) -> Ask {
        Ask::new("query", json!({ "count": self.long_ms() / 20, "batch_rows": 1, "delay_ms": 20 }))
    }

    fn failing(&self) -> Vec<Ask> {
        vec![
            Ask::new("query", json!({ "count": 10, "batch_rows": 4, "fail_after": 7 })),
            Ask::new("catalog", json!({ "path": "no/such/place" })),
            Ask::new("token", json!({})),
        ]
    }
}

e2e::conformance_tests!(Extra::GOOD);

/// Fails when a sentence holds for a connector that breaks it, or when it says no for another reason than that.
#[track_caller]
fn notices(misbehave: &'static str, sentence: fn(&dyn Subject), reason: &str) {
    let subject = Extra { misbehave: Some(misbehave) };
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| sentence(&subject))) else {
        panic!("the sentence holds for a connector that is {misbehave}");
    };
    let says =
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref().map(|text: &&str| (*text).into()));
    assert!(says.as_ref().is_some_and(|says| says.contains(reason)), "{says:?}");
}

macro_rules! the_suite_notices {
    ($($name:ident: $misbehave:literal, $module:ident::$sentence:ident, $reason:literal;)*) => {
        mod the_suite_notices {
            $(#[test]
            fn $name() {
                super::notices($misbehave, e2e::conformance::$module::$sentence, $reason);
            })*
        }
    };
}

the_suite_notices! {
    a_connect_that_calls_the_service:
        "eager", connecting::connecting_does_not_touch_the_network, "the service was called";
    a_secret_in_an_error:
        "tells_in_errors", secrets::no_secret_stands_in_a_failure, "a secret stands in";
    a_secret_in_a_log_line:
        "tells_in_logs", secrets::no_secret_stands_in_what_comes_back, "a secret stands in a log line in hexadecimal";
    a_secret_in_the_schema:
        "tells_in_metadata", secrets::no_secret_stands_in_what_comes_back, "a secret stands in";
    a_wait_that_hears_no_cancel:
        "deaf", stopping::a_cancel_ends_the_wait_for_the_result, "not a result that looks whole";
    a_stream_that_hears_no_cancel:
        "deaf", stopping::a_cancel_between_two_batches_is_not_lost, "not a result that looks whole";
    a_stream_that_hears_no_deadline:
        "deaf", stopping::a_deadline_ends_a_stream, "not a result that looks whole";
    a_cancel_that_is_lost:
        "forgets", stopping::a_cancel_before_the_result_is_not_lost, "not a result that looks whole";
    a_setting_that_does_nothing:
        "lax", connecting::an_unknown_setting_is_refused_by_its_name, "no_such_setting";
    a_key_that_does_nothing:
        "lax", requests::a_body_that_its_schema_forbids_is_invalid_input, "is answered by";
    a_secret_that_is_taken_among_the_settings:
        "lax", secrets::a_secret_among_the_settings_is_refused_and_not_repeated, "api_key";
    a_result_that_is_given_twice:
        "repeats", requests::a_result_is_given_once, "a second result";
    threads_that_get_different_rows:
        "random", requests::eight_threads_on_one_session_get_the_same_rows, "left == right";
    sessions_that_get_different_rows:
        "random", connecting::two_sessions_live_side_by_side, "left == right";
    a_log_that_stays_empty:
        "mute", connecting::log_lines_reach_the_host, "nothing was logged";
    a_log_beyond_the_level:
        "chatty", connecting::nothing_is_logged_beyond_the_level_that_the_host_wants, "Debug";
    a_shutdown_that_ends_nothing:
        "undead", stopping::a_shutdown_ends_what_runs, "not a result that looks whole";
    a_start_after_the_end:
        "undead", stopping::after_a_shutdown_nothing_starts_and_another_shutdown_is_fine, "a start after the end";
}
