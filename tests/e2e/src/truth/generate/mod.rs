//! Some hundreds of queries, the same on every run.

mod filters;
mod own;

use super::field::{Field, Kind, Source};
use super::judge::Judge;
use super::question::{Fill, Filter, Question};
use super::shop::EXPLORES;
use super::time::Zone;
use filters::{FILTERS, PARAMETERS};

/// Numbers that look random (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.below(at + 1);
            items.swap(at, other);
        }
    }
}

/// Dimensions of few values, for pivots and what stands beside them.
const FEW: &[&str] = &[
    "orders.status",
    "users.gender",
    "users.country",
    "users.age_tier",
    "users.is_subscribed",
    "users.traffic_source",
    "orders.is_complete",
    "orders.num_items",
    "orders.created_year",
    "orders.created_quarter",
    "order_items.sale_price_tier",
    "order_items.is_returned",
    "order_items.created_fiscal_quarter",
    "order_items.created_day_of_week_index",
    "products.category",
    "products.department",
    "products.released_year",
    "inventory_items.is_sold",
    "events.browser",
    "events.event_type",
];

/// How the missing values of a dimension are made: `?1` is the first, `?2` the last.
const FILLS: &[(&str, &str, &str)] = &[
    ("order_items", "order_items.created_date", "d + 1"),
    ("order_items", "order_items.created_week", "d + 7"),
    ("order_items", "order_items.created_month", "strftime('%Y-%m', d || '-01', '+1 month')"),
    ("order_items", "order_items.created_quarter", "strftime('%Y-%m', d || '-01', '+3 months')"),
    ("order_items", "order_items.created_year", "d + 1"),
    ("order_items", "order_items.created_hour6", "d + 21600000000"),
    ("orders", "orders.returned_date", "d + 1"),
    ("users", "users.birth_year", "d + 1"),
    ("products", "products.released_month", "strftime('%Y-%m', d || '-01', '+1 month')"),
    ("order_items", "order_items.is_dear", ""),
    ("order_items", "order_items.sale_price_tier", ""),
];

/// The whole list of queries.
pub fn questions(judge: &Judge, seed: u64) -> Vec<Question> {
    let mut random = Random(seed);
    let mut questions = Vec::new();
    for explore in &EXPLORES {
        every_field(judge, explore.name, &mut random, &mut questions);
    }
    filtered(judge, &mut random, &mut questions);
    for _ in 0..60 {
        questions.push(pivoted(judge, &mut random));
    }
    for _ in 0..20 {
        questions.push(summed_up(judge, &mut random));
    }
    filled(&mut questions);
    filled_pivots(&mut questions);
    of_the_result(&mut questions);
    own::questions(&mut questions);
    questions
}

fn names(fields: &[&Field]) -> Vec<String> {
    fields.iter().map(|field| field.name.clone()).collect()
}

/// What of the offered fields can stand in any query: computed of groups, dimensions apart from measures.
fn offered<'a>(judge: &'a Judge, explore: &str) -> (Vec<&'a Field>, Vec<&'a Field>) {
    let fields = judge.offered(explore).into_iter().filter(|field| !matches!(field.source, Source::Result(_)));
    fields.partition(|field| field.is_dimension())
}

/// Queries in which every field of an explore stands, sorted and limited in all manners.
fn every_field(judge: &Judge, explore: &'static str, random: &mut Random, questions: &mut Vec<Question>) {
    let (mut dimensions, mut measures) = offered(judge, explore);
    random.shuffle(&mut dimensions);
    random.shuffle(&mut measures);
    let mut rest = measures.iter().cycle();
    let mut left = measures.len();
    while !dimensions.is_empty() || left > 0 {
        let chosen = dimensions.split_off(dimensions.len().saturating_sub(random.below(4)));
        let mut fields = names(&chosen);
        let count = if chosen.is_empty() { 1 + random.below(4) } else { random.below(4) };
        fields.extend(rest.by_ref().take(count).map(|field| field.name.clone()));
        left = left.saturating_sub(count);
        let mut seen = Vec::new();
        fields.retain(|name| {
            !seen.contains(name) && {
                seen.push(name.clone());
                true
            }
        });
        if fields.is_empty() {
            continue;
        }
        random.shuffle(&mut fields);
        let mut question = Question { explore, fields, ..Question::default() };
        question.zone = *random.pick(&[Zone::Utc, Zone::Utc, Zone::Tokyo, Zone::NewYork]);
        sort(judge, random, &mut question);
        questions.push(question);
    }
}

