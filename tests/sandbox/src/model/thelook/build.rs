//! Writing views down briefly.

use crate::model::View;
use crate::model::field::{Aggregate, Category, Field, Function, Post, Source, title};
use crate::model::timeframe::{TIMEFRAMES, Timeframe};

/// Collects the fields of a view. A modifier such as [`ViewBuilder::hidden`] is about the field added last.
pub(in crate::model) struct ViewBuilder(View);

impl ViewBuilder {
    pub(in crate::model) fn new(
        name: &'static str,
        label: &'static str,
        table: &'static str,
        primary_key: &'static str,
    ) -> Self {
        Self(View { name, label, table, primary_key, fields: Vec::new(), sets: Vec::new() })
    }

    pub(in crate::model) fn build(self) -> View {
        self.0
    }

    fn add(mut self, category: Category, short: &str, kind: &str, source: Source) -> Self {
        self.0.fields.push(Field::new((self.0.name, self.0.label), category, short, kind, source));
        self
    }

    fn change(mut self, change: impl FnOnce(&mut Field)) -> Self {
        if let Some(field) = self.0.fields.last_mut() {
            change(field);
        }
        self
    }

    pub(in crate::model) fn hidden(self) -> Self {
        self.change(|field| field.hidden = true)
    }

    pub(in crate::model) fn key(self) -> Self {
        self.change(|field| field.primary_key = true)
    }

    pub(in crate::model) fn about(self, description: &str) -> Self {
        self.change(|field| field.description = Some(description.to_owned()))
    }

    pub(in crate::model) fn label(self, label: &str) -> Self {
        self.change(|field| label.clone_into(&mut field.label_short))
    }

    pub(in crate::model) fn format(self, value_format: &str) -> Self {
        self.change(|field| field.value_format = Some(value_format.to_owned()))
    }

    /// A built-in format and the Excel-style format that it stands for.
    pub(in crate::model) fn named_format(self, name: &'static str, value_format: &str) -> Self {
        self.format(value_format).change(|field| field.value_format_name = Some(name))
    }

    /// The dimension that it is sorted by in its place.
    pub(in crate::model) fn ordered_by(self, field: &'static str) -> Self {
        self.change(|known| known.order_by = Some(field))
    }

    pub(in crate::model) fn html(self, html: &'static str) -> Self {
        self.change(|field| field.html = Some(html))
    }

    pub(in crate::model) fn usd(self) -> Self {
        self.named_format("usd", "$#,##0.00")
    }

