//! The sandbox's fields and explores, written once more: as the SQL of SQLite alone over the tables of the shop. In it, `@`
//! stands for the view, and `{period}` and the like for parameters.

use std::collections::BTreeMap;

use super::field::{Aggregate, Field, Kind, Source};
use super::time::{ALL, STRETCHES, USUAL, Zone, duration, timeframe};

fn tier(of: &str, tiers: &[i64]) -> String {
    let steps = tiers.windows(2).map(|pair| format!("WHEN {of} < {} THEN '{} to {}' ", pair[1], pair[0], pair[1] - 1));
    format!(
        "CASE WHEN {of} IS NULL THEN 'Undefined' WHEN {of} < {first} THEN 'Below {first}' {}ELSE '{} or Above' END",
        steps.collect::<String>(),
        tiers[tiers.len() - 1],
        first = tiers[0],
    )
}

/// Kilometres on the globe between two places.
fn distance([from_lat, from_lng, to_lat, to_lng]: [&str; 4]) -> String {
    let half = |from: &str, to: &str| format!("sin((radians({to}) - radians({from})) / 2.0)");
    let (lat, lng) = (half(from_lat, to_lat), half(from_lng, to_lng));
    format!(
        "2.0 * 6371.0 * asin(sqrt({lat} * {lat} + cos(radians({from_lat})) * cos(radians({to_lat})) * ({lng} * {lng})))"
    )
}

const COUNT: Aggregate = Aggregate::Sql("COUNT(v)");
const DISTINCT: Aggregate = Aggregate::Sql("COUNT(DISTINCT v)");
const SUM: Aggregate = Aggregate::Sql("COALESCE(SUM(v), 0)");
const AVERAGE: Aggregate = Aggregate::Sql("AVG(v)");
const MIN: Aggregate = Aggregate::Sql("MIN(v)");
const MAX: Aggregate = Aggregate::Sql("MAX(v)");
const MEDIAN: Aggregate = Aggregate::Percentile(0.5);
const P90: Aggregate = Aggregate::Percentile(0.9);
const LIST: Aggregate = Aggregate::Sql("GROUP_CONCAT(DISTINCT v)");

/// Collects fields, each of the view that was named last.
struct Shop {
    view: &'static str,
    zone: Zone,
    fields: BTreeMap<String, Field>,
}

impl Shop {
    fn view(&mut self, name: &'static str) -> &mut Self {
        self.view = name;
        self
    }

    fn add(&mut self, short: &str, kind: Kind, source: Source, seconds: Option<String>) -> &mut Self {
        let name = format!("{}.{short}", self.view);
        self.fields.insert(name.clone(), Field { name, kind, source, seconds });
        self
    }

    fn row(&mut self, short: &str, kind: Kind, sql: &str) -> &mut Self {
        let sql = sql.replace('@', self.view);
        self.add(short, kind, Source::Row(sql), None)
    }

    fn columns(&mut self, kind: Kind, names: &str) -> &mut Self {
        for name in names.split(' ') {
            self.row(name, kind, &format!("@.{name}"));
        }
        self
    }

    fn times(&mut self, group: &str, column: &str, zone: Zone, names: &str) -> &mut Self {
        let local = zone.local(&format!("{}.{column}", self.view));
        for name in names.split(' ') {
            let (kind, sql) = timeframe(name, &local);
            let seconds = STRETCHES.split(' ').any(|stretch| stretch == name).then(|| local.clone());
            self.add(&format!("{group}_{name}"), kind, Source::Row(sql), seconds);
        }
        self
    }

    fn usual(&mut self, group: &str) -> &mut Self {
        self.times(group, &format!("{group}_at"), self.zone, USUAL)
    }

    fn durations(&mut self, group: &str, from: &str, to: &str, units: &str) -> &mut Self {
        for unit in units.split(' ') {
            self.row(&format!("{unit}s_{group}"), Kind::Number, &duration(unit, from, to));
        }
        self
    }

    fn measure(&mut self, short: &str, kind: Kind, aggregate: Aggregate, value: &str) -> &mut Self {
        self.measure_by("@.id", short, kind, aggregate, value)
    }

