//! Merged results. Looker's API shows what is merged and does not run it, so that it is computed here: the first source query
//! is joined with each of the others, on the fields that are merged.

mod join;
mod sort;

use std::collections::BTreeMap;

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::begin::Begun;
use super::call::Saved;
use super::formats::Made;
use super::limits::cut;
use super::looker_query::LookerQuery;
use super::request::QueryRequest;
use super::resolve::{fetch, fetch_slug, missing};
use super::stream::{Nothing, Source};
use super::{Job, schema};
use crate::api::Caller;
use crate::link::Asked;
use crate::operations::MERGE_QUERY;
use crate::paging::id_text;
use join::{Join, Renamed, Right};
use sort::Sorted;

/// The most memory that the rows of a merged result may hold, in bytes. The rows of the first source stream, unless they
/// are to be sorted.
const MOST_HELD: usize = 256 * 1024 * 1024;

/// A merged result.
#[derive(Debug)]
pub(super) struct Merge {
    id: String,
    sources: Vec<Merged>,
    sorts: Vec<String>,
    limit: Option<i64>,
    /// What Looker computes of a merged result and the connector does not.
    left_out: Vec<&'static str>,
}

/// One source query.
#[derive(Debug)]
struct Merged {
    name: String,
    query: Reference,
    /// The field of the merged result, and the one of the source.
    fields: Vec<(String, String)>,
    filters: BTreeMap<String, String>,
}

#[derive(Debug)]
enum Reference {
    Id(String),
    Slug(String),
}

/// `MergeQuery` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    source_queries: Option<Vec<ShownSource>>,
    #[serde(default)]
    sorts: Option<Vec<String>>,
    #[serde(default)]
    limit: Option<Value>,
    #[serde(default)]
    pivots: Option<Vec<String>>,
    #[serde(default)]
    total: Option<bool>,
    #[serde(default)]
    dynamic_fields: Option<String>,
}

#[derive(Deserialize)]
struct ShownSource {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    query_id: Option<Value>,
    #[serde(default)]
    query_slug: Option<String>,
    #[serde(default)]
    merge_fields: Option<Vec<ShownField>>,
}

#[derive(Deserialize)]
struct ShownField {
    #[serde(default)]
    field_name: Option<String>,
    #[serde(default)]
    source_field_name: Option<String>,
}

impl Merge {
    /// Fetches what is merged.
    pub(super) async fn fetch(caller: &Caller, id: &str) -> Result<Self> {
        let shown: Result<Shown> = caller.get(&Asked::new(&MERGE_QUERY, &[id], &[])).await;
        let advice = "The id stands in the address of the merged result, behind mid=, and in its tile on a dashboard";
        Self::read(id, shown.map_err(|error| missing(error, "merged result", id, advice))?)
    }