    pub(in crate::model) fn drill(self, fields: &[&'static str]) -> Self {
        self.change(|field| field.drill_fields = fields.to_vec())
    }

    pub(in crate::model) fn tags(self, tags: &[&'static str]) -> Self {
        self.change(|field| field.tags = tags.to_vec())
    }

    pub(in crate::model) fn values(self, allowed: &[(&str, &str)], default: &'static str) -> Self {
        self.change(|field| {
            field.enumerations = allowed.iter().map(|(label, value)| ((*label).into(), (*value).into())).collect();
            field.default_filter_value = Some(default);
        })
    }

    pub(in crate::model) fn set(mut self, name: &'static str, fields: &[&'static str]) -> Self {
        self.0.sets.push((name, fields.to_vec()));
        self
    }

    /// A dimension of any type with an SQL expression.
    pub(in crate::model) fn dimension(self, short: &str, kind: &str, sql: &str) -> Self {
        self.add(Category::Dimension, short, kind, Source::Sql(sql.into()))
    }

    /// A dimension that is a column of the table.
    pub(in crate::model) fn column(self, short: &str, kind: &str) -> Self {
        self.dimension(short, kind, &format!("${{TABLE}}.{short}"))
    }

    pub(in crate::model) fn yesno(self, short: &str, condition: &str) -> Self {
        self.add(Category::Dimension, short, "yesno", Source::YesNo(condition.into()))
    }

    pub(in crate::model) fn tier(self, short: &str, sql: &str, tiers: &[i64]) -> Self {
        self.add(Category::Dimension, short, "tier", Source::Tier(sql.into(), tiers.to_vec()))
            .change(|field| field.enumerations = tier_labels(tiers).into_iter().map(|l| (l.clone(), l)).collect())
    }

    pub(in crate::model) fn location(self, short: &str, latitude: &str, longitude: &str) -> Self {
        self.add(Category::Dimension, short, "location", Source::Location(latitude.into(), longitude.into()))
    }

    pub(in crate::model) fn distance(self, short: &str, places: [&str; 4]) -> Self {
        self.add(Category::Dimension, short, "distance", Source::Distance(places.map(str::to_owned)))
            .format("#,##0\" km\"")
    }

    /// A dimension group of type `time`. A column without a time of day is not converted between zones.
    pub(in crate::model) fn time(mut self, group: &str, sql: &str, convert: bool, timeframes: &[Timeframe]) -> Self {
        for timeframe in timeframes {
            let name = format!("{group}_{}", timeframe.name());
            let source = Source::Timeframe(sql.into(), *timeframe, convert);
            let group_name = format!("{}.{group}", self.0.name);
            self =
                self.add(Category::Dimension, &name, &format!("date_{}", timeframe.name()), source).change(|field| {
                    field.label_short = format!("{} {}", title(group), timeframe.label());
                    field.dimension_group = Some(group_name);
                    field.group = Some((format!("{} Date", title(group)), timeframe.label().to_owned()));
                });
        }
        self
    }

    /// A dimension group of type `time` with every timeframe there is.
    pub(in crate::model) fn time_all(self, group: &str, sql: &str) -> Self {
        self.time(group, sql, true, &TIMEFRAMES.map(|(timeframe, ..)| timeframe))
    }

    /// A dimension group of type `time` with the usual timeframes.
    pub(in crate::model) fn time_usual(self, group: &str) -> Self {
        use Timeframe::{Date, Month, Quarter, Raw, Time, Week, Year};
        self.time(group, &format!("${{TABLE}}.{group}_at"), true, &[Raw, Time, Date, Week, Month, Quarter, Year])
    }

    /// A dimension group of type `duration`.
    pub(in crate::model) fn duration(mut self, group: &str, start: &str, end: &str, units: &[&'static str]) -> Self {
        for unit in units {
            let source = Source::Duration(start.into(), end.into(), unit);
            let group_name = format!("{}.{group}", self.0.name);
            self = self
                .add(Category::Dimension, &format!("{unit}s_{group}"), &format!("duration_{unit}"), source)
                .change(|field| {
                    field.label_short = format!("{}s {}", title(unit), title(group));
                    field.dimension_group = Some(group_name);
                    field.group = Some((format!("Duration {}", title(group)), format!("{}s", title(unit))));
                });
        }
        self
    }

    /// An aggregating measure.
    pub(in crate::model) fn measure(self, short: &str, kind: &str, function: Function, sql: Option<&str>) -> Self {
        let aggregate =
            Aggregate { function, sql: sql.map(Into::into), distinct_key: None, filters: Vec::new(), condition: None };
        self.add(Category::Measure, short, kind, Source::Aggregate(aggregate))
    }

    /// The key that a `_distinct` measure counts once.
    pub(in crate::model) fn distinct_on(self, key: &str) -> Self {
        self.change(|field| {
            if let Source::Aggregate(aggregate) = &mut field.source {
                aggregate.distinct_key = Some(key.into());
            }
        })
    }

    /// A filter inside the measure.
    pub(in crate::model) fn filtered(self, on: &str, expression: &str) -> Self {
        self.change(|field| {
            if let Source::Aggregate(aggregate) = &mut field.source {
                aggregate.filters.push((on.into(), expression.into()));
            }
        })
    }

    /// A measure made of other measures, row by row.
    pub(in crate::model) fn expression(self, short: &str, kind: &str, sql: &str) -> Self {
        let source = if kind == "yesno" { Source::YesNo(sql.into()) } else { Source::Sql(sql.into()) };
        self.add(Category::Measure, short, kind, source)
    }

    /// A measure made of the result's rows.
    pub(in crate::model) fn post(self, short: &str, kind: &str, post: Post, of: &str) -> Self {
        let of = format!("{}.{of}", self.0.name);
        self.add(Category::Measure, short, kind, Source::Post(post, of))
    }

    /// A filter-only field.
    pub(in crate::model) fn filter(self, short: &str, kind: &str) -> Self {
        self.add(Category::Filter, short, kind, Source::None)
    }

    /// A parameter.
    pub(in crate::model) fn parameter(self, short: &str, kind: &str) -> Self {
        self.add(Category::Parameter, short, kind, Source::None)
    }
}

/// Labels of a tier in the style `integer`, in order, the one for nulls last.
pub(in crate::model) fn tier_labels(tiers: &[i64]) -> Vec<String> {
    let mut labels = Vec::new();
    if let Some(first) = tiers.first() {
        labels.push(format!("Below {first}"));
    }
    for pair in tiers.windows(2) {
        if let [low, high] = pair {
            labels.push(format!("{low} to {}", high - 1));
        }
    }
    if let Some(last) = tiers.last() {
        labels.push(format!("{last} or Above"));
    }
    labels.push("Undefined".to_owned());
    labels
}