    fn measure_by(&mut self, key: &str, short: &str, kind: Kind, aggregate: Aggregate, value: &str) -> &mut Self {
        let (key, value) = (key.replace('@', self.view), value.replace('@', self.view));
        self.add(short, kind, Source::Group { aggregate, key, value }, None)
    }

    fn of_measures(&mut self, short: &str, kind: Kind, sql: &'static str, of: &[&'static str]) -> &mut Self {
        self.add(short, kind, Source::Measures(sql, of.to_vec()), None)
    }

    fn of_result(&mut self, short: &str, sql: &str) -> &mut Self {
        self.add(short, Kind::Number, Source::Result(sql.to_owned()), None)
    }
}

/// All fields of the model `thelook` by their names, as a query in this zone has them.
pub(super) fn fields(zone: Zone) -> BTreeMap<String, Field> {
    let mut shop = Shop { view: "", zone, fields: BTreeMap::new() };
    order_items(&mut shop);
    order_item_measures(&mut shop);
    orders(&mut shop);
    users(&mut shop);
    goods(&mut shop);
    shop.view("events")
        .columns(Kind::Number, "id user_id")
        .columns(Kind::Text, "session_id event_type browser uri")
        .usual("created")
        .measure("count", Kind::Whole, COUNT, "@.id")
        .measure("session_count", Kind::Whole, DISTINCT, "@.session_id");
    shop.fields
}

fn order_items(shop: &mut Shop) {
    let zone = shop.zone;
    let local = zone.local("order_items.created_at");
    let day = |shift: &str| format!("date({local}, 'unixepoch'{shift})");
    let dynamic = format!(
        "CASE {{timeframe}} WHEN 'day' THEN {} WHEN 'week' THEN {} ELSE strftime('%Y-%m', {local}, 'unixepoch') END",
        day(""),
        day(", 'weekday 0', '-6 days'")
    );
    shop.view("order_items")
        .columns(Kind::Number, "id order_id inventory_item_id sale_price")
        .columns(Kind::Whole, "tracking_number")
        .columns(Kind::Text, "status")
        .row("gross_margin", Kind::Number, "@.sale_price - inventory_items.cost")
        .row("sale_price_tier", Kind::Tier, &tier("@.sale_price", &[0, 25, 50, 100, 150]))
        .row("is_returned", Kind::YesNo, "@.returned_at IS NOT NULL")
        .row("is_dear", Kind::YesNo, "@.sale_price >= {dear_from}")
        .row("created_dynamic", Kind::Text, &dynamic)
        .times("created", "created_at", zone, ALL)
        .usual("shipped")
        .usual("delivered")
        .usual("returned")
        .durations(
            "to_deliver",
            "order_items.created_at",
            "order_items.delivered_at",
            "second minute hour day week month quarter year",
        )
        .row(
            "distance_to_customer",
            Kind::Number,
            &distance([
                "distribution_centers.latitude",
                "distribution_centers.longitude",
                "users.latitude",
                "users.longitude",
            ]),
        );
}

