//! The nearest name to a misspelt one, for every table of names.

/// The known name that is nearest to what was typed, when it is near enough to be meant. Of names with dots, the last
/// part decides what is near enough: a shared view makes no field alike.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.rsplit('.').next().unwrap_or_default().chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not_guessed() {
        let known = ["orders", "order_items", "users"];
        assert_eq!(nearest("ordrs", known), Some("orders"));
        assert_eq!(nearest("Order_item", known), Some("order_items"));
        assert_eq!(nearest("dashboards", known), None);
        assert_eq!(nearest("orders.nope", ["orders.count", "orders.id"]), None);
        assert_eq!(nearest("orders.idd", ["orders.count", "orders.id"]), Some("orders.id"));
    }
}
