//! Sending a call, page by page when that is asked.

use std::sync::Arc;

use connector_interface::{Error, ErrorKind, Outcome, Result};
use looker_operations::{Activity, Effect, Media, Operation as Row, Table, Type};
use reqwest::Method;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use super::check::{self, Parameters};
use super::known::Known;
use super::mask::{self, Mask};
use super::request::{CallRequest, Target};
use crate::api::Caller;
use crate::handed::Handed;
use crate::http::Body;
use crate::link::Asked;
use crate::operation::Control;
use crate::operations::{Operation, query_string};
use crate::paging::Pager;
use crate::runtime::block_on;

/// What stands for a secret in what is shown.
const HIDDEN: &str = "[hidden]";

/// Parts of the names of keys that hold secrets.
const SECRET_WORDS: &[&str] = &["password", "secret", "token", "private_key", "certificate", "passphrase"];

/// A call of a host's.
#[derive(Debug)]
pub(crate) struct Job {
    caller: Caller,
    request: CallRequest,
    known: Arc<Known>,
    mask: Option<Mask>,
    /// What is known to be right before anything is sent; an operation that the table lacks is looked up first.
    ready: Option<Ready>,
}

/// A call that can be sent.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
struct Ready {
    operation: Arc<Operation>,
    effect: Effect,
    parameters: Parameters,
    body: Option<(Media, Value)>,
    takes_fields: bool,
    answers_bytes: bool,
    can_page: bool,
    /// Whether the elements of its answer have ids.
    has_ids: bool,
}

impl Job {
    /// Checks a request as far as that can be done without Looker.
    pub(crate) fn new(caller: Caller, request: CallRequest, known: Arc<Known>) -> Result<Self> {
        let mask = request.fields.as_deref().map(Mask::parse).transpose()?;
        let ready = match request.target()? {
            Target::Raw { method, path } => Some(Ready::raw(&request, method, path)?),
            Target::Operation(id) => {
                let row = Table::builtin().find(id);
                row.map(|row| Ready::new(&request, Table::builtin(), &row)).transpose()?
            }
        };
        if let Some(ready) = &ready {
            caller.api().may(&ready.operation)?;
        }
        Ok(Self { caller, request, known, mask, ready })
    }

    /// Sends it.
    pub(crate) fn run(mut self, control: &Arc<Control>) -> Result<Outcome> {
        let ready = match self.ready.take() {
            Some(ready) => ready,
            None => block_on(control.run(self.look_up()))?,
        };
        if self.request.dry_run {
            return self.shown(&ready).map(Outcome::Value);
        }
        if ready.answers_bytes {
            let response = block_on(
                control.run(async { self.named(self.caller.send(&self.asked(&ready)?.asked()).await).await }),
            )?;
            let media_type = response.header("content-type").unwrap_or("application/octet-stream").to_owned();
            return Ok(Handed::outcome(response, media_type, Map::new(), control, None));
        }
        let answer = block_on(control.run(async {
            let answer = if self.request.all_pages { self.pages(&ready).await } else { self.once(&ready).await };
            self.named(answer).await
        }))?;
        let answer = mask::filter(answer, &self.request.filter);
        Ok(Outcome::Value(self.mask.as_ref().map_or(answer.clone(), |mask| mask.apply(answer))))
    }

    async fn look_up(&self) -> Result<Ready> {
        let Target::Operation(id) = self.request.target()? else {
            return Err(Error::new(ErrorKind::Internal, "A path is not looked up"));
        };
        let (table, row) = self.known.find(&self.caller, id).await?;
        let ready = Ready::new(&self.request, table, &row)?;
        self.caller.api().may(&ready.operation)?;
        Ok(ready)
    }

    async fn named<T>(&self, answer: Result<T>) -> Result<T> {
        match answer {
            Err(error) => Err(self.caller.naming_the_user(error).await),
            answer => answer,
        }
    }

