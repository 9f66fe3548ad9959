//! The model `thelook`: an online shop.

mod build;
mod order_items;
mod orders;
mod products;
mod users;

use super::{Explore, Join, Model, Relationship};
use Relationship::{ManyToOne, OneToMany};

pub(super) use build::ViewBuilder;

pub(super) fn model() -> Model {
    Model {
        name: "thelook",
        label: "The Look",
        project: "thelook",
        connection: "thelook",
        internal: false,
        views: vec![
            order_items::view(),
            orders::view(),
            users::view(),
            products::inventory_items(),
            products::view(),
            products::distribution_centers(),
            users::events(),
        ],
        explores: vec![
            order_items_explore(),
            orders_explore(),
            users_explore(),
            products_explore(),
            inventory_items_explore(),
            events_explore(),
        ],
    }
}

/// The model in development: one dimension of `orders` is not in production yet.
pub(super) fn dev_model() -> Model {
    let mut model = Model { label: "The Look (dev)", ..model() };
    for view in model.views.iter_mut().filter(|view| view.name == "orders") {
        *view = orders::dev_view();
    }
    model
}

fn join(view: &'static str, to: &'static str, relationship: Relationship, sql_on: &'static str) -> Join {
    Join { view, to, relationship, sql_on }
}

fn explore(name: &'static str, label: &'static str, description: &'static str, joins: Vec<Join>) -> Explore {
    Explore {
        name,
        label,
        description,
        group_label: "The Look",
        hidden: false,
        base: name,
        joins,
        always_filter: Vec::new(),
        conditionally_filter: Vec::new(),
        cancel_grouping: Vec::new(),
    }
}

/// From an item to its product and where that is stored.
fn goods() -> [Join; 3] {
    [
        join("inventory_items", "order_items", ManyToOne, "${order_items.inventory_item_id} = ${inventory_items.id}"),
        join("products", "inventory_items", ManyToOne, "${inventory_items.product_id} = ${products.id}"),
        join(
            "distribution_centers",
            "products",
            ManyToOne,
            "${products.distribution_center_id} = ${distribution_centers.id}",
        ),
    ]
}

fn order_items_explore() -> Explore {
    let [inventory, products, centers] = goods();
    Explore {
        cancel_grouping: vec!["order_items.id"],
        ..explore(
            "order_items",
            "Order Items",
            "One row per item that was ordered.",
            vec![
                join("orders", "order_items", ManyToOne, "${order_items.order_id} = ${orders.id}"),
                join("users", "orders", ManyToOne, "${orders.user_id} = ${users.id}"),
                inventory,
                products,
                centers,
            ],
        )
    }
}

fn orders_explore() -> Explore {
    let [inventory, products, centers] = goods();
    Explore {
        cancel_grouping: vec!["orders.id"],
        ..explore(
            "orders",
            "Orders",
            "One row per order; its items may be joined, which fans out.",
            vec![
                join("users", "orders", ManyToOne, "${orders.user_id} = ${users.id}"),
                join("order_items", "orders", OneToMany, "${orders.id} = ${order_items.order_id}"),
                inventory,
                products,
                centers,
            ],
        )
    }
}

fn users_explore() -> Explore {
    explore(
        "users",
        "Users",
        "One row per customer.",
        vec![
            join("orders", "users", OneToMany, "${users.id} = ${orders.user_id}"),
            join("order_items", "orders", OneToMany, "${orders.id} = ${order_items.order_id}"),
        ],
    )
}

fn products_explore() -> Explore {
    explore(
        "products",
        "Products",
        "One row per product.",
        vec![
            join(
                "distribution_centers",
                "products",
                ManyToOne,
                "${products.distribution_center_id} = ${distribution_centers.id}",
            ),
            join("inventory_items", "products", OneToMany, "${products.id} = ${inventory_items.product_id}"),
        ],
    )
}

/// Hidden: listed with `hidden: true`, and still there for a query.
fn inventory_items_explore() -> Explore {
    Explore {
        hidden: true,
        ..explore(
            "inventory_items",
            "Inventory Items",
            "One row per piece in stock or sold.",
            vec![
                join("products", "inventory_items", ManyToOne, "${inventory_items.product_id} = ${products.id}"),
                join(
                    "distribution_centers",
                    "products",
                    ManyToOne,
                    "${products.distribution_center_id} = ${distribution_centers.id}",
                ),
            ],
        )
    }
}

/// The explore with a required filter.
fn events_explore() -> Explore {
    Explore {
        always_filter: vec![("events.created_date", "30 days")],
        conditionally_filter: vec![("events.event_type", "-cancel")],
        ..explore(
            "events",
            "Web Events",
            "Page views of the shop; always filtered by date.",
            vec![join("users", "events", ManyToOne, "${events.user_id} = ${users.id}")],
        )
    }
}