    fn read(id: &str, shown: Shown) -> Result<Self> {
        let sources = shown.source_queries.unwrap_or_default().into_iter().zip(1..);
        let sources: Result<Vec<Merged>> = sources.map(|(source, number)| Merged::read(id, source, number)).collect();
        let sources = sources?;
        if sources.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, format!("The merged result {id} has no source queries"))
                .advise("Open it in Looker: they may be gone"));
        }
        let limit = shown.limit.as_ref();
        let left_out = [
            ("table calculations", shown.dynamic_fields.is_some_and(|text| !["", "[]"].contains(&text.trim()))),
            ("totals", shown.total.unwrap_or_default()),
            ("pivot, whose values are rows", shown.pivots.is_some_and(|pivots| !pivots.is_empty())),
        ];
        Ok(Self {
            id: id.to_owned(),
            sources,
            sorts: shown.sorts.unwrap_or_default(),
            limit: limit.and_then(Value::as_i64).or_else(|| limit.and_then(Value::as_str)?.parse().ok()),
            left_out: left_out.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect(),
        })
    }

    /// Puts filters over those of its sources, by their names.
    pub(super) fn listen(&mut self, mut filters: BTreeMap<String, BTreeMap<String, String>>) {
        for source in &mut self.sources {
            source.filters = filters.remove(&source.name).unwrap_or_default();
        }
    }

    /// The queries of its sources, in their order.
    async fn queries(&self, caller: &Caller) -> Result<Vec<(LookerQuery, Option<Saved>)>> {
        let mut queries = Vec::new();
        for source in &self.sources {
            let (shown, saved) = match &source.query {
                Reference::Id(id) => (fetch(caller, id).await?, Some(Saved::Query(id.clone()))),
                Reference::Slug(slug) => (fetch_slug(caller, slug).await?, None),
            };
            let mut query = LookerQuery::shown(shown)?;
            query.filter(source.filters.iter().map(|(field, value)| (field.as_str(), value.as_str())));
            queries.push((query, saved.filter(|_| source.filters.is_empty())));
        }
        Ok(queries)
    }

    /// What is said before it is computed.
    fn notice(&self) -> Option<String> {
        (!self.left_out.is_empty())
            .then(|| format!("The merged result is delivered without its {}", self.left_out.join(", ")))
    }

    /// Joins what its queries deliver. Each of the others is held before the next is opened, and the first comes last,
    /// because it streams.
    fn join(
        &self,
        request: &QueryRequest,
        queries: &[(LookerQuery, Option<Saved>)],
        mut open: impl FnMut(&LookerQuery, Option<&Saved>) -> Result<Box<dyn Source>>,
    ) -> Result<Box<dyn Source>> {
        let mut sources = self.sources.iter().zip(queries);
        let first = sources.next().ok_or_else(|| Error::new(ErrorKind::Internal, "There is nothing to merge"))?;
        let (mut held, mut rights) = (0, Vec::new());
        for (source, (query, saved)) in sources {
            let rows = open(query, saved.as_ref())?;
            rights.push((source, Right::hold(rows, &source.name, MOST_HELD, &mut held)?));
        }
        let (source, (query, saved)) = first;
        let mut joined: Box<dyn Source> = Box::new(Renamed::new(open(query, saved.as_ref())?, &source.fields));
        let mut facts = Vec::new();
        for ((source, right), number) in rights.into_iter().zip(1..) {
            facts.push((source.name.clone(), right.summary.clone()));
            joined = Box::new(Join::new(joined, right, number, &source.fields)?);
        }
        let sorts = request.sorts.as_ref().unwrap_or(&self.sorts);
        if !sorts.is_empty() {
            joined = Box::new(Sorted::new(joined, sorts, MOST_HELD.saturating_sub(held)));
        }
        let limit = request.limit.or(self.limit).and_then(|limit| usize::try_from(limit).ok());
        Ok(Box::new(Whole { joined, limit, delivered: 0, is_cut: false, id: self.id.clone(), facts }))
    }
}

impl Job {
    /// Computes a merged result, or tells its columns.
    pub(super) fn merge(&self, merge: &Merge, made: &'static Made) -> Result<Outcome> {
        if made.wire.is_none() {
            let name = made.name;
            let message = format!("Looker does not make the format {name} of a merged result");
            return Err(Error::new(ErrorKind::InvalidInput, message).advise("Ask for rows"));
        }
        let queries = self.wait(merge.queries(&self.caller)).map_err(|error| self.named(error))?;
        if let Some(notice) = merge.notice() {
            self.notice(notice);
        }
        let joined = merge.join(&self.request, &queries, |query, saved| {
            let opened = if self.request.schema_only {
                self.planned(query).map(|schema| Box::new(Nothing(schema)) as Box<dyn Source>)
            } else {
                self.begun(query, saved, made).and_then(Begun::rows)
            };
            opened.map_err(|error| self.explained(query, made, error))
        })?;
        if self.request.schema_only {
            return Ok(Outcome::Value(schema::to_value(&joined.schema())));
        }
        Ok(self.rows(joined))
    }
}

