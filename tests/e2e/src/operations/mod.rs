//! Looker's operations, as the loaded library lists, describes and calls them.

pub mod sample;
pub mod specification;

use connector_interface::load::Session;
use serde_json::{Value, json};

use crate::loaded::value;
use crate::runs::{DEADLINE, Delivered, deliver, objects};

/// An operation as it is described.
#[derive(Clone, Debug)]
pub struct Described {
    /// Its id.
    pub id: String,
    /// All that is said of it.
    pub told: Value,
}

/// A request of an operation: its parameters by name, and its body.
#[derive(Clone, Debug)]
pub struct Request {
    /// The parameters.
    pub parameters: Value,
    /// The body.
    pub body: Value,
}

/// All operations that the library lists.
pub fn all(session: &Session) -> Vec<Described> {
    let Ok(Delivered::Rows(rows)) = deliver(session, "operations", &json!({}), DEADLINE).0 else { panic!("no rows") };
    objects(&rows).iter().map(|row| describe(session, row["operation"].as_str().unwrap())).collect()
}

/// One of them.
pub fn describe(session: &Session, id: &str) -> Described {
    Described { id: id.to_owned(), told: value(session, "operations", &json!({ "operation": id })) }
}

impl Described {
    /// What it is told of under a key.
    pub fn text(&self, key: &str) -> &str {
        self.told[key].as_str().unwrap()
    }

    /// A request that it takes, with all that it takes.
    pub fn request(&self) -> Request {
        let parameters = sample::of(&self.told["parameters"]);
        let body = if self.told["body"].is_null() { Value::Null } else { sample::of(&self.told["body"]) };
        Request { parameters, body }
    }

    /// The call of such a request.
    pub fn call(&self, request: &Request, more: &Value) -> Value {
        let mut call = json!({ "operation": self.id, "parameters": request.parameters, "body": request.body });
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    }
}