/// Sorts a query by nothing, by one field, or by all so that it can be limited.
fn sort(judge: &Judge, random: &mut Random, question: &mut Question) {
    let lists = |name: &String| judge.kind(question, name) == Kind::List;
    let mut sortable: Vec<String> = question.fields.iter().filter(|name| !lists(name)).cloned().collect();
    random.shuffle(&mut sortable);
    match random.below(3) {
        0 => {}
        1 => question.sorts.extend(sortable.pop().map(|name| (name, random.chance(50)))),
        _ => {
            question.sorts.extend(sortable.into_iter().map(|name| (name, random.chance(50))));
            // Rows that are not grouped may be the same.
            let is_unique = !["order_items.id", "orders.id"].iter().any(|id| question.fields.iter().any(|f| f == id));
            question.limit = (is_unique && random.chance(70)).then(|| 1 + random.below(60));
        }
    }
}

/// A query for every filter and every parameter, most with a second filter.
fn filtered(judge: &Judge, random: &mut Random, questions: &mut Vec<Question>) {
    let explores_with = |name: &str| -> Vec<&'static str> {
        let has = |explore: &&str| judge.offered(explore).iter().any(|field| field.name == name);
        EXPLORES.iter().map(|explore| explore.name).filter(has).collect()
    };
    for filter in FILTERS {
        for explore in explores_with(filter.field) {
            let (dimensions, measures) = offered(judge, explore);
            let second = random.pick(FILTERS);
            let fits =
                random.chance(60) && second.field != filter.field && explores_with(second.field).contains(&explore);
            let mut fields = vec![random.pick(&dimensions).name.clone(), random.pick(&measures).name.clone()];
            fields.push("users.country".to_owned());
            fields.retain(|name| explores_with(name).contains(&explore));
            let is_chosen = fields[0] == "users.country";
            fields.truncate(if is_chosen { 2 } else { 3 });
            let mut question = Question { explore, fields, ..Question::default() };
            question.filters = [Some(*filter), fits.then_some(*second)].into_iter().flatten().collect();
            question.zone = *random.pick(&[Zone::Utc, Zone::Tokyo, Zone::NewYork]);
            sort(judge, random, &mut question);
            questions.push(question);
        }
    }
    for (parameter, field) in PARAMETERS {
        questions.push(Question {
            explore: "order_items",
            fields: [field, "order_items.status", "order_items.count"].map(|name: &str| name.to_owned()).to_vec(),
            parameters: vec![*parameter],
            ..Question::default()
        });
    }
    questions.push(Question {
        explore: "orders",
        fields: ["orders.month_label", "orders.count"].map(str::to_owned).to_vec(),
        sorts: vec![("orders.month_label".to_owned(), true)],
        limit: Some(20),
        ..Question::default()
    });
}

/// Fields of an explore with few values, and measures.
fn few(judge: &Judge, explore: &str, random: &mut Random, measures: usize) -> (Vec<String>, Vec<String>) {
    let (dimensions, all) = offered(judge, explore);
    let mut few: Vec<String> = names(&dimensions);
    few.retain(|name| FEW.contains(&name.as_str()));
    random.shuffle(&mut few);
    let mut chosen: Vec<String> = names(&all);
    random.shuffle(&mut chosen);
    chosen.truncate(measures);
    (few, chosen)
}

fn pivoted(judge: &Judge, random: &mut Random) -> Question {
    let explore = random.pick(&EXPLORES).name;
    let measures = 1 + random.below(3);
    let (mut few, measures) = few(judge, explore, random, measures);
    let pivots: Vec<String> = few.split_off(few.len().saturating_sub(1 + random.below(2)));
    few.truncate(random.below(3));
    let mut fields = [few.clone(), pivots.clone(), measures].concat();
    random.shuffle(&mut fields);
    let mut sorts: Vec<(String, bool)> = Vec::new();
    for name in few.iter().chain(&pivots) {
        sorts.extend(random.chance(60).then(|| (name.clone(), random.chance(50))));
    }
    if few.first().is_some_and(|first| !sorts.iter().any(|(name, _)| name == first)) {
        sorts.push((few[0].clone(), random.chance(50)));
    }
    let question = Question { explore, fields, pivots, sorts, ..Question::default() };
    let filter = random.pick(FILTERS);
    let fits = judge.offered(explore).iter().any(|field| field.name == filter.field && field.is_dimension());
    Question {
        filters: Some(*filter).filter(|_| fits).into_iter().collect(),
        row_total: random.chance(30).then(|| *random.pick(&["right", "left"])),
        total: random.chance(30),
        limit: random.chance(30).then(|| 1 + random.below(5)),
        column_limit: random.chance(20).then(|| 1 + random.below(4)),
        ..question
    }
}