impl Merged {
    fn read(id: &str, shown: ShownSource, number: usize) -> Result<Self> {
        let query = match (shown.query_id.as_ref().and_then(id_text), shown.query_slug) {
            (Some(id), _) => Reference::Id(id),
            (None, Some(slug)) => Reference::Slug(slug),
            (None, None) => {
                return Err(Error::new(
                    ErrorKind::Protocol,
                    format!("Looker names no query for source {number} of the merged result {id}"),
                )
                .advise("Open it in Looker: the query may be gone"));
            }
        };
        let fields = shown.merge_fields.into_iter().flatten();
        let fields = fields.filter_map(|field| {
            let name = field.field_name.or_else(|| field.source_field_name.clone())?;
            Some((name.clone(), field.source_field_name.unwrap_or(name)))
        });
        Ok(Self {
            name: shown.name.unwrap_or_else(|| number.to_string()),
            query,
            fields: fields.collect(),
            filters: BTreeMap::new(),
        })
    }
}

/// The joined rows, up to the limit.
struct Whole {
    joined: Box<dyn Source>,
    limit: Option<usize>,
    delivered: usize,
    is_cut: bool,
    id: String,
    /// What is known of the sources that were held, by their names.
    facts: Vec<(String, Map<String, Value>)>,
}

impl Source for Whole {
    fn schema(&self) -> arrow_schema::SchemaRef {
        self.joined.schema()
    }

    fn next(&mut self) -> Result<Option<arrow_array::RecordBatch>> {
        if self.is_cut {
            return Ok(None);
        }
        let Some(batch) = self.joined.next()? else { return Ok(None) };
        let left = self.limit.map_or(usize::MAX, |limit| limit - self.delivered);
        let batch = if batch.num_rows() >= left { batch.slice(0, left) } else { batch };
        self.delivered += batch.num_rows();
        self.is_cut = self.limit == Some(self.delivered);
        Ok((batch.num_rows() > 0).then_some(batch))
    }

    fn summary(&self) -> Map<String, Value> {
        let mut summary = self.joined.summary();
        let mut notices: Vec<Value> = Vec::new();
        let mut take = |name: &str, summary: &mut Map<String, Value>| {
            if let Some(Value::Array(own)) = summary.remove("notices") {
                let own = own.iter().filter_map(Value::as_str);
                notices.extend(own.map(|notice| json!(format!("{name}{notice}"))));
            }
        };
        take("", &mut summary);
        for (name, facts) in &self.facts {
            take(&format!("In the source `{name}`: "), &mut facts.clone());
        }
        notices.extend(self.limit.filter(|_| self.is_cut).map(|limit| cut(limit as u64).into()));
        // A cut source is a cut result.
        let is_cut = |facts: &Map<String, Value>| facts.get("truncated") == Some(&Value::Bool(true));
        let truncated = self.is_cut || is_cut(&summary) || self.facts.iter().any(|(_, facts)| is_cut(facts));
        Map::from_iter([
            ("merge_query".to_owned(), json!(self.id)),
            ("limit".to_owned(), json!(self.limit)),
            ("truncated".to_owned(), json!(truncated)),
            ("notices".to_owned(), notices.into()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_merged_is_read_and_what_is_not_computed_is_named() {
        let shown: Shown = serde_json::from_value(json!({
            "source_queries": [
                { "name": "one", "query_id": "1", "merge_fields": [] },
                { "name": "two", "query_slug": "s",
                  "merge_fields": [{ "field_name": "a.id", "source_field_name": "b.a_id" }] },
            ],
            "sorts": ["a.id desc"], "limit": "7", "total": true, "dynamic_fields": "[]",
        }))
        .unwrap();
        let mut merge = Merge::read("m", shown).unwrap();
        assert_eq!(merge.sources[1].fields, [("a.id".to_owned(), "b.a_id".to_owned())]);
        assert_eq!(merge.limit, Some(7));
        assert_eq!(merge.notice().unwrap(), "The merged result is delivered without its totals");
        let filters = BTreeMap::from([("b.x".to_owned(), "1".to_owned())]);
        merge.listen(BTreeMap::from([("two".to_owned(), filters.clone())]));
        assert_eq!((&merge.sources[0].filters.len(), &merge.sources[1].filters), (&0, &filters));
    }
}
