//! LookML: the models that the sandbox offers, and how the API describes them.

pub(crate) mod describe;
pub(crate) mod field;
mod system_activity;
mod thelook;
pub(crate) mod timeframe;

use std::sync::OnceLock;

use field::{Category, Field};

/// A LookML model.
#[derive(Debug)]
pub(crate) struct Model {
    /// Name, as queries give it.
    pub(crate) name: &'static str,
    /// Label.
    pub(crate) label: &'static str,
    /// LookML project.
    pub(crate) project: &'static str,
    /// Name of the database connection.
    pub(crate) connection: &'static str,
    /// Listed only with `include_internal`.
    pub(crate) internal: bool,
    /// Views that the explores are made of.
    pub(crate) views: Vec<View>,
    /// Explores.
    pub(crate) explores: Vec<Explore>,
}

/// A LookML view: a table and its fields.
#[derive(Debug)]
pub(crate) struct View {
    /// Name; also the alias of the table in SQL.
    pub(crate) name: &'static str,
    /// Label, which begins the label of each field.
    pub(crate) label: &'static str,
    /// Table in SQLite.
    pub(crate) table: &'static str,
    /// Expression of the primary key, with `${TABLE}`.
    pub(crate) primary_key: &'static str,
    /// All fields.
    pub(crate) fields: Vec<Field>,
    /// Named sets of fields.
    pub(crate) sets: Vec<(&'static str, Vec<&'static str>)>,
}

/// A LookML explore.
#[derive(Debug)]
pub(crate) struct Explore {
    /// Name, as queries give it in `view`.
    pub(crate) name: &'static str,
    /// Label.
    pub(crate) label: &'static str,
    /// Description.
    pub(crate) description: &'static str,
    /// Group in the explore menu.
    pub(crate) group_label: &'static str,
    /// Left out of menus.
    pub(crate) hidden: bool,
    /// Name of the base view.
    pub(crate) base: &'static str,
    /// Joined views.
    pub(crate) joins: Vec<Join>,
    /// Filters that every query has: field and default expression.
    pub(crate) always_filter: Vec<(&'static str, &'static str)>,
    /// Filters that apply unless one of the other fields is filtered.
    pub(crate) conditionally_filter: Vec<(&'static str, &'static str)>,
    /// Queries with one of these fields are not grouped (LookML `cancel_grouping_fields`).
    pub(crate) cancel_grouping: Vec<&'static str>,
}

/// How many rows of the joined view belong to one row of the view it is joined to, and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relationship {
    /// Many of the outer rows share one joined row.
    ManyToOne,
    /// One outer row has many joined rows: a fan-out.
    OneToMany,
}

impl Relationship {
    /// LookML name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ManyToOne => "many_to_one",
            Self::OneToMany => "one_to_many",
        }
    }
}

/// A left outer join of a view.
#[derive(Debug)]
pub(crate) struct Join {
    /// Name of the joined view.
    pub(crate) view: &'static str,
    /// View that `sql_on` ties it to.
    pub(crate) to: &'static str,
    /// How rows correspond.
    pub(crate) relationship: Relationship,
    /// Condition, with `${view.field}`.
    pub(crate) sql_on: &'static str,
}

impl Model {
    /// The view with this name.
    pub(crate) fn view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| view.name == name)
    }

    /// The explore with this name.
    pub(crate) fn explore(&self, name: &str) -> Option<&Explore> {
        self.explores.iter().find(|explore| explore.name == name)
    }

    /// The views of an explore, base first, then joins in their order.
    pub(crate) fn views_of<'a>(&'a self, explore: &'a Explore) -> impl Iterator<Item = &'a View> + 'a {
        std::iter::once(explore.base)
            .chain(explore.joins.iter().map(|join| join.view))
            .filter_map(|name| self.view(name))
    }

    /// A field of an explore by its full name `view.field`.
    pub(crate) fn field<'a>(&'a self, explore: &Explore, name: &str) -> Option<&'a Field> {
        let (view, _) = name.split_once('.')?;
        let joined = explore.base == view || explore.joins.iter().any(|join| join.view == view);
        self.view(view).filter(|_| joined)?.fields.iter().find(|field| field.name == name)
    }
}

impl View {
    /// Fields of one category, in the order of the view.
    pub(crate) fn fields_of(&self, category: Category) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.category == category)
    }
}

/// Every model in production, made once.
pub(crate) fn models() -> &'static [Model] {
    static MODELS: OnceLock<Vec<Model>> = OnceLock::new();
    MODELS.get_or_init(|| vec![thelook::model(), system_activity::model()])
}

/// Every model as a workspace has it: in `dev`, LookML may have changed.
pub(crate) fn models_in(workspace: &str) -> &'static [Model] {
    static DEV: OnceLock<Vec<Model>> = OnceLock::new();
    match workspace {
        "dev" => DEV.get_or_init(|| vec![thelook::dev_model(), system_activity::model()]),
        _ => models(),
    }
}

/// The model with this name, as a workspace has it.
pub(crate) fn model(workspace: &str, name: &str) -> Option<&'static Model> {
    models_in(workspace).iter().find(|model| model.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_every_join_leads_to_a_view_that_is_there() {
        for model in models().iter().chain(models_in("dev")) {
            for view in &model.views {
                let names: BTreeSet<_> = view.fields.iter().map(|field| &field.name).collect();
                assert_eq!(names.len(), view.fields.len(), "{}", view.name);
            }
            for explore in &model.explores {
                let mut known = BTreeSet::from([explore.base]);
                for join in &explore.joins {
                    assert!(known.contains(join.to), "{}.{} joins to {}", explore.name, join.view, join.to);
                    assert!(model.view(join.view).is_some());
                    assert!(known.insert(join.view));
                }
            }
        }
    }

    #[test]
    fn the_models_have_every_lookml_type() {
        let types: BTreeSet<_> =
            models().iter().flat_map(|m| &m.views).flat_map(|v| &v.fields).map(|f| f.kind.as_str()).collect();
        let expected = "number int count count_distinct sum sum_distinct average average_distinct min max median \
            median_distinct percentile percentile_distinct percent_of_total percent_of_previous running_total distance \
            date_day_of_month date_day_of_year date_month_num date_hour_of_day date_week_of_year date_fiscal_month_num \
            duration_second duration_minute duration_hour duration_day duration_week duration_month duration_quarter \
            duration_year string yesno tier zipcode location list unquoted date date_date date_time date_raw date_second \
            date_millisecond date_microsecond date_minute date_minute15 date_hour date_hour6 date_week date_month \
            date_quarter date_year date_day_of_week date_day_of_week_index date_month_name date_quarter_of_year \
            date_time_of_day date_fiscal_year date_fiscal_quarter date_fiscal_quarter_of_year";
        let missing: Vec<_> = expected.split_whitespace().filter(|name| !types.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
