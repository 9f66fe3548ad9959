//! Telling filters of dates in words.

use super::{DateFilter, DateTest, Day, Edge};

impl DateFilter {
    /// The filter in words: `is in the last 7 days`.
    pub fn summary(&self) -> String {
        if self.is_any() {
            return "is any time".into();
        }
        self.tests().iter().map(sentence).collect::<Vec<_>>().join(" or ")
    }
}

fn sentence(test: &DateTest) -> String {
    match test {
        DateTest::Last(interval) => format!("is in the last {interval}"),
        DateTest::Relative { start, direction: super::Direction::Ago, length } if start == length => {
            let (unit, many) = (length.unit, if length.count == 1 { "" } else { "s" });
            format!("is in the last {} complete {unit}{many}", length.count)
        }
        DateTest::Previous(unit) => format!("is previous {unit}"),
        DateTest::ThisTo { from, to } => {
            format!("is from the start of this {from} until the start of this {to}")
        }
        DateTest::Day(day) => format!("is {}", self::day(*day)),
        DateTest::DayFor(day, length) => format!("is from {} for {length}", self::day(*day)),
        DateTest::Before(edge) => format!("is before {}", self::edge(*edge)),
        DateTest::After(edge) => format!("is on or after {}", self::edge(*edge)),
        DateTest::On(moment) => format!("is on {moment}"),
        DateTest::Range { from, to } => format!("is from {from} until {to}"),
        DateTest::OnFor(moment, length) => format!("is from {moment} for {length}"),
        DateTest::Year(year) => format!("is in the year {year}"),
        DateTest::Quarter(year, quarter) => format!("is in {quarter} of {year}"),
        DateTest::Month(month) => format!("is in {} {}", month.name(), month.year()),
        DateTest::MonthFor(month, length) => format!("is from {} {} for {length}", month.name(), month.year()),
        DateTest::FiscalYear(year) => format!("is in the fiscal year {year}"),
        DateTest::FiscalQuarter(year, quarter) => format!("is in {quarter} of the fiscal year {year}"),
        DateTest::UserAttribute(attribute) => format!("is {}", attribute.words()),
        DateTest::Null
        | DateTest::NotNull
        | DateTest::Ago(_)
        | DateTest::FromNow(_)
        | DateTest::Relative { .. }
        | DateTest::This(_)
        | DateTest::Next(_) => format!("is {test}"),
    }
}

fn day(day: Day) -> String {
    let name = day.to_string();
    match (day, name.split_at_checked(1)) {
        (Day::Weekday(_), Some((initial, rest))) => initial.to_ascii_uppercase() + rest,
        _ => name,
    }
}

fn edge(edge: Edge) -> String {
    match edge {
        Edge::This(_) | Edge::Next(_) | Edge::Previous(_) => format!("the start of {edge}"),
        Edge::Weekday(weekday) => day(Day::Weekday(weekday)),
        Edge::Ago(_) | Edge::FromNow(_) | Edge::Moment(_) => edge.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_told() {
        for (text, summary) in [
            ("", "is any time"),
            ("3 days", "is in the last 3 days"),
            ("3 days ago", "is 3 days ago"),
            ("1 day from now", "is 1 day from now"),
            ("3 months ago for 2 days", "is 3 months ago for 2 days"),
            ("1 day ago for 1 day", "is in the last 1 complete day"),
            ("3 days from now for 3 days", "is 3 days from now for 3 days"),
            ("this week", "is this week"),
            ("next fiscal year", "is next fiscal year"),
            ("last week", "is previous week"),
            ("this year to day", "is from the start of this year until the start of this day"),
            ("monday", "is Monday"),
            ("today for 7 days", "is from today for 7 days"),
            ("before 3 days ago", "is before 3 days ago"),
            ("after last week", "is on or after the start of last week"),
            ("after friday", "is on or after Friday"),
            ("2024-03-05 12:30", "is on 2024/03/05 12:30"),
            ("2024-03-05 to 2024-03-07", "is from 2024/03/05 until 2024/03/07"),
            ("2024-03-05 for 2 weeks", "is from 2024/03/05 for 2 weeks"),
            ("2024", "is in the year 2024"),
            ("2024-Q3", "is in Q3 of 2024"),
            ("2024-03", "is in March 2024"),
            ("2024-03 for 2 months", "is from March 2024 for 2 months"),
            ("FY2024", "is in the fiscal year 2024"),
            ("FY2024-Q1", "is in Q1 of the fiscal year 2024"),
            ("null,not null", "is null or is not null"),
            ("{{ _user_attributes['day'] }}", "is the user attribute day"),
        ] {
            assert_eq!(text.parse::<DateFilter>().unwrap().summary(), summary, "{text}");
        }
    }
}
