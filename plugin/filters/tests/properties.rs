//! What holds for any filter, any value and any text.

#![expect(clippy::unwrap_used, reason = "a strategy that cannot build its values must not pass in silence")]

use looker_filters::{
    Bounds, DateFilter, DateTest, Day, Direction, Distance, DistanceUnit, Edge, Family, Interval, LocationFilter,
    Moment, Month, Number, NumberFilter, NumberTest, ParameterValue, Piece, Point, Quarter, StringFilter, StringTest,
    TierFilter, Unit, UserAttribute, Weekday, Year, parse,
};
use proptest::prelude::*;

/// Any text, and text of the characters that have a meaning somewhere.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-%_^,\"'\\\\ \t\n\u{a0}\u{feff}\u{85}a0]{0,12}",
        "(NULL|null|EMPTY|empty|Null)?[ a-]{0,3}",
        "[ -]{0,2}\\{\\{ ?_user_attributes\\['[a-z]{0,3}'\\] ?\\}\\}.?",
    ]
}

/// Text that is nearly an expression.
fn expression() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[-0-9/:., %_^\"()\\[\\]<>=!]{1,3}",
        "(last|this|next|before|after|ago|from now|for|to|not|null|and|or|inf|FY|Q1|inside box|miles|empty)",
        "(seconds?|minute|hours?|days?|week|months|fiscal quarter|year|today|monday)",
        "(2024|2024-02-30|2024/05/06|12:30|3|0\\.5|-1e3)",
        text(),
    ];
    let spaced = (word, prop_oneof![Just(""), Just(" "), Just(", ")]).prop_map(|(word, space)| word + space);
    prop::collection::vec(spaced, 0..6).prop_map(|words| words.concat())
}

fn number() -> impl Strategy<Value = Number> {
    let float = any::<f64>().prop_filter_map("finite numbers", |value| Number::try_from(value).ok());
    prop_oneof![any::<i64>().prop_map(Number::from), float, Just(".5e-3".parse().unwrap())]
}

fn attribute() -> impl Strategy<Value = UserAttribute> {
    "[A-Za-z0-9_]{1,8}".prop_map(|name| UserAttribute::new(&name).unwrap())
}

fn number_filter() -> impl Strategy<Value = NumberFilter> {
    let bounds = prop::sample::select(vec![Bounds::OPEN, Bounds::CLOSED, Bounds::WITH_LOW, Bounds::WITH_HIGH]);
    let one = prop_oneof![
        3 => (0..4_i64).prop_map(NumberFilter::is),
        1 => number().prop_map(NumberFilter::is),
        1 => number().prop_map(NumberFilter::above),
        1 => number().prop_map(NumberFilter::at_least),
        1 => number().prop_map(NumberFilter::below),
        1 => number().prop_map(NumberFilter::at_most),
        1 => (number(), number(), bounds).prop_map(|(low, high, bounds)| NumberFilter::range(low, high, bounds)),
        1 => Just(NumberFilter::null()),
        1 => attribute().prop_map(|attribute| NumberTest::UserAttribute(attribute).into()),
    ];
    prop::collection::vec((one, any::<bool>()), 0..6).prop_map(|parts| {
        let join = |all: NumberFilter, (part, without)| if without { all.but_not(part) } else { all.or(part) };
        parts.into_iter().fold(NumberFilter::any(), join)
    })
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    prop::collection::vec(prop_oneof![text().prop_map(Piece::Text), Just(Piece::Any), Just(Piece::One)], 0..5)
}

fn string_filter() -> impl Strategy<Value = StringFilter> {
    let one = prop_oneof![
        text().prop_map(StringFilter::is),
        text().prop_map(StringFilter::contains),
        text().prop_map(StringFilter::starts_with),
        text().prop_map(StringFilter::ends_with),
        pieces().prop_map(StringFilter::like),
        Just(StringFilter::null()),
        Just(StringFilter::blank()),
        attribute().prop_map(|attribute| StringTest::UserAttribute(attribute).into()),
    ];
    prop::collection::vec((one, any::<bool>()), 0..4).prop_map(|parts| {
        let join = |all: StringFilter, (part, without)| if without { all.but_not(part) } else { all.or(part) };
        parts.into_iter().fold(StringFilter::any(), join)
    })
}

fn unit() -> impl Strategy<Value = Unit> {
    prop::sample::select(vec![
        Unit::Second,
        Unit::Minute,
        Unit::Hour,
        Unit::Day,
        Unit::Week,
        Unit::Month,
        Unit::Quarter,
        Unit::FiscalQuarter,
        Unit::Year,
        Unit::FiscalYear,
    ])
}

fn moment() -> impl Strategy<Value = Moment> {
    let time = prop::option::of((0..24_u8, 0..60_u8, prop::option::of(0..60_u8)));
    (0..=9999_u16, 1..=12_u8, 1..=31_u8, time).prop_filter_map("days that exist", |(year, month, day, time)| {
        let day = Moment::day(year, month, day)?;
        let Some((hour, minute, second)) = time else { return Some(day) };
        let minute = day.at(hour, minute)?;
        second.map_or(Some(minute), |second| minute.and_second(second))
    })
}

