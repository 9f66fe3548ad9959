//! Excel-style formats, as far as LookML's built-in ones need them: `$#,##0.00`, `0.00%`, `#,##0.0" km"`, `0.00\%`.

use rusqlite::types::ValueRef;

/// LookML's built-in formats that `value_format_name` knows.
const NAMED: [(&str, &str); 14] = [
    ("decimal_0", "#,##0"),
    ("decimal_1", "#,##0.0"),
    ("decimal_2", "#,##0.00"),
    ("decimal_3", "#,##0.000"),
    ("decimal_4", "#,##0.0000"),
    ("percent_0", "0%"),
    ("percent_1", "0.0%"),
    ("percent_2", "0.00%"),
    ("usd", "$#,##0.00"),
    ("usd_0", "$#,##0"),
    ("gbp", "\"£\"#,##0.00"),
    ("gbp_0", "\"£\"#,##0"),
    ("eur", "\"€\"#,##0.00"),
    ("eur_0", "\"€\"#,##0"),
];

/// The format with a name.
pub(crate) fn named(name: &str) -> Option<&'static str> {
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
}

/// A cell as a person reads it.
pub(crate) fn rendered(value: ValueRef<'_>, format: Option<&str>) -> String {
    match (value, format) {
        (ValueRef::Integer(number), Some(format)) => number_text(&number.to_string(), as_float(number), format),
        (ValueRef::Real(number), Some(format)) => number_text("", number, format),
        (other, _) => super::value::plain(other),
    }
}

#[expect(clippy::cast_precision_loss, reason = "only used where decimals are shown")]
fn as_float(number: i64) -> f64 {
    number as f64
}

/// `exact` holds the digits of a whole number, which need no rounding.
fn number_text(exact: &str, number: f64, format: &str) -> String {
    let (mut prefix, mut digits, mut suffix) = (String::new(), String::new(), String::new());
    let mut percent = false;
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        let literal = if digits.is_empty() { &mut prefix } else { &mut suffix };
        match character {
            '#' | '0' | ',' | '.' => digits.push(character),
            '"' => literal.extend(characters.by_ref().take_while(|c| *c != '"')),
            '\\' => literal.extend(characters.next()),
            '%' => {
                percent = true;
                literal.push('%');
            }
            other => literal.push(other),
        }
    }
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let scaled = if percent { number * 100.0 } else { number };
    let text =
        if decimals == 0 && !percent && !exact.is_empty() { exact.to_owned() } else { format!("{scaled:.decimals$}") };
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    let (whole, fraction) = text.split_once('.').map_or((text, ""), |(whole, fraction)| (whole, fraction));
    let whole = if digits.contains(',') { grouped(whole) } else { whole.to_owned() };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{prefix}{whole}{point}{fraction}{suffix}")
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_formats_read_as_in_a_spreadsheet() {
        let show = |value: f64, format| rendered(ValueRef::Real(value), Some(format));
        assert_eq!(show(1_234_567.891, "$#,##0.00"), "$1,234,567.89");
        assert_eq!(show(-1234.5, "$#,##0.00"), "-$1,234.50");
        assert_eq!(show(0.256, "0.00%"), "25.60%");
        assert_eq!(show(25.6, "0.00\\%"), "25.60%");
        assert_eq!(show(3935.7, "#,##0\" km\""), "3,936 km");
        assert_eq!(rendered(ValueRef::Integer(9_007_199_254_740_993), Some("#,##0")), "9,007,199,254,740,993");
        assert_eq!(rendered(ValueRef::Null, Some("0.00")), "");
    }
}
