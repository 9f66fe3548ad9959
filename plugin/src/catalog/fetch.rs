//! Fetching the part of the catalog at a path, with as few and as small answers as Looker allows.

use connector_interface::{Error, ErrorKind, Result};
use serde::Deserialize;

use super::node::{Found, Node};
use crate::api::Caller;
use crate::link::Asked;
use crate::operations::{ALL_LOOKML_MODELS, LOOKML_MODEL, LOOKML_MODEL_EXPLORE};
use looker_words::nearest;

const EXPLORE_KEYS: &str = "name,label,description,hidden";
const FIELD_KEYS: &str = "name,label,type,category,description,hidden,tags";

/// `LookmlModel` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Model {
    name: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    explores: Option<Vec<Explore>>,
}

/// `LookmlModelNavExplore` and `LookmlModelExplore`, as far as they are read.
#[derive(Deserialize)]
struct Explore {
    #[serde(default)]
    name: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    hidden: Option<bool>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    fields: Option<FieldSet>,
}

#[derive(Default, Deserialize)]
struct FieldSet {
    #[serde(default)]
    dimensions: Option<Vec<Field>>,
    #[serde(default)]
    measures: Option<Vec<Field>>,
    #[serde(default)]
    filters: Option<Vec<Field>>,
    #[serde(default)]
    parameters: Option<Vec<Field>>,
}

/// `LookmlModelExploreField`, as far as it is read.
#[derive(Deserialize)]
struct Field {
    #[serde(default)]
    name: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default, rename = "type")]
    lookml_type: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    hidden: Option<bool>,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// The part of the tree at a path such as `model/explore/view.field`.
pub(super) async fn at(caller: &Caller, path: &str) -> Result<Found> {
    let parts: Vec<&str> = path.split('/').map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => {
            let fields = format!("name,label,explores({EXPLORE_KEYS})");
            let query = [("fields", fields.as_str())];
            let models: Vec<Model> = caller.get(&Asked::new(&ALL_LOOKML_MODELS, &[], &query)).await?;
            Ok(Found::Top(models.into_iter().map(Model::into_node).collect()))
        }
        [model] => {
            let fields = format!("name,label,explores({EXPLORE_KEYS})");
            match caller.get::<Model>(&Asked::new(&LOOKML_MODEL, &[model], &[("fields", &fields)])).await {
                Ok(found) => Ok(Found::One(Box::new(found.into_node()))),
                Err(error) => Err(with_nearest(caller, error, &parts).await),
            }
        }
        [model, explore] => Ok(Found::One(Box::new(fetch_explore(caller, model, explore).await?))),
        [model, explore, field] => {
            let node = fetch_explore(caller, model, explore).await?;
            let fields = node.children.unwrap_or_default();
            let near = nearest(field, fields.iter().map(|field| field.name.as_str())).map(str::to_owned);
            let found = fields.into_iter().find(|candidate| candidate.name == *field);
            found.map(|field| Found::One(Box::new(field))).ok_or_else(|| {
                let what = format!("The explore `{model}/{explore}` has no field `{field}`");
                not_found(Error::new(ErrorKind::NotFound, ""), &what, near.as_deref())
            })
        }
        _ => Err(Error::new(ErrorKind::InvalidInput, format!("The path `{path}` has more than three parts"))
            .advise("A path is model/explore/field, or a first part of it")),
    }
}

async fn fetch_explore(caller: &Caller, model: &str, explore: &str) -> Result<Node> {
    let lists =
        ["dimensions", "measures", "filters", "parameters"].map(|list| format!("{list}({FIELD_KEYS})")).join(",");
    let fields = format!("{EXPLORE_KEYS},tags,fields({lists})");
    let path = [model, explore];
    match caller.get::<Explore>(&Asked::new(&LOOKML_MODEL_EXPLORE, &path, &[("fields", &fields)])).await {
        Ok(found) => Ok(found.into_node(model)),
        Err(error) => Err(with_nearest(caller, error, &[model, explore]).await),
    }
}

