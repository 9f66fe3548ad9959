//! Models, explores and fields as the API shows them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::field::{Aggregate, Category, Field, FilterFamily, Source};
use super::timeframe::FISCAL_MONTH_OFFSET;
use super::{Explore, Join, Model, Relationship};
use crate::query::compile::Plan;
use crate::query::sql::Scope;
use crate::users::User;

/// A model, as `all_lookml_models` lists it.
pub(crate) fn model(model: &Model, user: &User, exclude_hidden: bool) -> Value {
    let explores = model
        .explores
        .iter()
        .filter(|explore| user.sees(model.name, explore.name) && !(exclude_hidden && explore.hidden))
        .map(|explore| {
            json!({
                "name": explore.name,
                "label": explore.label,
                "description": explore.description,
                "hidden": explore.hidden,
                "group_label": explore.group_label,
                "can": {},
            })
        });
    json!({
        "name": model.name,
        "label": model.label,
        "project_name": model.project,
        "has_content": true,
        "unlimited_db_connections": false,
        "allowed_db_connection_names": [model.connection],
        "explores": explores.collect::<Vec<_>>(),
        "can": { "show": true },
    })
}

/// An explore with all that is known of it.
pub(crate) fn explore(model: &Model, explore: &Explore, user: &User, now: Timestamp) -> Value {
    let see_lookml = user.may("see_lookml");
    let filters: Vec<Value> = explore.always_filter.iter().map(|filter| filter_json(*filter)).collect();
    let conditional: Vec<Value> = explore.conditionally_filter.iter().map(|filter| filter_json(*filter)).collect();
    let sets = model.views_of(explore).flat_map(|view| {
        view.sets.iter().map(|(name, fields)| json!({ "name": format!("{}.{name}", view.name), "value": fields }))
    });
    let table = model.view(explore.base).map_or("", |view| view.table);
    let scopes: Vec<&str> = model.views_of(explore).map(|view| view.name).collect();
    let source_file = format!("{}.model.lkml", model.name);
    let identity = json!({
        "id": format!("{}::{}", model.name, explore.name),
        "name": explore.name,
        "description": explore.description,
        "label": explore.label,
        "title": explore.label,
        "scopes": scopes,
    });
    let abilities = json!({
        "can_total": true,
        "can_develop": see_lookml,
        "can_see_lookml": see_lookml,
        "lookml_link": see_lookml.then(|| format!("/projects/{}/files/{source_file}", model.project)),
        "can_save": true,
        "can_explain": true,
        "can_pivot_in_db": true,
        "can_subtotal": false,
        "has_timezone_support": true,
        "supports_cost_estimate": false,
    });
    let content = json!({
        "connection_name": model.connection,
        "dialect_name": "sqlite",
        "null_sort_treatment": "low",
        "files": [source_file],
        "source_file": source_file,
        "project_name": model.project,
        "model_name": model.name,
        "view_name": explore.base,
        "hidden": explore.hidden,
        "sql_table_name": format!("{table} AS {}", explore.base),
        "access_filter_fields": [],
        "access_filters": [],
        "aliases": [],
        "always_filter": filters,
        "conditionally_filter": conditional,
        "index_fields": [],
        "sets": sets.collect::<Vec<_>>(),
        "tags": [],
        "errors": null,
        "fields": fields(model, explore, user, now),
        "joins": explore.joins.iter().map(|join| join_json(join, see_lookml)).collect::<Vec<_>>(),
        "group_label": explore.group_label,
        "supported_measure_types": [
            { "dimension_type": "number", "measure_types":
                ["average", "count_distinct", "list", "max", "median", "min", "sum"] },
            { "dimension_type": "string", "measure_types": ["count_distinct", "list"] },
        ],
        "always_join": [],
    });
    merged([identity, abilities, content])
}

/// One object with the keys of all.
fn merged<const N: usize>(objects: [Value; N]) -> Value {
    let maps = objects.into_iter().filter_map(|object| match object {
        Value::Object(map) => Some(map),
        _ => None,
    });
    Value::Object(maps.flatten().collect())
}