fn order_item_measures(shop: &mut Shop) {
    let sales = "\"order_items.total_sale_price\"";
    let share = format!("100.0 * {sales} / NULLIF(SUM({sales}) OVER (), 0)");
    let growth = format!("100.0 * ({sales} - before) / NULLIF(before, 0)")
        .replace("before", &format!("LAG({sales}) OVER (ORDER BY at)"));
    shop.view("order_items")
        .measure("count", Kind::Whole, COUNT, "@.id")
        .measure("returned_count", Kind::Whole, COUNT, "CASE WHEN @.returned_at IS NOT NULL THEN @.id END")
        .measure("order_count", Kind::Whole, DISTINCT, "@.order_id")
        .measure("total_sale_price", Kind::Number, SUM, "@.sale_price")
        .measure("average_sale_price", Kind::Number, AVERAGE, "@.sale_price")
        .measure("min_sale_price", Kind::Number, MIN, "@.sale_price")
        .measure("max_sale_price", Kind::Number, MAX, "@.sale_price")
        .measure("median_sale_price", Kind::Number, MEDIAN, "@.sale_price")
        .measure("p90_sale_price", Kind::Number, P90, "@.sale_price")
        .measure("total_gross_margin", Kind::Number, SUM, "@.sale_price - inventory_items.cost")
        .of_measures(
            "gross_margin_percent",
            Kind::Number,
            "1.0 * ?1 / NULLIF(?2, 0)",
            &["order_items.total_gross_margin", "order_items.total_sale_price"],
        )
        .measure("sales_in_period", Kind::Number, SUM, "CASE WHEN {period} THEN @.sale_price END")
        .measure_by("orders.id", "total_order_value", Kind::Number, SUM, "orders.num_items")
        .measure_by("orders.id", "average_order_size", Kind::Number, AVERAGE, "orders.num_items")
        .measure_by("orders.id", "median_order_size", Kind::Number, MEDIAN, "orders.num_items")
        .measure_by("orders.id", "p90_order_size", Kind::Number, P90, "orders.num_items")
        .of_result("percent_of_sales", &share)
        .of_result("sales_growth", &growth)
        .of_result("cumulative_sales", &format!("SUM({sales}) OVER (ORDER BY at)"))
        .measure("statuses", Kind::List, LIST, "@.status")
        .of_measures("has_returns", Kind::YesNo, "?1 > 0", &["order_items.returned_count"])
        .of_measures(
            "verdict",
            Kind::Text,
            "CASE WHEN ?1 >= 60 THEN 'high' ELSE 'low' END",
            &["order_items.average_sale_price"],
        )
        .of_measures(
            "first_order",
            Kind::Day,
            "unixepoch(date(?1, 'unixepoch')) / 86400",
            &["order_items.first_created"],
        )
        .measure("first_created", Kind::Number, MIN, "@.created_at");
}

fn orders(shop: &mut Shop) {
    let local = shop.zone.local("orders.created_at");
    let (_, name) = timeframe("month_name", &local);
    let label = format!("substr({name}, 1, 3) || ' ' || strftime('%Y', {local}, 'unixepoch')");
    shop.view("orders")
        .columns(Kind::Number, "id user_id")
        .columns(Kind::Text, "status")
        .columns(Kind::Whole, "num_items")
        .row("is_complete", Kind::YesNo, "@.status = 'Complete'")
        .usual("created")
        .usual("shipped")
        .usual("delivered")
        .usual("returned")
        .row("month_label", Kind::Text, &label)
        .measure("count", Kind::Whole, COUNT, "@.id")
        .measure("complete_count", Kind::Whole, COUNT, "CASE WHEN @.status = 'Complete' THEN @.id END")
        .measure("total_items", Kind::Number, SUM, "@.num_items")
        .measure("average_items", Kind::Number, AVERAGE, "@.num_items")
        .measure("median_items", Kind::Number, MEDIAN, "@.num_items");
}

fn users(shop: &mut Shop) {
    shop.view("users")
        .columns(Kind::Number, "id age latitude longitude")
        .columns(Kind::Text, "first_name last_name email gender city state country zip traffic_source")
        .row("name", Kind::Text, "@.first_name || ' ' || @.last_name")
        .row("age_tier", Kind::Tier, &tier("@.age", &[10, 20, 30, 40, 50, 60, 70]).replace('@', "users"))
        .row("location", Kind::Text, "@.latitude || ',' || @.longitude")
        .row("is_subscribed", Kind::YesNo, "@.is_subscribed = 1")
        .times("birth", "birth_date", Zone::Utc, "date year")
        .usual("created")
        .measure("count", Kind::Whole, COUNT, "@.id")
        .measure("average_age", Kind::Number, AVERAGE, "@.age")
        .measure("total_age", Kind::Number, SUM, "@.age")
        .measure("cities", Kind::List, LIST, "@.city");
}

fn goods(shop: &mut Shop) {
    shop.view("products")
        .columns(Kind::Number, "id retail_price cost distribution_center_id")
        .columns(Kind::Text, "name brand category department sku")
        .times("released", "released_on", Zone::Utc, "date month year")
        .measure("count", Kind::Whole, COUNT, "@.id")
        .measure("brand_count", Kind::Whole, DISTINCT, "@.brand")
        .measure("average_retail_price", Kind::Number, AVERAGE, "@.retail_price")
        .measure("categories", Kind::List, LIST, "@.category");
    shop.view("inventory_items")
        .columns(Kind::Number, "id product_id cost")
        .row("is_sold", Kind::YesNo, "@.sold_at IS NOT NULL")
        .usual("created")
        .usual("sold")
        .durations("in_inventory", "inventory_items.created_at", "inventory_items.sold_at", "day week")
        .measure("count", Kind::Whole, COUNT, "@.id")
        .measure("total_cost", Kind::Number, SUM, "@.cost")
        .measure("average_cost", Kind::Number, AVERAGE, "@.cost");
    shop.view("distribution_centers")
        .columns(Kind::Number, "id latitude longitude")
        .columns(Kind::Text, "name")
        .row("location", Kind::Text, "@.latitude || ',' || @.longitude")
        .measure("count", Kind::Whole, COUNT, "@.id");
}