fn date_test() -> impl Strategy<Value = DateTest> {
    let interval = || (any::<u64>(), unit()).prop_map(|(count, unit)| Interval::new(count, unit));
    let year = || (0..=9999_u16).prop_map(|year| Year::new(year).unwrap());
    let month = || (0..=9999_u16, 1..=12_u8).prop_map(|(year, month)| Month::new(year, month).unwrap());
    let quarter = || prop::sample::select(vec![Quarter::Q1, Quarter::Q2, Quarter::Q3, Quarter::Q4]);
    let weekday = || prop::sample::select(vec![Weekday::Monday, Weekday::Thursday, Weekday::Sunday]);
    let day =
        || prop_oneof![Just(Day::Today), Just(Day::Yesterday), Just(Day::Tomorrow), weekday().prop_map(Day::Weekday)];
    let direction = prop::sample::select(vec![Direction::Ago, Direction::FromNow]);
    let edge = || {
        prop_oneof![
            interval().prop_map(Edge::Ago),
            interval().prop_map(Edge::FromNow),
            unit().prop_map(Edge::This),
            unit().prop_map(Edge::Next),
            unit().prop_map(Edge::Previous),
            moment().prop_map(Edge::Moment),
            weekday().prop_map(Edge::Weekday),
        ]
    };
    let relative = prop_oneof![
        interval().prop_map(DateTest::Last),
        interval().prop_map(DateTest::Ago),
        interval().prop_map(DateTest::FromNow),
        (interval(), direction, interval()).prop_map(|(start, direction, length)| DateTest::Relative {
            start,
            direction,
            length
        }),
        unit().prop_map(DateTest::This),
        unit().prop_map(DateTest::Next),
        unit().prop_map(DateTest::Previous),
        (unit(), unit()).prop_map(|(from, to)| DateTest::ThisTo { from, to }),
        day().prop_map(DateTest::Day),
        (day(), interval()).prop_map(|(day, length)| DateTest::DayFor(day, length)),
        edge().prop_map(DateTest::Before),
        edge().prop_map(DateTest::After),
    ];
    let absolute = prop_oneof![
        Just(DateTest::Null),
        Just(DateTest::NotNull),
        moment().prop_map(DateTest::On),
        (moment(), moment()).prop_map(|(from, to)| DateTest::Range { from, to }),
        (moment(), interval()).prop_map(|(moment, length)| DateTest::OnFor(moment, length)),
        year().prop_map(DateTest::Year),
        (year(), quarter()).prop_map(|(year, quarter)| DateTest::Quarter(year, quarter)),
        month().prop_map(DateTest::Month),
        (month(), interval()).prop_map(|(month, length)| DateTest::MonthFor(month, length)),
        year().prop_map(DateTest::FiscalYear),
        (year(), quarter()).prop_map(|(year, quarter)| DateTest::FiscalQuarter(year, quarter)),
        attribute().prop_map(DateTest::UserAttribute),
    ];
    prop_oneof![relative, absolute]
}

fn location() -> impl Strategy<Value = LocationFilter> {
    let point = || {
        (-90.0..=90.0_f64, -180.0..=180.0_f64).prop_map(|(latitude, longitude)| {
            Point::new(Number::try_from(latitude).unwrap(), Number::try_from(longitude).unwrap()).unwrap()
        })
    };
    let unit = prop::sample::select(vec![
        DistanceUnit::Meters,
        DistanceUnit::Feet,
        DistanceUnit::Kilometers,
        DistanceUnit::Miles,
    ]);
    let distance = number().prop_filter_map("distances", Distance::new);
    prop_oneof![
        Just(LocationFilter::Any),
        Just(LocationFilter::Null),
        Just(LocationFilter::NotNull),
        point().prop_map(LocationFilter::Point),
        (distance, unit, point()).prop_map(|(distance, unit, center)| LocationFilter::Circle {
            distance,
            unit,
            center
        }),
        (point(), point()).prop_map(|(from, to)| LocationFilter::Box { from, to }),
        attribute().prop_map(LocationFilter::UserAttribute),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_filter_of_numbers_is_read_as_it_was_built(filter in number_filter()) {
        prop_assert_eq!(filter.to_string().parse(), Ok(filter));
    }

    #[test]
    fn a_filter_of_text_is_read_as_it_was_built_whatever_the_values(filter in string_filter()) {
        prop_assert_eq!(filter.to_string().parse(), Ok(filter));
    }

    #[test]
    fn a_filter_of_tiers_is_read_as_it_was_built_whatever_the_names(
        names in prop::collection::vec((text(), any::<bool>()), 0..4)
    ) {
        let filter = names.into_iter().fold(TierFilter::any(), |all, (name, without)| {
            let tier = TierFilter::is(name);
            if without { all.but_not(tier) } else { all.or(tier) }
        });
        prop_assert_eq!(filter.to_string().parse(), Ok(filter));
    }

    #[test]
    fn a_filter_of_dates_is_read_as_it_was_built(tests in prop::collection::vec(date_test(), 0..4)) {
        let filter: DateFilter = tests.into_iter().collect();
        prop_assert_eq!(filter.to_string().parse(), Ok(filter));
    }

    #[test]
    fn a_filter_of_locations_is_read_as_it_was_built(filter in location()) {
        prop_assert_eq!(filter.to_string().parse(), Ok(filter));
    }

    #[test]
    fn any_value_of_a_parameter_survives_escaping(value in text()) {
        let value = ParameterValue::new(value);
        prop_assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn any_text_is_read_or_refused_with_a_place_in_it(text in expression()) {
        for family in Family::ALL {
            match parse(family, &text) {
                Ok(filter) => {
                    prop_assert!(!filter.summary().is_empty());
                    prop_assert_eq!(parse(family, &filter.to_string()), Ok(filter), "{}", family);
                }
                Err(error) => {
                    prop_assert!(text.is_char_boundary(error.at()), "{family}: {error}");
                    prop_assert!(!error.expected().is_empty(), "{family}: {error}");
                }
            }
        }
    }
}
