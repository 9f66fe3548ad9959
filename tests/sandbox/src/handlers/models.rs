//! LookML models and explores.

use axum::response::Response;

use crate::auth::Session;
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::lists;
use crate::model::{Explore, Model, describe, model, models_in};

/// The model, if it exists for the user.
pub(crate) fn visible_model(session: &Session, name: &str) -> Result<&'static Model, Failure> {
    let user = &session.user;
    let visible = |model: &&Model| {
        if model.internal { user.may("see_system_activity") } else { user.sees_model(model.name) }
    };
    model(&session.workspace, name).filter(visible).ok_or(Failure::NotFound)
}

/// The explore, if it exists for the user.
pub(crate) fn visible_explore(
    session: &Session,
    model: &str,
    explore: &str,
) -> Result<(&'static Model, &'static Explore), Failure> {
    let model = visible_model(session, model)?;
    let explore = model.explore(explore).filter(|explore| session.user.sees(model.name, explore.name));
    Ok((model, explore.ok_or(Failure::NotFound)?))
}

/// `all_lookml_models`.
pub(crate) fn all_lookml_models(call: &Call) -> Result<Response, Failure> {
    let session = call.session()?;
    let hide = call.flag("exclude_hidden");
    let list: Vec<&Model> = models_in(&session.workspace)
        .iter()
        .filter(|model| !model.internal || call.flag("include_internal"))
        .filter(|model| visible_model(session, model.name).is_ok())
        .collect();
    lists::answer(call, &list, |model| describe::model(model, &session.user, hide))
}

/// `lookml_model`.
pub(crate) fn lookml_model(call: &Call) -> Result<Response, Failure> {
    let session = call.session()?;
    let model = visible_model(session, call.path("lookml_model_name"))?;
    call.answer(describe::model(model, &session.user, false))
}

/// `lookml_model_explore`.
pub(crate) fn lookml_model_explore(call: &Call) -> Result<Response, Failure> {
    let session = call.session()?;
    let (model, explore) = visible_explore(session, call.path("lookml_model_name"), call.path("explore_name"))?;
    call.answer(describe::explore(model, explore, &session.user, call.state.now))
}
