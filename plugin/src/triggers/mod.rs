//! What happens, told as events to a host that polls: a trigger looks, compares with what it saw at the poll before, and
//! answers what is new, with a cursor for the next poll. Nothing is kept but in that cursor, which moves when the host keeps
//! it: an event is told at least once, and by the same key when it is told again.
//!
//! ```text
//! poll --> polling --> detect --> events and cursor
//!             | rows, list          | seen, mark
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `row` | what a trigger is: a row of a table |
//! | `data`, `instance` | the tables |
//! | `schema` | what the rows say of themselves |
//! | `poll`, `polling` | a request, and what it looks at |
//! | `items`, `key`, `mark` | rows and elements, what they are known by, values in an order |
//! | `seen` | what was there, in little room |
//! | `detect` | what has happened |
//! | `event`, `cursor` | what is answered |

mod cursor;
mod data;
mod detect;
pub(crate) mod event;
mod instance;
mod items;
pub(crate) mod key;
mod mark;
mod poll;
mod polling;
mod row;
mod schema;
mod seen;

pub(crate) use poll::{Poll, spec};
use row::Trigger;

/// All triggers.
fn all() -> impl Iterator<Item = &'static Trigger> {
    data::TRIGGERS.iter().chain(instance::TRIGGERS)
}

fn find(name: &str) -> Option<&'static Trigger> {
    all().find(|trigger| trigger.name == name)
}

/// What each needs.
#[cfg(test)]
pub(crate) fn needs() -> impl Iterator<Item = crate::steps::Needs> {
    all().map(|trigger| trigger.needs)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use looker_operations::Table;
    use serde_json::{Map, Value};

    use super::*;
    use row::{Detects, Watches};

    #[test]
    fn every_row_is_of_what_there_is_and_says_what_it_takes() {
        let mut names = HashSet::new();
        for trigger in all() {
            let name = trigger.name;
            assert!(names.insert(name), "{name} is there twice");
            assert!(!trigger.summary.ends_with('.'), "{name}");
            let input = schema::input(trigger);
            for (input, property) in input["properties"].as_object().unwrap() {
                assert!(!property["description"].as_str().unwrap_or_default().is_empty(), "{name}: {input}");
            }
            match &trigger.watches {
                Watches::List(list) => {
                    let row = Table::builtin().find(list.operation).unwrap_or_else(|| panic!("{name}: no operation"));
                    let fixed: Map<String, Value> = serde_json::from_str(list.parameters).unwrap();
                    let given = list.inputs.iter().map(|input| input.name);
                    for parameter in fixed.keys().map(String::as_str).chain(given) {
                        assert!(row.parameter(parameter).is_some(), "{name}: {parameter}");
                    }
                    let data = &schema::entry(trigger)["x-output"]["properties"]["data"]["properties"];
                    for member in [list.id].into_iter().chain(list.content.iter().copied()) {
                        assert!(data.get(member).is_some(), "{name}: {member} in {data}");
                    }
                }
                Watches::Activity { request, filters } => {
                    let request: Value = serde_json::from_str(request).unwrap();
                    let view = |field: &str| field.split('.').next().unwrap_or_default().to_owned();
                    let fields: HashSet<String> = request["fields"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|field| view(field.as_str().unwrap()))
                        .collect();
                    assert!(request["fields"].as_array().unwrap().contains(&request["marker"]), "{name}");
                    assert!(filters.iter().all(|(_, field)| fields.contains(&view(field))), "{name}");
                    assert!(matches!(trigger.detects, Detects::New(_)), "{name}");
                }
                Watches::Rows { .. } => {}
            }
        }
    }
}
