//! A session: one instance, one user. The doors come in here and see only plain Rust.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use connector_interface::{
    Description, Error, ErrorKind, Operation, OperationSpec, Outcome, Request, Result, Session, Settings,
};
use serde_json::{Value, json};

use crate::api::Api;
use crate::auth::ApiKey;
use crate::catalog::CatalogRequest;
use crate::check::check;
use crate::config::{Config, OPTIONS, OptionRow};
use crate::http::Client;
use crate::operation::{Control, Started};
use crate::query::InlineQuery;
use crate::runtime::block_on;
use crate::{catalog, query};

/// A connection to one Looker instance as one user.
#[derive(Debug)]
pub struct Looker {
    api: Arc<Api>,
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    controls: Vec<Weak<Control>>,
    ended: bool,
}

/// What the connector is, takes and serves.
pub(crate) fn describe() -> Description {
    let description = Description::new(
        "looker",
        "Looker",
        env!("CARGO_PKG_VERSION"),
        "Governed data and content of a Looker instance, as the user of the API credentials may see them",
    );
    let description = OPTIONS.iter().map(OptionRow::spec).fold(description, Description::option);
    [check_spec(), query::spec(), catalog::spec()].into_iter().fold(description, Description::operation)
}

fn check_spec() -> OperationSpec {
    let input = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    OperationSpec::new(
        OperationSpec::CHECK,
        "Log in and say who the user is and what there is to query",
        input,
        &[connector_interface::describe::OutcomeKind::Value],
    )
    .read_only()
}

impl Looker {
    /// Checks the settings and makes a session. Nothing is sent before the first operation.
    pub fn connect(settings: Settings) -> Result<Self> {
        let config = Config::parse(settings)?;
        let root = config.address.first().cloned().ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "The address in `base_url` leads nowhere").advise("Correct it")
        })?;
        if !config.verify_ssl {
            tracing::warn!(host = %root.host(), "the server's certificate is not checked (verify_ssl is off)");
        }
        let client = Client::new(config.timeout, config.verify_ssl, root.is_loopback());
        let key = ApiKey { client_id: config.client_id, client_secret: config.client_secret };
        Ok(Self { api: Arc::new(Api::new(client, root, key)), running: Mutex::default() })
    }

    /// The controls of a new operation, known to the session so that its shutdown reaches it.
    fn control(&self, deadline: Option<Duration>) -> Result<Arc<Control>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.ended {
            return Err(Error::new(ErrorKind::InvalidInput, "The session was shut down").advise("Connect again"));
        }
        let control = Control::new(deadline, self.api.redactor());
        running.controls.retain(|control| control.strong_count() > 0);
        running.controls.push(Arc::downgrade(&control));
        Ok(control)
    }
}

impl Session for Looker {
    fn describe(&self) -> Result<Value> {
        Ok(json!({ "api_root": self.api.root().operation(""), "host": self.api.root().host() }))
    }

    fn start(&self, request: Request) -> Result<Box<dyn Operation>> {
        let control = self.control(request.deadline)?;
        let api = Arc::clone(&self.api);
        match request.kind.as_str() {
            OperationSpec::CHECK => {
                let _: NoInput = request.parse()?;
                Ok(Started::boxed(control, move |control| block_on(control.run(check(&api))).map(Outcome::Value)))
            }
            OperationSpec::QUERY => {
                let inline: InlineQuery = request.parse()?;
                inline.validate()?;
                Ok(Started::boxed(control, move |control| query::run(&api, &inline, control)))
            }
            OperationSpec::CATALOG => {
                let catalog: CatalogRequest = request.parse()?;
                Ok(Started::boxed(control, move |control| catalog::run(&api, &catalog, control)))
            }
            other => Err(Error::new(ErrorKind::Unsupported, format!("The connector has no operation `{other}`"))
                .advise("Its description lists the operations")),
        }
    }

    fn shutdown(&self, timeout: Duration) -> Result<()> {
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.ended = true;
            running.controls.drain(..).filter_map(|control| control.upgrade()).for_each(|control| control.cancel());
        }
        block_on(self.api.logout(timeout))
    }
}

/// The body of a request that takes nothing.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoInput {}
