//! Queries with fields of their own: table calculations, custom dimensions and custom measures.

use serde_json::{Value, json};

use crate::truth::field::{Aggregate, Field, Kind, Source};
use crate::truth::question::{Own, Question};

fn calculation(name: &str, kind: Kind, expression: &str, sql: &str) -> Own {
    let hint = match kind {
        Kind::YesNo => "yesno",
        Kind::Text => "string",
        _ => "number",
    };
    let definition = json!({ "table_calculation": name, "label": name, "expression": expression, "_type_hint": hint });
    Own { definition, field: own(name, kind, Source::Result(sql.to_owned())) }
}

fn own(name: &str, kind: Kind, source: Source) -> Field {
    Field { name: name.to_owned(), kind, source, seconds: None }
}

fn custom(definition: Value, name: &str, kind: Kind, source: Source) -> Own {
    Own { definition, field: own(name, kind, source) }
}

/// Table calculations, custom dimensions and custom measures.
pub(super) fn questions(questions: &mut Vec<Question>) {
    calculated(questions);
    customized(questions);
}

fn calculated(questions: &mut Vec<Question>) {
    let calculations = [
        ("twice", Kind::Number, "${orders.count} * 2", "\"orders.count\" * 2.0"),
        (
            "share",
            Kind::Number,
            "${orders.count} / sum(${orders.count})",
            "1.0 * \"orders.count\" / SUM(\"orders.count\") OVER ()",
        ),
        ("so_far", Kind::Number, "running_total(${orders.count})", "SUM(1.0 * \"orders.count\") OVER (ORDER BY at)"),
        ("before", Kind::Number, "offset(${orders.count}, -1)", "LAG(\"orders.count\") OVER (ORDER BY at)"),
        ("line", Kind::Number, "row() * 10", "(at + 1) * 10.0"),
        (
            "many",
            Kind::YesNo,
            "${orders.count} > 5 AND NOT is_null(${orders.status})",
            "\"orders.count\" > 5 AND \"orders.status\" IS NOT NULL",
        ),
        ("title", Kind::Text, "upper(${orders.status})", "UPPER(\"orders.status\")"),
        (
            "label",
            Kind::Text,
            "concat(coalesce(${orders.status}, \"?\"), \"/\", ${users.gender})",
            "COALESCE(\"orders.status\", '?') || '/' || COALESCE(\"users.gender\", '')",
        ),
        ("mean", Kind::Number, "round(${orders.average_items}, 1)", "ROUND(\"orders.average_items\", 1)"),
        (
            "chosen",
            Kind::Number,
            "if(${orders.count} > 5, ${orders.count}, 0)",
            "CASE WHEN \"orders.count\" > 5 THEN \"orders.count\" ELSE 0.0 END",
        ),
    ];
    for (name, kind, expression, sql) in calculations {
        let fields = ["orders.status", "users.gender", "orders.count", "orders.average_items", name];
        questions.push(Question {
            explore: "orders",
            fields: fields.map(str::to_owned).to_vec(),
            sorts: [("orders.status", false), ("users.gender", true)]
                .map(|(field, down)| (field.to_owned(), down))
                .to_vec(),
            own: vec![calculation(name, kind, expression, sql)],
            ..Question::default()
        });
    }
    questions.push(Question {
        explore: "orders",
        fields: ["orders.status", "users.gender", "orders.count", "twice"].map(str::to_owned).to_vec(),
        pivots: vec!["users.gender".to_owned()],
        sorts: vec![("orders.status".to_owned(), false)],
        own: vec![calculation("twice", Kind::Number, "${orders.count} * 2", "\"orders.count\" * 2.0")],
        ..Question::default()
    });
}

fn customized(questions: &mut Vec<Question>) {
    let row = |sql: &str| Source::Row(sql.to_owned());
    let group = |aggregate, view: &str, value: &str| Source::Group {
        aggregate: Aggregate::Sql(aggregate),
        key: format!("{view}.id"),
        value: value.to_owned(),
    };
    let customs = [
        custom(
            json!({ "dimension": "d", "expression": "${orders.num_items} * 1.5", "_type_hint": "number" }),
            "d",
            Kind::Number,
            row("orders.num_items * 1.5"),
        ),
        custom(
            json!({ "dimension": "d", "expression": "${orders.num_items} > 2", "_type_hint": "yesno" }),
            "d",
            Kind::YesNo,
            row("orders.num_items > 2"),
        ),
        custom(
            json!({ "dimension": "d", "expression": "concat(${users.country}, \"!\")", "_type_hint": "string" }),
            "d",
            Kind::Text,
            row("users.country || '!'"),
        ),
        custom(
            json!({ "measure": "d", "based_on": "users.age", "type": "sum" }),
            "d",
            Kind::Number,
            group("COALESCE(SUM(v), 0)", "users", "users.age"),
        ),
        custom(
            json!({ "measure": "d", "based_on": "users.age", "type": "average", "filters": { "users.gender": "Female" } }),
            "d",
            Kind::Number,
            group("AVG(v)", "users", "CASE WHEN users.gender = 'Female' THEN users.age END"),
        ),
        custom(
            json!({ "measure": "d", "based_on": "users.city", "type": "count_distinct", "filter_expression": "${users.age} > 30" }),
            "d",
            Kind::Whole,
            group("COUNT(DISTINCT v)", "users", "CASE WHEN users.age > 30 THEN users.city END"),
        ),
        custom(
            json!({ "measure": "d", "based_on": "order_items.sale_price", "type": "max" }),
            "d",
            Kind::Number,
            group("MAX(v)", "order_items", "order_items.sale_price"),
        ),
        custom(
            json!({ "measure": "d", "based_on": "users.gender", "type": "list" }),
            "d",
            Kind::List,
            group("GROUP_CONCAT(DISTINCT v)", "users", "users.gender"),
        ),
    ];
    for custom in customs {
        questions.push(Question {
            explore: "orders",
            fields: ["d", "orders.status", "orders.total_items"].map(str::to_owned).to_vec(),
            sorts: vec![("orders.status".to_owned(), false)],
            own: vec![custom],
            ..Question::default()
        });
    }
}