/// An explore: how its views are joined, and what it does by itself.
#[derive(Debug)]
pub(super) struct Explore {
    pub(super) name: &'static str,
    /// A view, the one that it is joined to, and by what.
    pub(super) joins: &'static [(&'static str, &'static str, &'static str)],
    /// The field beside which rows are not grouped.
    pub(super) ungrouped: Option<&'static str>,
}

const INVENTORY: (&str, &str, &str) =
    ("inventory_items", "order_items", "order_items.inventory_item_id = inventory_items.id");
const PRODUCTS: (&str, &str, &str) = ("products", "inventory_items", "inventory_items.product_id = products.id");
const CENTERS: (&str, &str, &str) =
    ("distribution_centers", "products", "products.distribution_center_id = distribution_centers.id");
const BUYERS: (&str, &str, &str) = ("users", "orders", "orders.user_id = users.id");
const ITEMS: (&str, &str, &str) = ("order_items", "orders", "orders.id = order_items.order_id");

/// The explores of `thelook`; the log of queries in `system__activity` changes with every query.
pub(super) const EXPLORES: [Explore; 6] = [
    Explore {
        name: "order_items",
        joins: &[("orders", "order_items", "order_items.order_id = orders.id"), BUYERS, INVENTORY, PRODUCTS, CENTERS],
        ungrouped: Some("order_items.id"),
    },
    Explore { name: "orders", joins: &[BUYERS, ITEMS, INVENTORY, PRODUCTS, CENTERS], ungrouped: Some("orders.id") },
    Explore { name: "users", joins: &[("orders", "users", "users.id = orders.user_id"), ITEMS], ungrouped: None },
    Explore {
        name: "products",
        joins: &[CENTERS, ("inventory_items", "products", "products.id = inventory_items.product_id")],
        ungrouped: None,
    },
    Explore { name: "inventory_items", joins: &[PRODUCTS, CENTERS], ungrouped: None },
    Explore { name: "events", joins: &[("users", "events", "events.user_id = users.id")], ungrouped: None },
];

impl Explore {
    pub(super) fn named(name: &str) -> &'static Self {
        EXPLORES.iter().find(|explore| explore.name == name).unwrap()
    }

    /// Its tables, as far as texts of SQL mention them.
    pub(super) fn tables(&self, mentioned: &[&str]) -> String {
        let mentions = |view: &str| mentioned.iter().any(|sql| sql.contains(&format!("{view}.")));
        let mut wanted: Vec<&str> = Vec::new();
        for (view, to, _) in self.joins.iter().rev() {
            if wanted.contains(view) || mentions(view) {
                wanted.extend([*view, *to]);
            }
        }
        let joins = self.joins.iter().filter(|(view, ..)| wanted.contains(view));
        let joins = joins.map(|(view, _, on)| format!(" LEFT JOIN {view} ON {on}"));
        format!("{}{}", self.name, joins.collect::<String>())
    }

    /// Whether it has all views that a text of SQL mentions.
    pub(super) fn offers(&self, field: &Field, all: &BTreeMap<String, Field>) -> bool {
        let has = |view: &str| self.name == view || self.joins.iter().any(|(joined, ..)| *joined == view);
        let known = |sql: &str| VIEWS.iter().all(|view| has(view) || !sql.contains(&format!("{view}.")));
        has(field.view())
            && match &field.source {
                Source::Row(sql) => known(sql),
                Source::Group { key, value, .. } => known(key) && known(value),
                Source::Measures(_, of) => of.iter().all(|name| self.offers(&all[*name], all)),
                Source::Result(_) => true,
            }
    }
}

const VIEWS: [&str; 7] =
    ["order_items", "orders", "users", "inventory_items", "products", "distribution_centers", "events"];
