//! Which joins a query needs, and which views they repeat.

use std::collections::BTreeSet;

use crate::model::{Explore, Join, Relationship};

/// The joins that lead to `views`, in the order of the explore.
pub(crate) fn needed<'a>(explore: &'a Explore, views: &BTreeSet<String>) -> Vec<&'a Join> {
    let mut wanted = views.clone();
    // A join stands after the one it depends on, so one pass from the end finds all.
    let mut joins: Vec<&Join> = explore
        .joins
        .iter()
        .rev()
        .filter(|join| {
            let used = wanted.contains(join.view);
            if used {
                wanted.insert(join.to.to_owned());
            }
            used
        })
        .collect();
    joins.reverse();
    joins
}

/// The views whose rows the joins may repeat: an aggregate over them must count each key once.
pub(crate) fn repeated(explore: &Explore, joins: &[&Join]) -> BTreeSet<String> {
    let views = std::iter::once(explore.base).chain(joins.iter().map(|join| join.view));
    views.filter(|view| is_repeated(view, joins)).map(str::to_owned).collect()
}

/// Walks the joins away from `view`: a step to many rows repeats it.
fn is_repeated(view: &str, joins: &[&Join]) -> bool {
    let mut reached = BTreeSet::from([view]);
    let mut open = vec![view];
    while let Some(at) = open.pop() {
        for join in joins {
            let (next, to_many) = if join.to == at {
                (join.view, join.relationship == Relationship::OneToMany)
            } else if join.view == at {
                (join.to, join.relationship == Relationship::ManyToOne)
            } else {
                continue;
            };
            if reached.insert(next) {
                if to_many {
                    return true;
                }
                open.push(next);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::model;

    fn views(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_far_view_brings_every_join_on_the_way() {
        let explore = model("production", "thelook").unwrap().explore("order_items").unwrap();
        let joins = needed(explore, &views(&["distribution_centers"]));
        let names: Vec<_> = joins.iter().map(|join| join.view).collect();
        assert_eq!(names, ["inventory_items", "products", "distribution_centers"]);
    }

    #[test]
    fn a_view_is_repeated_where_rows_go_to_many() {
        let thelook = model("production", "thelook").unwrap();
        let orders = thelook.explore("orders").unwrap();
        assert_eq!(repeated(orders, &needed(orders, &views(&["orders", "users"]))), views(&["users"]));
        assert_eq!(repeated(orders, &needed(orders, &views(&["order_items"]))), views(&["orders"]));
        let items = thelook.explore("order_items").unwrap();
        assert_eq!(repeated(items, &needed(items, &views(&["users"]))), views(&["orders", "users"]));
    }
}