fn join_json(join: &Join, see_lookml: bool) -> Value {
    json!({
        "name": join.view,
        "dependent_fields": [],
        "fields": null,
        "foreign_key": null,
        "from": null,
        "outer_only": null,
        "relationship": join.relationship.name(),
        "required_joins": [],
        "sql_foreign_key": null,
        "sql_on": see_lookml.then_some(join.sql_on),
        "sql_table_name": null,
        "type": null,
        "view_label": null,
    })
}

fn filter_json((field, expression): (&str, &str)) -> Value {
    json!({ "name": field, "value": expression })
}

/// The fields that the user may see and whose SQL the explore can build.
fn fields(model: &Model, explore: &Explore, user: &User, now: Timestamp) -> Value {
    let zone = TimeZone::UTC;
    let scope = Scope { model, explore, filters: &[], custom: &[], denied: &[], zone_name: "UTC", zone: &zone, now };
    let fans_out = explore.joins.iter().any(|join| join.relationship == Relationship::OneToMany);
    let of = |category: Category| -> Vec<Value> {
        model
            .views_of(explore)
            .flat_map(|view| view.fields_of(category))
            .filter(|field| !user.profile.denied_fields.contains(&field.name.as_str()))
            .filter(|field| matches!(field.source, Source::None) || scope.offers(field))
            .map(|field| {
                let repeated = fans_out || field.view != explore.base;
                self::field(model, field, user, &explore_type(field, repeated))
            })
            .collect()
    };
    json!({
        "dimensions": of(Category::Dimension),
        "measures": of(Category::Measure),
        "filters": of(Category::Filter),
        "parameters": of(Category::Parameter),
    })
}

/// The type in an explore: where joins may repeat rows, percentiles become distinct ones.
fn explore_type(field: &Field, repeated: bool) -> String {
    match field.kind.as_str() {
        kind @ ("median" | "percentile") if repeated => format!("{kind}_distinct"),
        kind => kind.to_owned(),
    }
}

/// A field with all that is known of it.
fn field(model: &Model, field: &Field, user: &User, kind: &str) -> Value {
    let measure = field.category == Category::Measure;
    let parameter = field.category == Category::Parameter;
    let interval = match &field.source {
        Source::Timeframe(_, timeframe, _) => timeframe.interval(),
        _ => None,
    };
    let is_timeframe = matches!(field.source, Source::Timeframe(..)) && field.kind != "date_raw";
    let numeric = field.is_numeric();
    let file = format!("views/{}.view.lkml", field.view);
    let enumerations: Vec<Value> =
        field.enumerations.iter().map(|(label, value)| json!({ "label": label, "value": value })).collect();
    let filters = match &field.source {
        Source::Aggregate(Aggregate { filters, .. }) => filters.as_slice(),
        _ => &[],
    };
    let filters: Vec<Value> = filters.iter().map(|(on, text)| json!({ "field": on, "condition": text })).collect();
    let filtering = json!({
        "align": if numeric { "right" } else { "left" },
        "can_filter": field.can_filter(),
        "category": field.category.name(),
        "default_filter_value": field.default_filter_value,
        "description": field.description,
        "dimension_group": field.dimension_group,
        "drill_fields": field.drill_fields,
        "enumerations": if enumerations.is_empty() { Value::Null } else { enumerations.into() },
        "error": null,
        "field_group_label": field.group.as_ref().map(|(label, _)| label),
        "field_group_variant": field.group.as_ref().map_or(&field.label_short, |(_, variant)| variant),
        "fill_style": if interval.is_some() { Value::from("range") } else if matches!(field.source, Source::Tier(..) | Source::YesNo(_)) { "enumeration".into() } else { Value::Null },
        "fiscal_month_offset": if is_timeframe { FISCAL_MONTH_OFFSET } else { 0 },
        "has_allowed_values": !field.enumerations.is_empty() && parameter,
        "hidden": field.hidden,
    });
    let kinds = json!({
        "is_filter": matches!(field.category, Category::Filter | Category::Parameter),
        "is_fiscal": field.kind.contains("fiscal"),
        "is_numeric": numeric,
        "is_timeframe": is_timeframe,
        "can_time_filter": field.family() == FilterFamily::Datetime && field.can_filter(),
        "time_interval": interval.map(|(name, count)| json!({ "name": name, "count": count })),
    });
    let names = json!({
        "label": field.label(),
        "label_from_parameter": null,
        "label_short": field.label_short,
        "lookml_link": user.may("see_lookml").then(|| format!("/projects/{}/files/{file}", model.project)),
        "map_layer": null,
        "measure": measure,
        "name": field.name,
        "strict_value_format": false,
        "parameter": parameter,
        "permanent": null,
        "primary_key": field.primary_key,
        "project_name": model.project,
        "requires_refresh_on_sort": matches!(field.source, Source::Post(..)),
        "scope": field.view,
        "sortable": !matches!(field.category, Category::Filter | Category::Parameter),
        "source_file": file,
        "source_file_path": format!("{}/{file}", model.project),
        "sql": if user.may("see_lookml") { lookml_sql(&field.source).into() } else { Value::Null },
    });
    let rest = json!({
        "sql_case": null,
        "filters": if filters.is_empty() { Value::Null } else { filters.into() },
        "suggest_dimension": field.name,
        "suggest_explore": field.view,
        "suggestable": field.category == Category::Dimension && field.family() == FilterFamily::String,
        "suggestions": null,
        "synonyms": [],
        "tags": field.tags,
        "type": kind,
        "user_attribute_filter_types": filter_types(field),
        "value_format": field.value_format,
        "value_format_name": field.value_format_name,
        "view": field.view,
        "view_label": field.view_label,
        "dynamic": false,
        "week_start_day": "monday",
        "times_used": 0,
        "original_view": field.view,
        "datatype": is_timeframe.then_some("epoch"),
        "convert_tz": matches!(field.source, Source::Timeframe(_, _, true)),
    });
    merged([filtering, kinds, names, rest])
}

