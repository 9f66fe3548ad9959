//! The fields of a query, looked up and sorted by what they are.

use crate::errors::Failure;
use crate::model::field::{Category, Field, Source};
use crate::query::body::Query;
use crate::query::dynamic_fields::TableCalculation;
use crate::query::sql::Scope;
use crate::uncertain;
use crate::uncertain::choices::Choices;

/// The fields of a query, by what they are.
pub(super) struct Selection {
    pub(super) dimensions: Vec<Field>,
    pub(super) pivots: Vec<Field>,
    pub(super) measures: Vec<Field>,
    pub(super) calculations: Vec<TableCalculation>,
}

impl Selection {
    pub(super) fn resolve(scope: &Scope<'_>, query: &Query) -> Result<Self, Failure> {
        let mut selection =
            Self { dimensions: Vec::new(), pivots: Vec::new(), measures: Vec::new(), calculations: Vec::new() };
        for name in &query.fields {
            if selection.has(name) || selection.pivots.iter().any(|pivot| pivot.name == *name) {
                continue;
            }
            if let Some(calculation) = query.dynamic.calculations.iter().find(|calculation| calculation.name == *name) {
                selection.calculations.push(calculation.clone());
                continue;
            }
            let field = scope.requested(name)?.clone();
            match field.category {
                Category::Measure => selection.measures.push(field),
                Category::Dimension if query.pivots.contains(name) => selection.pivots.push(field),
                Category::Dimension => selection.dimensions.push(field),
                Category::Filter | Category::Parameter => {
                    return Err(Failure::bad_request(format!("\"{name}\" can only be used as a filter.")));
                }
            }
        }
        // Queries of the browser do not list table calculations among their fields.
        for calculation in query.dynamic.calculations.iter().filter(|_| uncertain::CALCULATE_UNLISTED) {
            if !selection.calculations.iter().any(|known| known.name == calculation.name) {
                selection.calculations.push(calculation.clone());
            }
        }
        // Pivots nest in the order of `pivots`.
        selection.pivots.sort_by_key(|pivot| query.pivots.iter().position(|name| *name == pivot.name));
        if let Some(missing) = query.pivots.iter().find(|name| !selection.pivots.iter().any(|p| p.name == **name)) {
            return Err(Failure::bad_request(format!("The pivot \"{missing}\" is not a dimension in fields.")));
        }
        if selection.dimensions.is_empty() && selection.pivots.is_empty() && selection.measures.is_empty() {
            return Err(Failure::bad_request("Must query at least one dimension or measure"));
        }
        for calculation in &selection.calculations {
            if let Some(missing) = calculation.expression.fields().into_iter().find(|name| !selection.has(name)) {
                return Err(uncertain::unknown_field(missing, scope.explore.name));
            }
        }
        Ok(selection)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        let mut fields = self.dimensions.iter().chain(&self.pivots).chain(&self.measures);
        fields.any(|field| field.name == name) || self.calculations.iter().any(|c| c.name == name)
    }

    /// Why the result cannot stream, if it cannot.
    pub(super) fn not_streaming(&self, query: &Query, choices: Choices) -> Option<&'static str> {
        if !self.calculations.is_empty() {
            Some("it has table calculations")
        } else if query.row_total.is_some() {
            Some("it has row totals")
        } else if !query.subtotals.is_empty() {
            Some("it has subtotals")
        } else if !query.fill_fields.is_empty() {
            Some("it fills in missing values")
        } else if choices.older_streaming && query.total {
            Some("it has totals")
        } else if choices.older_streaming && !self.pivots.is_empty() {
            Some("it has pivots")
        } else if self.measures.iter().any(|measure| matches!(measure.source, Source::Post(..))) {
            Some("it has a measure that depends on other rows")
        } else {
            None
        }
    }
}
