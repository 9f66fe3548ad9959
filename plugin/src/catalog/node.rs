//! A node of the catalog, and a part of the tree as JSON or as rows.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;
use serde::Serialize;
use serde_json::Value;

/// A model, an explore or a field.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Node {
    /// From the top, joined by `/`: what a catalog request takes.
    pub(super) path: String,
    pub(super) name: String,
    pub(super) label: Option<String>,
    /// `model`, `explore`, or a field's LookML type.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// `dimension`, `measure`, `filter` or `parameter`; none for models and explores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) hidden: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<String>,
    /// Absent when it was not fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) children: Option<Vec<Node>>,
}

/// A part of the tree.
pub(super) enum Found {
    /// All models.
    Top(Vec<Node>),
    /// The node of the path.
    One(Box<Node>),
}

impl Found {
    /// Without what is hidden below the path; what the path names itself stays.
    pub(super) fn without_hidden(self) -> Self {
        match self {
            Self::Top(nodes) => Self::Top(visible(nodes)),
            Self::One(mut node) => {
                node.children = node.children.map(visible);
                Self::One(node)
            }
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Top(nodes) => serde_json::to_value(nodes),
            Self::One(node) => serde_json::to_value(node),
        }
        .unwrap_or_default()
    }

    /// The children of the path as rows; a field, which has none, as the one row.
    pub(super) fn to_rows(&self) -> Result<RecordBatch, ArrowError> {
        let nodes: Vec<&Node> = match self {
            Self::Top(nodes) => nodes.iter().collect(),
            Self::One(node) => {
                node.children.as_ref().map_or_else(|| vec![&**node], |children| children.iter().collect())
            }
        };
        batch(&nodes)
    }
}

fn visible(nodes: Vec<Node>) -> Vec<Node> {
    nodes
        .into_iter()
        .filter(|node| !node.hidden)
        .map(|mut node| {
            node.children = node.children.map(visible);
            node
        })
        .collect()
}

fn batch(nodes: &[&Node]) -> Result<RecordBatch, ArrowError> {
    let required = |of: fn(&Node) -> &str| {
        let mut builder = StringBuilder::new();
        for node in nodes {
            builder.append_value(of(node));
        }
        Arc::new(builder.finish()) as ArrayRef
    };
    let optional = |of: fn(&Node) -> Option<&str>| {
        let mut builder = StringBuilder::new();
        for node in nodes {
            builder.append_option(of(node));
        }
        Arc::new(builder.finish()) as ArrayRef
    };
    let mut hidden = BooleanBuilder::new();
    let mut tags = ListBuilder::new(StringBuilder::new());
    for node in nodes {
        hidden.append_value(node.hidden);
        for tag in &node.tags {
            tags.values().append_value(tag);
        }
        tags.append(true);
    }
    RecordBatch::try_from_iter_with_nullable([
        ("path", required(|node| &node.path), false),
        ("name", required(|node| &node.name), false),
        ("label", optional(|node| node.label.as_deref()), true),
        ("type", required(|node| &node.kind), false),
        ("category", optional(|node| node.category.as_deref()), true),
        ("description", optional(|node| node.description.as_deref()), true),
        ("hidden", Arc::new(hidden.finish()) as ArrayRef, false),
        ("tags", Arc::new(tags.finish()) as ArrayRef, false),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Found {
        let field = |name: &str, hidden| Node { name: name.into(), hidden, kind: "string".into(), ..Node::default() };
        Found::One(Box::new(Node {
            name: "orders".into(),
            hidden: true,
            children: Some(vec![field("a", false), field("b", true)]),
            ..Node::default()
        }))
    }

    #[test]
    fn what_is_hidden_is_left_out_below_the_path_and_not_at_it() {
        let json = tree().without_hidden().to_json();
        assert_eq!(json["name"], "orders");
        assert_eq!(json["children"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn the_rows_are_the_children() {
        assert_eq!(tree().to_rows().unwrap().num_rows(), 2);
    }
}