fn filter_types(field: &Field) -> Vec<&'static str> {
    if !field.can_filter() {
        return Vec::new();
    }
    match field.family() {
        FilterFamily::Number => vec!["number", "advanced_filter_number"],
        FilterFamily::Datetime => vec!["datetime", "advanced_filter_datetime"],
        FilterFamily::String | FilterFamily::YesNo => vec!["string", "advanced_filter_string"],
    }
}

/// The LookML that a developer would have written.
fn lookml_sql(source: &Source) -> Option<String> {
    Some(match source {
        Source::Sql(sql) | Source::YesNo(sql) | Source::Tier(sql, _) | Source::Timeframe(sql, ..) => format!("{sql} "),
        Source::Duration(start, end, _) => format!("Start:\n{start}\n\nEnd:\n{end}"),
        Source::Location(latitude, longitude) => format!("Latitude:\n{latitude}\n\nLongitude:\n{longitude}"),
        Source::Distance(parts) => parts.join("\n"),
        Source::Aggregate(aggregate) => aggregate.sql.clone()?,
        Source::Post(_, of) => format!("${{{of}}}"),
        Source::Expression(_) | Source::None => return None,
    })
}

/// The fields of a result, as the metadata of `json_bi` and `json_detail` shows them.
pub(crate) fn result_fields(plan: &Plan, user: &User) -> Value {
    let list = |fields: &[Field]| -> Vec<Value> {
        fields
            .iter()
            .map(|field| {
                json!({
                    "sql": if user.may("see_lookml") { lookml_sql(&field.source).into() } else { Value::Null },
                    "view": field.view,
                    "dimension_group": field.dimension_group,
                    "category": field.category.name(),
                    "field_group_label": field.group.as_ref().map(|(label, _)| label),
                    "name": field.name,
                    "type": field.kind,
                    "view_label": field.view_label,
                    "label": field.label(),
                    "field_group_variant": field.group.as_ref().map_or(&field.label_short, |(_, variant)| variant),
                    "hidden": field.hidden,
                    "description": field.description,
                })
            })
            .collect()
    };
    let calculations = plan.calculations.iter().map(|calculation| {
        json!({
            "name": calculation.name,
            "label": calculation.label,
            "align": "right",
            "expression": calculation.text,
            "value_format": calculation.value_format,
            "measure": true,
        })
    });
    json!({
        "dimensions": list(&plan.dimensions),
        "measures": list(&plan.measures),
        "pivots": list(&plan.pivots.fields),
        "table_calculations": calculations.collect::<Vec<_>>(),
    })
}
