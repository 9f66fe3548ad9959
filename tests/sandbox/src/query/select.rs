//! `SELECT ... FROM ... WHERE ... GROUP BY ... HAVING` for some fields of an explore.

use std::fmt::Write as _;

use crate::errors::Failure;
use crate::model::field::{Category, Field};
use crate::query::body::Query;
use crate::query::expression::Expression;
use crate::query::filters::Params;
use crate::query::joins;
use crate::query::sql::{Scope, Writer};

/// The filters of a query, by where they stand in SQL.
pub(super) struct Conditions<'a> {
    rows: Vec<(&'a Field, &'a str)>,
    groups: Vec<(&'a Field, &'a str)>,
    /// Formulas, and whether each mentions measures, so that it is about groups.
    expressions: Vec<(Expression, bool)>,
}

impl<'a> Conditions<'a> {
    pub(super) fn resolve(scope: &Scope<'a>, filters: &'a [(String, String)], query: &Query) -> Result<Self, Failure> {
        let mut conditions = Self { rows: Vec::new(), groups: Vec::new(), expressions: Vec::new() };
        for (name, expression) in filters {
            let field = scope.requested(name)?;
            match field.category {
                Category::Dimension => conditions.rows.push((field, expression)),
                Category::Measure => conditions.groups.push((field, expression)),
                Category::Filter | Category::Parameter => {
                    Writer::new(scope, Params::default()).check_value(field, expression)?;
                }
            }
        }
        let written = query.filter_expression.as_ref().map(|text| {
            Expression::parse(text)
                .map_err(|why| Failure::bad_request(format!("The filter expression is not valid: {why}.")))
        });
        for expression in written.transpose()?.into_iter().chain(query.conditions.iter().cloned()) {
            let mut of_groups = false;
            for name in expression.fields() {
                match scope.requested(name)?.category {
                    Category::Dimension => {}
                    Category::Measure => of_groups = true,
                    Category::Filter | Category::Parameter => {
                        return Err(Failure::bad_request("A filter expression holds dimensions and measures only."));
                    }
                }
            }
            conditions.expressions.push((expression, of_groups));
        }
        Ok(conditions)
    }
}

/// What rows are selected from: the explore, its joins and the filters.
pub(super) struct From<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) conditions: &'a Conditions<'a>,
}

/// The parts of a grouped `SELECT`.
pub(super) struct Select {
    /// SQL of each field, dimensions first.
    pub(super) columns: Vec<String>,
    /// `FROM` and all that follows.
    pub(super) tail: String,
}

/// SQL of the columns, and conditions of rows and of groups.
struct Clauses {
    columns: Vec<String>,
    rows: Vec<String>,
    groups: Vec<String>,
}

impl From<'_> {
    /// Selects fields, grouped by the dimensions. Values go to `params`.
    pub(super) fn select(
        &self,
        dimensions: &[&Field],
        measures: &[Field],
        having: bool,
        params: &mut Params,
    ) -> Result<Select, Failure> {
        let scope = self.scope;
        // Once to learn which views take part, once more when it is known which of them are repeated.
        let mut trial = Writer::new(scope, Params::default());
        self.write(&mut trial, dimensions, measures)?;
        trial.views.insert(scope.explore.base.to_owned());
        let joins = joins::needed(scope.explore, &trial.views);

        let mut writer = Writer::new(scope, std::mem::take(params));
        writer.repeated = joins::repeated(scope.explore, &joins);
        let Clauses { columns, rows, groups } = self.write(&mut writer, dimensions, measures)?;

        let table = |name: &str| scope.model.view(name).map_or("", |view| view.table);
        let mut tail = format!("FROM {} AS {}", table(scope.explore.base), scope.explore.base);
        for join in &joins {
            let on = writer.template(join.view, join.sql_on)?;
            let _ = write!(tail, "\nLEFT JOIN {} AS {} ON {on}", table(join.view), join.view);
        }
        if !rows.is_empty() {
            let _ = write!(tail, "\nWHERE {}", rows.join(" AND "));
        }
        let ungrouped = measures.is_empty()
            && dimensions.iter().any(|field| scope.explore.cancel_grouping.contains(&field.name.as_str()));
        if !dimensions.is_empty() && !ungrouped {
            let ordinals: Vec<String> = (1..=dimensions.len()).map(|n| n.to_string()).collect();
            let _ = write!(tail, "\nGROUP BY {}", ordinals.join(", "));
        }
        if having && !groups.is_empty() {
            let _ = write!(tail, "\nHAVING {}", groups.join(" AND "));
        }
        *params = writer.params;
        Ok(Select { columns, tail })
    }

    /// The SQL of the columns, of the row filters and of the group filters.
    fn write(&self, writer: &mut Writer<'_>, dimensions: &[&Field], measures: &[Field]) -> Result<Clauses, Failure> {
        let columns = dimensions.iter().copied().chain(measures);
        let columns = columns.map(|field| writer.field(field)).collect::<Result<Vec<_>, _>>()?;
        let mut rows = Vec::new();
        for (field, expression) in &self.conditions.rows {
            rows.extend(writer.filter(field, expression)?);
        }
        let mut groups = Vec::new();
        for (field, expression) in &self.conditions.groups {
            groups.extend(writer.filter(field, expression)?);
        }
        for (expression, of_groups) in &self.conditions.expressions {
            let clause = if *of_groups { &mut groups } else { &mut rows };
            clause.push(expression.condition(writer)?);
        }
        Ok(Clauses { columns, rows, groups })
    }
}
