//! What of a project is in production: a commit, until another is deployed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::response::Response;
use jiff::Timestamp;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::json;

use super::typed;
use crate::content::made_at;
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::table;

/// The commit that was deployed last.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Deployed {
    commit: String,
    /// In seconds since 1970.
    at: i64,
    /// How many were deployed before.
    count: u64,
}

/// What was deployed last, by project.
#[derive(Debug, Default)]
pub(crate) struct Deployments(Mutex<BTreeMap<String, Deployed>>);

impl Deployments {
    /// What is in production: from the start, a commit as old as the first content.
    fn read(&self, project: &str) -> Deployed {
        let deployed = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(project).cloned();
        deployed.unwrap_or_else(|| Deployed { commit: commit(project, 0), at: made_at(0).as_second(), count: 0 })
    }

    /// Deploys a commit, or one that has never been there.
    fn deploy(&self, project: &str, wanted: Option<&str>) {
        let count = self.read(project).count + 1;
        let commit = wanted.map_or_else(|| commit(project, count), str::to_owned);
        let deployed = Deployed { commit, at: Timestamp::now().as_second(), count };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(project.to_owned(), deployed);
    }
}

/// The name of a commit, as git makes them.
fn commit(project: &str, count: u64) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{project} {count}").as_bytes());
    let digits: Vec<String> = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// `deploy_to_production`, `deploy_ref_to_production`, `async_deploy_ref_to_production`: a `ref` that names a commit is
/// that commit; any other, and a branch, has a new one.
pub(crate) fn deploy(call: &Call) -> Result<Response, Failure> {
    let is_commit = |wanted: &&str| wanted.len() == 40 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    call.state.deployments.deploy(call.path("project_id"), call.parameter("ref").filter(is_commit));
    typed::answer(call, table::operation(call.operation.id).ok_or(Failure::NotFound)?)
}

/// `git_branch`: the branch of production, or in the workspace `dev` the caller's own, which has nothing that production
/// does not have.
pub(crate) fn git_branch(call: &Call) -> Result<Response, Failure> {
    let session = call.session()?;
    let is_production = session.workspace == "production";
    let own = format!("dev-{}-sandbox", session.user.name);
    let name = if is_production { "main" } else { own.as_str() };
    let Deployed { commit, at, .. } = call.state.deployments.read(call.path("project_id"));
    call.answer(json!({
        "can": {},
        "name": name,
        "remote": "origin",
        "remote_name": name,
        "error": null,
        "message": null,
        "owner_name": (!is_production).then(|| session.user.full_name()),
        "readonly": is_production,
        "personal": !is_production,
        "is_local": true,
        "is_remote": true,
        "is_production": is_production,
        "ahead_count": 0,
        "behind_count": 0,
        "commit_at": at,
        "ref": commit,
        "remote_ref": commit,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_deployment_is_another_commit_unless_a_commit_was_asked_for() {
        let deployments = Deployments::default();
        let mut seen = vec![deployments.read("thelook").commit];
        assert_eq!(deployments.read("thelook").commit, seen[0]);
        for _ in 0..2 {
            deployments.deploy("thelook", None);
            let commit = deployments.read("thelook").commit;
            assert!(commit.len() == 40 && !seen.contains(&commit), "{commit} {seen:?}");
            seen.push(commit);
        }
        deployments.deploy("thelook", Some(&seen[0]));
        assert_eq!(deployments.read("thelook").commit, seen[0]);
        assert_eq!(deployments.read("other").count, 0);
    }
}
