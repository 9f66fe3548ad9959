//! `catalog`: what there is to query, as a tree, a table or JSON.

use clap::{Arg, ArgMatches, Command};
use connector_interface::{Description, OperationSpec};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, deadline, operation, pretty, value, with_session};
use crate::exit;
use crate::messages::printable;
use crate::output::{self, Format, Formats, Forms, Target, table};
use crate::schema_args::body;

pub(crate) const NAME: &str = "catalog";

const FORMATS: &[Format] = &[Format::Tree, Format::Table, Format::Json, Format::Jsonl, Format::Csv];

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::CATALOG, &["path", "form"])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("List what there is to query")
        .arg(Arg::new("path").value_name("PATH").help("Where to start: names joined by `/`; without it, at the top"))
        .args(flags(description).args("Catalog"))
        .args(Formats::own(FORMATS).args())
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    operation(plugin, OperationSpec::CATALOG, "catalog")?;
    let target = Target::of(matches, &Formats::own(FORMATS))?;
    let flags = flags(Some(plugin.description()));
    let mut body = body(&flags.request, matches, Map::new())?;
    let path = matches.get_one::<String>("path").map_or("", String::as_str);
    body.insert("path".to_owned(), path.into());
    let as_tree = target.is(Format::Tree) || target.is(Format::Json);
    body.insert("form".to_owned(), if as_tree { "tree" } else { "rows" }.into());
    let body = Value::Object(body);
    with_session(plugin, &flags, matches, |session| {
        if !as_tree {
            return output::stream(session, OperationSpec::CATALOG, &body, deadline(matches), &target, Forms::Rows)
                .map(drop);
        }
        let nodes = value(session, OperationSpec::CATALOG, &body, deadline(matches), target.progress)?;
        target.write_text(&if target.is(Format::Json) { pretty(&nodes) } else { tree(&nodes) })
    })
}

/// Nodes as indented lines: name, type, label and description in columns.
fn tree(nodes: &Value) -> String {
    let mut lines = Vec::new();
    collect(nodes, 0, &mut lines);
    table::columns(&lines)
}

fn collect(nodes: &Value, depth: usize, lines: &mut Vec<Vec<String>>) {
    let nodes = match nodes {
        Value::Array(nodes) => nodes.as_slice(),
        node => std::slice::from_ref(node),
    };
    for node in nodes {
        let text = |key: &str| printable(node.get(key).and_then(Value::as_str).unwrap_or_default());
        let name = text("name");
        // The top of everything may be a node without a name; it is not worth a line.
        let inside = if name.is_empty() {
            depth
        } else {
            let label = text("label");
            let mut about: Vec<String> = Vec::new();
            if label != name {
                about.push(label);
            }
            about.push(text("description"));
            about.retain(|part| !part.is_empty());
            if node.get("hidden").and_then(Value::as_bool) == Some(true) {
                about.push("(hidden)".to_owned());
            }
            lines.push(vec![format!("{}{name}", "  ".repeat(depth)), text("type"), about.join(" - ")]);
            depth + 1
        };
        if let Some(children) = node.get("children") {
            collect(children, inside, lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tree_is_indented_and_its_columns_are_aligned() {
        let nodes = json!([{"name": "shop", "label": "Shop", "type": "model", "children": [
            {"name": "orders", "label": "orders", "type": "explore", "description": "One a line", "hidden": true}]}]);
        assert_eq!(tree(&nodes), "shop      model    Shop\n  orders  explore  One a line - (hidden)\n");
    }

    #[test]
    fn a_root_without_a_name_has_no_line_of_its_own() {
        assert_eq!(tree(&json!({"name": "", "children": [{"name": "a", "type": "model"}]})), "a  model\n");
        assert_eq!(tree(&json!([])), "");
    }
}
