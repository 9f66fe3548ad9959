//! `dynamic_fields`: the table calculations, custom dimensions and custom measures that a query brings along, as JSON
//! inside a string.

use serde_json::{Map, Value};

use crate::format::value_format;
use crate::model::field::{Aggregate, Category, Field, FilterFamily, Function, Source};
use crate::model::{Explore, Model};
use crate::query::expression::{Expression, Kind};

/// A column computed from the other columns of the result.
#[derive(Debug, Clone)]
pub(crate) struct TableCalculation {
    /// Name, without a dot.
    pub(crate) name: String,
    /// Label.
    pub(crate) label: String,
    /// Formula as written.
    pub(crate) text: String,
    /// Formula as read.
    pub(crate) expression: Expression,
    /// Excel-style format.
    pub(crate) value_format: Option<String>,
}

/// A dimension or measure that the query itself defines.
#[derive(Debug, Clone)]
pub(crate) struct CustomField {
    /// The field; its name has no dot.
    pub(crate) field: Field,
    /// Names of the fields that it is made of.
    pub(crate) drawn_from: Vec<String>,
}

/// All that a query brings along.
#[derive(Debug, Clone, Default)]
pub(crate) struct DynamicFields {
    /// Custom dimensions and measures.
    pub(crate) custom: Vec<CustomField>,
    /// Table calculations.
    pub(crate) calculations: Vec<TableCalculation>,
}

/// Reads `dynamic_fields`; the error goes on after the name of the key.
pub(super) fn read(text: &str) -> Result<DynamicFields, String> {
    let fields: Vec<Map<String, Value>> =
        serde_json::from_str(text).map_err(|_| "must be an array of objects, as JSON text.".to_owned())?;
    let mut dynamic = DynamicFields::default();
    for field in &fields {
        let get = |key: &str| field.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(name) = get("table_calculation") {
            dynamic.calculations.push(calculation(name, &get)?);
        } else if let Some(name) = get("measure") {
            dynamic.custom.push(custom_measure(name, field, &get)?);
        } else if let Some(name) = get("dimension") {
            dynamic.custom.push(custom_dimension(name, &get)?);
        } else {
            return Err("must hold table calculations, custom dimensions and custom measures.".into());
        }
    }
    Ok(dynamic)
}

/// A key of a field, if it holds text.
type Get<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

fn expression(name: &str, text: &str) -> Result<Expression, String> {
    Expression::parse(text).map_err(|why| format!("has a formula in \"{name}\": {why}."))
}

fn format(get: &Get<'_>) -> Option<String> {
    get("value_format").or_else(|| value_format::named(get("value_format_name")?)).map(str::to_owned)
}

fn calculation(name: &str, get: &Get<'_>) -> Result<TableCalculation, String> {
    let text = match (get("expression"), get("calculation_type"), get("based_on")) {
        (Some(text), ..) => text.to_owned(),
        // The shortcuts of the browser's menu.
        (None, Some("running_total"), Some(of)) => format!("running_total(${{{of}}})"),
        (None, Some("percent_of_column_sum"), Some(of)) => format!("${{{of}}} / sum(${{{of}}})"),
        (None, Some("percent_of_previous"), Some(of)) => format!("${{{of}}} / offset(${{{of}}}, -1)"),
        (None, Some("rank_of_column"), Some(of)) => format!("rank(${{{of}}}, ${{{of}}})"),
        _ => return Err(format!("has no expression for \"{name}\".")),
    };
    Ok(TableCalculation {
        name: name.into(),
        label: get("label").unwrap_or(name).into(),
        expression: expression(name, &text)?,
        text,
        value_format: format(get),
    })
}

fn custom_dimension(name: &str, get: &Get<'_>) -> Result<CustomField, String> {
    let text = get("expression").ok_or_else(|| format!("has no expression for \"{name}\"."))?;
    let expression = expression(name, text)?;
    let drawn_from = expression.fields().into_iter().map(str::to_owned).collect();
    let kind = get("_type_hint").filter(|hint| ["number", "string", "yesno", "date"].contains(hint));
    let source = Source::Expression(expression);
    Ok(custom(name, Category::Dimension, kind.unwrap_or_default(), "", source, get, drawn_from))
}

