//! The words that names are made of: with accents, other scripts, apostrophes, commas and quotation marks.

pub(super) const FIRST_NAMES: [&str; 24] = [
    "Ada",
    "José",
    "Zoë",
    "Søren",
    "Mei",
    "Oluwaseun",
    "Anna",
    "Ben",
    "Chloé",
    "Dmitri",
    "Ève",
    "François",
    "Grace",
    "Hugo",
    "İpek",
    "Jürgen",
    "Κώστας",
    "Lena",
    "麗",
    "Noor",
    "Olga",
    "Priya",
    "Юлия",
    "Tom",
];

pub(super) const LAST_NAMES: [&str; 20] = [
    "Smith",
    "O'Brien",
    "Müller",
    "García",
    "Nguyen",
    "van der Berg",
    "Kowalski",
    "Okafor",
    "Sato",
    "Rossi",
    "Dubois",
    "Nowak",
    "Jensen",
    "Silva",
    "King, Jr.",
    "Iversen",
    "Çelik",
    "Papadopoulos",
    "王",
    "Jones",
];

/// City, state, country, postal code, latitude, longitude.
pub(super) const PLACES: [(&str, &str, &str, &str, f64, f64); 16] = [
    ("New York", "New York", "USA", "10001", 40.7506, -73.9972),
    ("San Francisco", "California", "USA", "94110", 37.7486, -122.4158),
    ("Boston", "Massachusetts", "USA", "02108", 42.3576, -71.0684),
    ("Chicago", "Illinois", "USA", "60601", 41.8858, -87.6181),
    ("Austin", "Texas", "USA", "73301", 30.3264, -97.7713),
    ("Seattle", "Washington", "USA", "98101", 47.6114, -122.3305),
    ("London", "England", "UK", "EC1A 1BB", 51.5203, -0.0977),
    ("Zürich", "Zürich", "Switzerland", "8001", 47.3717, 8.5423),
    ("München", "Bayern", "Germany", "80331", 48.1351, 11.5735),
    ("São Paulo", "São Paulo", "Brasil", "01310-100", -23.5614, -46.6565),
    ("Paris", "Île-de-France", "France", "75001", 48.8625, 2.3364),
    ("Montréal", "Québec", "Canada", "H2Y 1C6", 45.5075, -73.5544),
    ("東京", "東京都", "Japan", "100-0001", 35.6852, 139.7528),
    ("Sydney", "New South Wales", "Australia", "2000", -33.8688, 151.2093),
    ("Kraków", "Małopolskie", "Poland", "30-001", 50.0833, 19.9333),
    ("", "Hawaii", "USA", "96701", 21.3884, -157.9333),
];

pub(super) const TRAFFIC_SOURCES: [&str; 5] = ["Search", "Organic", "Email", "Facebook", "Display"];

pub(super) const BRANDS: [&str; 14] = [
    "Levi's",
    "Calvin Klein",
    "Löwe & Söhne",
    "Tommy, Inc.",
    "Quiksilver",
    "Dockers",
    "Nautica",
    "Patagonia",
    "The \"Good\" Co.",
    "Ray-Ban",
    "Carhartt",
    "Hanes",
    "Columbia",
    "Ōtsuka",
];

/// Category, and what one piece is called.
pub(super) const CATEGORIES: [(&str, &str); 12] = [
    ("Jeans", "Slim Jeans"),
    ("Sweaters", "Wool Sweater"),
    ("Shorts", "Cargo Shorts"),
    ("Tops & Tees", "Crew Tee"),
    ("Outerwear & Coats", "Rain Coat"),
    ("Accessories", "Belt, Leather"),
    ("Socks", "Ankle Socks"),
    ("Swim", "Board Trunks"),
    ("Dresses", "Summer Dress"),
    ("Active", "Running Tights"),
    ("Suits", "Two-Piece Suit"),
    ("Sleep & Lounge", "Pyjamas"),
];

pub(super) const DISTRIBUTION_CENTERS: [(&str, f64, f64); 10] = [
    ("Memphis TN", 35.1174, -89.9711),
    ("Chicago IL", 41.8369, -87.6847),
    ("Houston TX", 29.7604, -95.3698),
    ("Los Angeles CA", 34.05, -118.25),
    ("New Orleans LA", 29.95, -90.0667),
    ("Port Authority of New York/New Jersey NY/NJ", 40.634, -73.7834),
    ("Philadelphia PA", 39.95, -75.1667),
    ("Mobile AL", 30.6944, -88.0431),
    ("Charleston SC", 32.7833, -79.9333),
    ("Savannah GA", 32.0167, -81.1167),
];

pub(super) const BROWSERS: [&str; 5] = ["Chrome", "Firefox", "Safari", "IE", "Other"];
pub(super) const EVENT_TYPES: [&str; 6] = ["home", "product", "cart", "purchase", "cancel", "department"];