fn summed_up(judge: &Judge, random: &mut Random) -> Question {
    let explore = random.pick(&EXPLORES).name;
    let (mut few, measures) = few(judge, explore, random, 3);
    few.truncate(3);
    let mut subtotals = few.clone();
    subtotals.truncate(few.len().saturating_sub(1));
    subtotals.retain(|_| random.chance(60));
    let sorts = few.iter().cloned().map(|name| (name, false)).collect();
    let fields = [few, measures].concat();
    Question { explore, fields, sorts, subtotals, total: true, ..Question::default() }
}

fn filled(questions: &mut Vec<Question>) {
    for (explore, field, step) in FILLS {
        let view = field.split_once('.').unwrap().0;
        let values = match (*field, *step) {
            ("order_items.is_dear", _) => "VALUES (0), (1)".to_owned(),
            ("order_items.sale_price_tier", _) => {
                "VALUES ('Below 0'), ('0 to 24'), ('25 to 49'), ('50 to 99'), ('100 to 149'), ('150 or Above'), ('Undefined')"
                    .to_owned()
            }
            _ => steps(step),
        };
        let narrow = Filter { field: "orders.num_items", expression: "4", condition: "{} = 4" };
        questions.push(Question {
            explore,
            fields: vec![(*field).to_owned(), format!("{view}.count")],
            filters: (*explore == "order_items").then_some(narrow).into_iter().collect(),
            sorts: vec![((*field).to_owned(), field.len() % 2 == 0)],
            fill: Some(Fill { field: (*field).to_owned(), values }),
            ..Question::default()
        });
    }
}

/// Pivots whose missing values are filled in.
fn filled_pivots(questions: &mut Vec<Question>) {
    for (field, values) in [
        ("order_items.created_week", steps("d + 7")),
        ("order_items.created_month", steps("strftime('%Y-%m', d || '-01', '+1 month')")),
        ("order_items.is_dear", "VALUES (0), (1)".to_owned()),
    ] {
        let narrow = Filter {
            field: "order_items.created_date",
            expression: "2024-01 for 3 months",
            condition: "{} >= unixepoch('2024-01-01') AND {} < unixepoch('2024-04-01')",
        };
        let narrow_still = Filter { field: "order_items.sale_price", expression: "<40", condition: "{} < 40" };
        questions.push(Question {
            explore: "order_items",
            fields: ["products.category", field, "order_items.count"].map(str::to_owned).to_vec(),
            pivots: vec![field.to_owned()],
            filters: vec![narrow, narrow_still],
            sorts: vec![("products.category".to_owned(), true), (field.to_owned(), field.len() % 2 == 0)],
            fill: Some(Fill { field: field.to_owned(), values }),
            ..Question::default()
        });
    }
}

/// A statement that yields all values from `?1` to `?2`, each one step from the one before.
fn steps(step: &str) -> String {
    format!("WITH RECURSIVE days (d) AS (SELECT ?1 UNION ALL SELECT {step} FROM days WHERE d < ?2) SELECT d FROM days")
}

/// Measures that are computed of the result's rows.
fn of_the_result(questions: &mut Vec<Question>) {
    for by in ["products.category", "order_items.created_month", "orders.status", "order_items.sale_price_tier"] {
        let measures = ["percent_of_sales", "sales_growth", "cumulative_sales", "total_sale_price"];
        for measures in [&measures[..], &measures[..1], &measures[1..3]] {
            let measures = measures.iter().map(|name| format!("order_items.{name}"));
            questions.push(Question {
                explore: "order_items",
                fields: [by.to_owned()].into_iter().chain(measures).collect(),
                sorts: vec![(by.to_owned(), by.len() % 2 == 0)],
                limit: Some(8),
                ..Question::default()
            });
        }
    }
}