fn custom_measure(name: &str, field: &Map<String, Value>, get: &Get<'_>) -> Result<CustomField, String> {
    let based_on = get("based_on").ok_or_else(|| format!("has no based_on for \"{name}\"."))?;
    let kind = get("type").unwrap_or("count_distinct");
    let function = match kind {
        "count_distinct" => Function::CountDistinct,
        "sum" => Function::Sum,
        "average" => Function::Average,
        "min" => Function::Min,
        "max" => Function::Max,
        "median" => Function::Percentile(50),
        "list" => Function::List,
        _ => return Err(format!("has an unknown type for \"{name}\".")),
    };
    let filters = field.get("filters").and_then(Value::as_object);
    let filters: Vec<(String, String)> =
        filters.into_iter().flatten().filter_map(|(on, text)| Some((on.clone(), text.as_str()?.to_owned()))).collect();
    let condition = get("filter_expression").map(|text| expression(name, text)).transpose()?;
    let conditioned = condition.iter().flat_map(Expression::fields).map(str::to_owned);
    let drawn_from = filters.iter().map(|(on, _)| on.clone()).chain(conditioned).chain([based_on.to_owned()]).collect();
    let sql = Some(format!("${{{based_on}}}"));
    let aggregate = Aggregate { function, sql, distinct_key: None, filters, condition };
    let view = based_on.split_once('.').map_or("", |(view, _)| view);
    Ok(custom(name, Category::Measure, kind, view, Source::Aggregate(aggregate), get, drawn_from))
}

fn custom(
    name: &str,
    category: Category,
    kind: &str,
    view: &str,
    source: Source,
    get: &Get<'_>,
    drawn_from: Vec<String>,
) -> CustomField {
    let mut field = Field::new((view, ""), category, name, kind, source);
    name.clone_into(&mut field.name);
    get("label").unwrap_or(name).clone_into(&mut field.label_short);
    field.value_format = format(get);
    CustomField { field, drawn_from }
}

/// The custom fields, with types for those whose formulas must tell.
pub(super) fn typed(model: &Model, explore: &Explore, custom: &[CustomField]) -> Vec<CustomField> {
    let mut typed: Vec<CustomField> = Vec::new();
    for field in custom {
        let mut field = field.clone();
        if let (Source::Expression(expression), "") = (&field.field.source, field.field.kind.as_str()) {
            let kind = expression.kind(&|name| {
                let earlier = typed.iter().map(|known| &known.field).find(|known| known.name == name);
                match earlier.or_else(|| model.field(explore, name)).map(Field::family) {
                    Some(FilterFamily::Number) => Kind::Number,
                    Some(FilterFamily::YesNo) => Kind::YesNo,
                    _ => Kind::Text,
                }
            });
            let name = match kind {
                Kind::Number => "number",
                Kind::Text => "string",
                Kind::YesNo => "yesno",
            };
            name.clone_into(&mut field.field.kind);
        }
        typed.push(field);
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::model;

    #[test]
    fn each_kind_of_field_is_told_by_the_key_of_its_name() {
        let dynamic = read(
            r#"[{"table_calculation":"twice","expression":"${orders.count} * 2"},
                {"table_calculation":"so_far","calculation_type":"running_total","based_on":"orders.count"},
                {"dimension":"big","expression":"${orders.num_items} > 2","label":"Big?"},
                {"measure":"buyers","based_on":"users.id","type":"count_distinct",
                 "filters":{"users.age":">30"},"filter_expression":"${users.city} = \"x\""}]"#,
        )
        .unwrap();
        let texts: Vec<_> = dynamic.calculations.iter().map(|calculation| calculation.text.as_str()).collect();
        assert_eq!(texts, ["${orders.count} * 2", "running_total(${orders.count})"]);
        assert_eq!(dynamic.custom[0].field.label(), "Big?");
        assert_eq!(dynamic.custom[1].drawn_from, ["users.age", "users.city", "users.id"]);
        for bad in ["{}", "[{}]", r#"[{"dimension":"x"}]"#, r#"[{"measure":"x","based_on":"a.b","type":"mode"}]"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_custom_dimension_has_the_type_of_its_formula() {
        let thelook = model("production", "thelook").unwrap();
        let explore = thelook.explore("orders").unwrap();
        let kind = |text: &str| {
            let text = text.replace('"', "\\\"");
            let dynamic = read(&format!(r#"[{{"dimension":"x","expression":"{text}"}}]"#)).unwrap();
            typed(thelook, explore, &dynamic.custom)[0].field.kind.clone()
        };
        assert_eq!(kind("${orders.num_items} + 1"), "number");
        assert_eq!(kind("${orders.num_items} > 1"), "yesno");
        assert_eq!(kind("${orders.is_complete}"), "yesno");
        assert_eq!(kind("concat(${orders.status}, \"!\")"), "string");
        assert_eq!(kind("if(${orders.is_complete}, ${orders.id}, 0)"), "number");
    }
}