/// Says of an error that something was not found what it was, and the nearest name that there is.
async fn with_nearest(caller: &Caller, error: Error, path: &[&str]) -> Error {
    if error.kind != ErrorKind::NotFound {
        return error;
    }
    let asked = Asked::new(&ALL_LOOKML_MODELS, &[], &[("fields", "name,explores(name)")]);
    let Ok(models) = caller.get::<Vec<Model>>(&asked).await else { return error };
    let (model, explore) = (path.first().copied().unwrap_or_default(), path.get(1).copied());
    let (what, near) = match (models.iter().find(|known| known.name == model), explore) {
        (Some(known), Some(explore)) => {
            let explores = known.explores.iter().flatten().map(|explore| explore.name.as_str());
            (format!("The model `{model}` has no explore `{explore}`"), nearest(explore, explores))
        }
        _ => (format!("There is no model `{model}`"), nearest(model, models.iter().map(|known| known.name.as_str()))),
    };
    not_found(error, &what, near)
}

/// The same error, saying what was not found.
fn not_found(mut error: Error, what: &str, near: Option<&str>) -> Error {
    error.kind = ErrorKind::NotFound;
    error.message = format!("{what}, or this user may not see it");
    error.advice = near.map_or_else(
        || "Look it up in the catalog; names are case-sensitive".to_owned(),
        |near| format!("Did you mean `{near}`?"),
    );
    error
}

/// Looks into the catalog for why a query on an explore failed: a model, an explore or a field that does not exist.
/// Looker's own words differ from release to release; the catalog does not.
pub(crate) async fn explain(caller: &Caller, error: Error, model: &str, explore: &str, fields: &[&str]) -> Error {
    if !matches!(error.kind, ErrorKind::NotFound | ErrorKind::QueryFailed | ErrorKind::InvalidInput) {
        return error;
    }
    let node = match fetch_explore(caller, model, explore).await {
        Ok(node) => node,
        // What was not found is told better than by the query; any other failure here is beside the point.
        Err(mut why) if why.kind == ErrorKind::NotFound => {
            why.evidence = error.evidence;
            return why;
        }
        Err(_) => return error,
    };
    let known = node.children.unwrap_or_default();
    match fields.iter().find(|field| !known.iter().any(|known| known.name == **field)) {
        Some(field) => {
            let near = nearest(field, known.iter().map(|known| known.name.as_str()));
            not_found(error, &format!("The explore `{model}/{explore}` has no field `{field}`"), near)
        }
        None => error,
    }
}

impl Model {
    fn into_node(self) -> Node {
        let explores = self.explores.unwrap_or_default();
        Node {
            children: Some(
                explores.into_iter().map(|explore| Node { children: None, ..explore.into_node(&self.name) }).collect(),
            ),
            path: self.name.clone(),
            name: self.name,
            label: self.label,
            kind: "model".to_owned(),
            ..Node::default()
        }
    }
}

impl Explore {
    fn into_node(self, model: &str) -> Node {
        let path = format!("{model}/{}", self.name);
        let fields = self.fields.unwrap_or_default();
        let lists = [fields.dimensions, fields.measures, fields.filters, fields.parameters];
        let categories = ["dimension", "measure", "filter", "parameter"];
        let children = lists
            .into_iter()
            .zip(categories)
            .flat_map(|(list, category)| list.into_iter().flatten().map(move |field| (field, category)))
            .map(|(field, category)| field.into_node(&path, category))
            .collect();
        Node {
            path,
            name: self.name,
            label: self.label,
            kind: "explore".to_owned(),
            category: None,
            description: self.description,
            hidden: self.hidden.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            children: Some(children),
        }
    }
}

impl Field {
    fn into_node(self, explore: &str, category: &str) -> Node {
        Node {
            path: format!("{explore}/{}", self.name),
            name: self.name,
            label: self.label,
            kind: self.lookml_type.unwrap_or_default(),
            category: Some(self.category.unwrap_or_else(|| category.to_owned())),
            description: self.description.filter(|text| !text.is_empty()),
            hidden: self.hidden.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            children: None,
        }
    }
}
