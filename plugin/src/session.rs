//! A session: one instance, one user. The doors come in here and see only plain Rust.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use connector_interface::services::Host;
use connector_interface::{
    Description, Error, ErrorKind, Operation, OperationSpec, Outcome, Request, Result, Session, Settings,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::actions::Invocation;
use crate::api::{Api, Caller};
use crate::auth::UserRef;
use crate::authorize::{AuthorizeRequest, authorize};
use crate::call::{CallRequest, Known, ListRequest};
use crate::catalog::CatalogRequest;
use crate::check::{CheckRequest, check};
use crate::choices::ChoicesRequest;
use crate::config::{Config, OPTIONS, OptionRow};
use crate::operation::{Control, Started};
use crate::query::{Explores, Job, QueryRequest};
use crate::runtime::block_on;
use crate::triggers::Poll;
use crate::webhook::ReceiveRequest;
use crate::{actions, call, catalog, choices, query, steps, triggers};

/// A connection to one Looker instance as one user.
#[derive(Debug)]
pub struct Looker {
    api: Arc<Api>,
    explores: Arc<Explores>,
    operations: Arc<Known>,
    allow_sql_runner: bool,
    webhook_token: Option<Arc<SecretString>>,
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
    [
        crate::check::spec(),
        query::spec(),
        catalog::spec(),
        crate::authorize::spec(),
        actions::spec(),
        triggers::spec(),
        crate::webhook::spec(),
        choices::spec(),
        call::spec(),
        call::list_spec(),
    ]
    .into_iter()
    .fold(description, Description::operation)
}

impl Looker {
    /// Checks the settings and makes a session. Nothing is sent before the first operation.
    pub fn connect(settings: Settings, host: &Host) -> Result<Self> {
        let config = Config::parse(settings, host)?;
        if !config.transport.verify_ssl {
            let host = config.address.first().map(crate::instance::Root::host).unwrap_or_default();
            tracing::warn!(host, "the server's certificate is not checked (verify_ssl is off)");
        }
        let allow_sql_runner = config.allow_sql_runner;
        let webhook_token = config.webhook_token.clone();
        let api = Api::new(config);
        api.ready()?;
        Ok(Self {
            api: Arc::new(api),
            explores: Arc::default(),
            operations: Arc::default(),
            allow_sql_runner,
            webhook_token,
            running: Mutex::default(),
        })
    }

    /// The controls of a new operation, known to the session so that its shutdown reaches it.
    fn control(&self, deadline: Option<Duration>) -> Result<Arc<Control>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.ended {
            return Err(Error::new(ErrorKind::InvalidInput, "The session was shut down").advise("Connect again"));
        }
        let control = Control::new(deadline, self.api.redactor(), self.api.usage());
        running.controls.retain(|control| control.strong_count() > 0);
        running.controls.push(Arc::downgrade(&control));
        Ok(control)
    }
}

impl Looker {
    /// What an action or a trigger works with.
    fn context(&self, caller: Caller, control: &Arc<Control>, preview: bool) -> steps::Context {
        steps::Context {
            caller,
            control: Arc::clone(control),
            explores: Arc::clone(&self.explores),
            operations: Arc::clone(&self.operations),
            allow_sql_runner: self.allow_sql_runner,
            preview,
        }
    }
}

impl Session for Looker {
    fn describe(&self) -> Result<Value> {
        let root = self.api.root();
        Ok(json!({
            "api_root": root.map(|root| root.operation("")),
            "host": root.map(crate::instance::Root::host),
            "calls": self.api.usage().calls(),
        }))
    }

    fn start(&self, request: Request) -> Result<Box<dyn Operation>> {
        let control = self.control(request.deadline)?;
        let caller = |act_as: Option<&str>| {
            let user = act_as.map(UserRef::parse).transpose()?;
            Ok::<_, Error>(Caller::new(&self.api, user.as_ref(), Arc::clone(control.meter())))
        };
        match request.kind.as_str() {
            OperationSpec::CHECK => {
                let asked: CheckRequest = request.parse()?;
                let caller = caller(asked.act_as.as_deref())?;
                Ok(Started::boxed(control, move |control| block_on(control.run(check(&caller))).map(Outcome::Value)))
            }
            OperationSpec::QUERY => {
                let asked: QueryRequest = request.parse()?;
                query::check_allowed(&asked, self.allow_sql_runner)?;
                let job = Job {
                    caller: caller(asked.act_as.as_deref())?,
                    control: Arc::clone(&control),
                    request: asked,
                    body: request.body,
                    explores: Arc::clone(&self.explores),
                    allow_sql_runner: self.allow_sql_runner,
                };
                Ok(Started::boxed(control, move |_| job.run()))
            }
            OperationSpec::CATALOG => {
                let catalog: CatalogRequest = request.parse()?;
                let caller = caller(catalog.act_as.as_deref())?;
                Ok(Started::boxed(control, move |control| catalog::run(&caller, &catalog, control)))
            }
            OperationSpec::AUTHORIZE => {
                let step: AuthorizeRequest = request.parse()?;
                let caller = caller(None)?;
                Ok(Started::boxed(control, move |control| block_on(control.run(authorize(&caller, &step)))))
            }
            OperationSpec::OPTIONS => {
                let asked: ChoicesRequest = request.parse()?;
                let caller = caller(asked.act_as.as_deref())?;
                let job = choices::Job { caller, request: asked, operations: Arc::clone(&self.operations) };
                Ok(Started::boxed(control, move |control| job.run(control)))
            }
            OperationSpec::CALL => {
                let asked: CallRequest = request.parse()?;
                let caller = caller(asked.act_as.as_deref())?;
                let job = call::Job::new(caller, asked, Arc::clone(&self.operations))?;
                Ok(Started::boxed(control, move |control| job.run(control)))
            }
            OperationSpec::OPERATIONS => {
                let asked: ListRequest = request.parse()?;
                let (caller, known) = (caller(None)?, Arc::clone(&self.operations));
                Ok(Started::boxed(control, move |control| asked.run(&caller, &known, control)))
            }
            OperationSpec::INVOKE => {
                let invocation = Invocation::parse(&request)?;
                let caller = caller(invocation.act_as().as_deref())?;
                let context = self.context(caller, &control, invocation.preview());
                Ok(Started::boxed(control, move |_| invocation.run(&context)))
            }
            OperationSpec::POLL => {
                let poll = Poll::parse(&request)?;
                let context = self.context(caller(poll.act_as())?, &control, false);
                Ok(Started::boxed(control, move |_| poll.run(&context)))
            }
            OperationSpec::RECEIVE => {
                let received: ReceiveRequest = request.parse()?;
                let (api, token) = (Arc::clone(&self.api), self.webhook_token.clone());
                Ok(Started::boxed(control, move |_| received.read(token.as_deref(), &api.hosts()).map(Outcome::Value)))
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
        block_on(async {
            self.api.end(timeout).await;
            Ok(())
        })
    }
}