    async fn once(&self, ready: &Ready) -> Result<Value> {
        match self.caller.get(&self.asked(ready)?.asked()).await {
            // What was asked for twice because the first answer was lost is gone.
            Err(error)
                if ready.effect == Effect::Delete
                    && error.kind == ErrorKind::NotFound
                    && error.evidence.contains_key("tries") =>
            {
                Ok(Value::Null)
            }
            answer => answer,
        }
    }

    /// All elements of a list, each once.
    async fn pages(&self, ready: &Ready) -> Result<Value> {
        let own = ["limit", "offset", "page", "per_page"];
        if !ready.can_page {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("`{}` is not read page by page", ready.operation.id),
            )
            .advise("Leave `all_pages` out"));
        }
        if let Some((name, _)) = ready.parameters.query.iter().find(|(name, _)| own.contains(&name.as_str())) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("`{name}` and `all_pages` cannot be asked together"),
            )
            .advise("Leave one of the two out"));
        }
        let mut pager = if ready.has_ids { Pager::new() } else { Pager::without_ids() };
        while let Some((limit, offset)) = pager.next() {
            let mut asked = self.asked(ready)?;
            asked.query.extend([("limit".to_owned(), limit.to_string()), ("offset".to_owned(), offset.to_string())]);
            let (headers, page) = self.caller.get_with_headers(&asked.asked()).await?;
            pager.take(page, &headers);
        }
        pager.report(&ready.operation.id);
        Ok(Value::Array(pager.into_items()))
    }

    /// The request with the fields that are asked of Looker.
    fn asked(&self, ready: &Ready) -> Result<Owned> {
        let mut query = ready.parameters.query.clone();
        if let (true, Some(mask)) = (ready.takes_fields, &self.mask) {
            // The elements of a list are told apart by their ids, and what a filter looks at must be there.
            let mut mask = mask.clone();
            if self.request.all_pages && ready.has_ids {
                mask.want("id");
            }
            for path in self.request.filter.keys() {
                mask.want(path);
            }
            query.push(("fields".to_owned(), mask.to_string()));
        }
        let body = ready.body.as_ref().map_or(Ok(Body::none()), |(media, value)| written(*media, value))?;
        Ok(Owned { operation: Arc::clone(&ready.operation), path: ready.parameters.path.clone(), query, body })
    }

    /// What would be sent.
    fn shown(&self, ready: &Ready) -> Result<Value> {
        let asked = self.asked(ready)?;
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        let query: Vec<(&str, &str)> =
            asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path = asked.operation.path(&path) + &query_string(&query);
        Ok(json!({
            "operation": asked.operation.id,
            "effect": ready.effect.name(),
            "method": asked.operation.method.as_str(),
            "url": self.caller.api().root().map_or_else(|| path.clone(), |root| root.operation(&path)),
            "headers": { "authorization": HIDDEN },
            "body": ready.body.as_ref().map(|(_, value)| without_secrets(value, false)),
        }))
    }
}

/// A request with all that it owns.
struct Owned {
    operation: Arc<Operation>,
    path: Vec<String>,
    query: Vec<(String, String)>,
    body: Body,
}

impl Owned {
    fn asked(&self) -> Asked<'_> {
        let path = self.path.iter().map(String::as_str).collect();
        let query = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Asked::owned(&self.operation, path, query).with(self.body.clone())
    }
}

impl Ready {
    fn new(request: &CallRequest, table: &Table, row: &Row) -> Result<Self> {
        let parameters = check::parameters(row, &request.parameters, request.unchecked)?;
        let body = check::body(table, row, request.body.as_ref(), request.unchecked)?;
        let media = row.body.as_ref().map_or(Media::Json, |body| body.media);
        let takes = |name: &str| row.parameter(name).is_some();
        let has_ids = row.answer().is_some_and(|answer| match answer {
            Type::List(element) => match &**element {
                Type::Named(name) => table.find_type(name).is_some_and(|object| object.property("id").is_some()),
                _ => false,
            },
            _ => false,
        });
        Ok(Self {
            operation: Operation::of(row, None),
            effect: row.effect,
            parameters,
            body: body.map(|body| (media, body)),
            takes_fields: takes("fields") && !request.parameters.contains_key("fields"),
            answers_bytes: row.answers_bytes(),
            can_page: takes("limit") && takes("offset"),
            has_ids,
        })
    }

