//! Polling a trigger of the loaded connector, as a host does: the cursor moves when the events have been taken.

use connector_interface::error::Result;
use connector_interface::load::Session;
use serde_json::{Value, json};

use crate::loaded::ask;

/// A trigger that is polled.
#[derive(Debug)]
pub struct Polls<'a> {
    session: &'a Session,
    trigger: String,
    input: Value,
    /// Where it has come to.
    pub cursor: Option<String>,
    /// What the last poll has noted.
    pub notes: Vec<String>,
}

impl<'a> Polls<'a> {
    /// A trigger that was not polled yet.
    pub fn new(session: &'a Session, trigger: &str, input: Value) -> Self {
        Self { session, trigger: trigger.to_owned(), input, cursor: None, notes: Vec::new() }
    }

    /// Polls once and keeps the cursor.
    pub fn try_poll(&mut self, first: &str) -> Result<(Vec<Value>, bool)> {
        let answer = self.ask(&json!({ "first": first }))?;
        let cursor = answer["cursor"].as_str().unwrap();
        assert!(cursor.len() < 8_000, "a cursor of {} bytes", cursor.len());
        self.cursor = Some(cursor.to_owned());
        self.notes = answer["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap().to_owned()).collect();
        Ok((answer["events"].as_array().unwrap().clone(), answer["more"].as_bool().unwrap()))
    }

    /// Polls until there is nothing more.
    #[track_caller]
    pub fn poll(&mut self) -> Vec<Value> {
        self.poll_from("now")
    }

    /// The same, with what the first poll tells.
    #[track_caller]
    pub fn poll_from(&mut self, first: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for _ in 0..1_000 {
            let (events, more) = self.try_poll(first).unwrap_or_else(|error| panic!("{}", error.report()));
            all.extend(events);
            if !more {
                return all;
            }
        }
        panic!("there is always more");
    }

    /// An example, which moves nothing.
    #[track_caller]
    pub fn sample(&self) -> Value {
        let answer = self.ask(&json!({ "sample": true })).unwrap_or_else(|error| panic!("{}", error.report()));
        assert_eq!(answer["cursor"].as_str(), self.cursor.as_deref());
        answer["events"][0].clone()
    }

    fn ask(&self, more: &Value) -> Result<Value> {
        let mut body = json!({ "trigger": self.trigger, "input": self.input, "cursor": self.cursor });
        let members = body.as_object_mut().unwrap();
        members.retain(|_, value| !value.is_null());
        members.extend(more.as_object().unwrap().clone());
        ask(self.session, "poll", &body).0
    }
}