    fn raw(request: &CallRequest, method: &str, path: &str) -> Result<Self> {
        let wrong = |what: &str, advice: &str| {
            Err(Error::new(ErrorKind::InvalidInput, format!("{what} cannot be called")).advise(advice))
        };
        let method = method.trim().to_uppercase();
        let Some(known) = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
            .into_iter()
            .find(|known| known.as_str() == method)
        else {
            return wrong(&format!("The method `{method}`"), "Give GET, POST, PUT, PATCH or DELETE");
        };
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:@%/".contains(&byte);
        let is_path =
            path.starts_with('/') && path.bytes().all(is_allowed) && !path.split('/').any(|part| part == "..");
        if !is_path {
            return wrong(
                &format!("The path `{}`", looker_words::excerpt(path, 80)),
                "Give the part behind /api/4.0, such as /users/5, with letters other than ASCII escaped, and what follows a ? in `parameters`",
            );
        }
        let mut query = Vec::new();
        for (name, value) in &request.parameters {
            match super::encode::text(value, &Type::List(Box::new(Type::Any))) {
                Ok(text) => query.extend(text.map(|text| (name.clone(), text))),
                Err(reason) => return wrong(&format!("`{name}` {reason}; it"), "Give it as a text"),
            }
        }
        let effect = Effect::of("", &method);
        let operation = Operation::new("raw", known, path, Activity::Admin, effect.into(), effect.writes());
        Ok(Self {
            operation,
            effect,
            parameters: Parameters { path: Vec::new(), query },
            body: request.body.clone().filter(|body| !body.is_null()).map(|body| (Media::Json, body)),
            takes_fields: true,
            answers_bytes: false,
            can_page: true,
            has_ids: true,
        })
    }
}

/// A body as it is sent.
fn written(media: Media, value: &Value) -> Result<Body> {
    match media {
        Media::Json => Body::secret_json(value)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("The body cannot be written ({error})"))),
        Media::Text => Ok(Body::text("text/plain", text_of(value))),
        Media::Form => {
            let mut form = Serializer::new(String::new());
            for (name, value) in value.as_object().into_iter().flatten() {
                form.append_pair(name, &text_of(value));
            }
            Ok(Body::text("application/x-www-form-urlencoded", form.finish()))
        }
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A body with the texts hidden that stand under the names of secrets.
fn without_secrets(value: &Value, is_secret: bool) -> Value {
    match value {
        Value::Object(members) => {
            let hidden = members.iter().map(|(key, member)| {
                let names_secret = SECRET_WORDS.iter().any(|word| key.to_lowercase().contains(word));
                (key.clone(), without_secrets(member, is_secret || names_secret))
            });
            Value::Object(hidden.collect())
        }
        Value::Array(elements) => elements.iter().map(|element| without_secrets(element, is_secret)).collect(),
        Value::String(_) if is_secret => HIDDEN.into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_below_the_api_and_nothing_else() {
        let raw = |method: &str, path: &str| Ready::raw(&CallRequest::default(), method, path);
        let ready = raw("get", "/users/5%2F6").unwrap();
        assert_eq!((ready.operation.path(&[]).as_str(), ready.effect), ("/users/5%2F6", Effect::Read));
        assert!(raw("DELETE", "/users/5").unwrap().operation.writes);
        for path in ["users", "/a?b=c", "/a/../../b", "/a b", "/ü", "https://x/", "/{user_id}"] {
            assert!(raw("GET", path).is_err(), "{path}");
        }
        assert!(raw("TRACE", "/user").is_err());
    }

    #[test]
    fn what_is_shown_of_a_body_has_no_secret() {
        let body =
            json!({ "host": "h", "user_password": "hush", "keys": [{ "client_secret": ["hush", 1], "a": null }] });
        assert_eq!(
            without_secrets(&body, false),
            json!({ "host": "h", "user_password": HIDDEN, "keys": [{ "client_secret": [HIDDEN, 1], "a": null }] })
        );
    }
}
