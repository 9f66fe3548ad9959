//! Types of values, and the line of a named one.
//!
//! Types are written as `string`, `integer`, `number`, `boolean`, `datetime`, `date`, `uri`, `any`, `T[]` (a list), `{T}` (an
//! object of any keys) and `#Name`.

use std::fmt;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text; ids are text, too.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A moment, in RFC 3339.
    DateTime,
    /// A day, as 2026-01-31.
    Date,
    /// An address.
    Uri,
    /// Any JSON.
    Any,
    /// A list.
    List(Box<Self>),
    /// An object with any keys.
    Map(Box<Self>),
    /// An object of the named type.
    Named(String),
}

/// The types without parts, and how they are written.
const PLAIN: &[(&str, Type)] = &[
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("datetime", Type::DateTime),
    ("date", Type::Date),
    ("uri", Type::Uri),
    ("any", Type::Any),
];

impl Type {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(element) = text.strip_suffix("[]") {
            return Self::parse(element).map(|element| Self::List(Box::new(element)));
        }
        if let Some(value) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            return Self::parse(value).map(|value| Self::Map(Box::new(value)));
        }
        match text.strip_prefix('#') {
            Some(name) if !name.is_empty() => Some(Self::Named(name.to_owned())),
            _ => PLAIN.iter().find(|(name, _)| *name == text).map(|(_, plain)| plain.clone()),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(element) => write!(f, "{element}[]"),
            Self::Map(value) => write!(f, "{{{value}}}"),
            Self::Named(name) => write!(f, "#{name}"),
            plain => f.write_str(PLAIN.iter().find(|(_, known)| known == plain).map_or("any", |(name, _)| name)),
        }
    }
}

/// An object's type: its name and its properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// What it has.
    pub properties: Vec<Property>,
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
pub struct Property {
    /// Its name.
    pub name: String,
    /// The type of its values, which may also be null.
    pub value: Type,
    /// Who writes the object must give it.
    pub required: bool,
    /// Looker says it, and does not take it.
    pub read_only: bool,
    /// Looker takes it, and does not say it.
    pub write_only: bool,
    /// It is on its way out.
    pub deprecated: bool,
    /// Its values, when they are known; a later Looker may have more.
    pub values: Vec<String>,
}

impl Object {
    /// A property by its name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// What it takes of who writes one. Where the specification calls everything read-only, which it does of some bodies, all
    /// of it is taken.
    pub fn given(&self) -> impl Iterator<Item = &Property> {
        let is_all = self.properties.iter().all(|property| property.read_only);
        self.properties.iter().filter(move |property| is_all || !property.read_only)
    }

    /// What it tells.
    pub fn answered(&self) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(|property| !property.write_only)
    }

    /// Reads the line `name⇥property⇥property…`.
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        let name = parts.next()?.to_owned();
        let properties = parts.map(Property::parse).collect::<Option<Vec<_>>>()?;
        Some(Self { name, properties })
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.properties.iter().try_for_each(|property| write!(f, "\t{property}"))
    }
}

/// What marks a property in front of its name.
const REQUIRED: char = '!';
const READ_ONLY: char = '-';
const WRITE_ONLY: char = '+';
const DEPRECATED: char = '~';

impl Property {
    /// Reads `!-+~name:type=value|value`, of which the marks and the values may be missing.
    fn parse(text: &str) -> Option<Self> {
        let name_at = text.find(|letter| ![REQUIRED, READ_ONLY, WRITE_ONLY, DEPRECATED].contains(&letter))?;
        let (marks, rest) = text.split_at(name_at);
        let (rest, values) = rest.split_once('=').unwrap_or((rest, ""));
        let (name, value) = rest.rsplit_once(':')?;
        Some(Self {
            name: name.to_owned(),
            value: Type::parse(value)?,
            required: marks.contains(REQUIRED),
            read_only: marks.contains(READ_ONLY),
            write_only: marks.contains(WRITE_ONLY),
            deprecated: marks.contains(DEPRECATED),
            values: values.split('|').filter(|value| !value.is_empty()).map(str::to_owned).collect(),
        })
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (is_set, mark) in [
            (self.required, REQUIRED),
            (self.read_only, READ_ONLY),
            (self.write_only, WRITE_ONLY),
            (self.deprecated, DEPRECATED),
        ] {
            if is_set {
                write!(f, "{mark}")?;
            }
        }
        write!(f, "{}:{}", self.name, self.value)?;
        if self.values.is_empty() { Ok(()) } else { write!(f, "={}", self.values.join("|")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_type() -> impl Strategy<Value = Type> {
        let plain = PLAIN.iter().map(|(_, plain)| plain.clone()).collect::<Vec<_>>();
        let leaf = prop_oneof![prop::sample::select(plain), "[A-Z][A-Za-z0-9]{0,8}".prop_map(Type::Named)];
        leaf.prop_recursive(3, 6, 1, |inner| {
            prop_oneof![
                inner.clone().prop_map(|inner| Type::List(Box::new(inner))),
                inner.prop_map(|inner| Type::Map(Box::new(inner))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            value in any_type(), name in "[a-z_$.]{1,10}", marks in any::<[bool; 4]>(),
            values in prop::collection::vec("[a-z_ ]{1,6}", 0..3),
        ) {
            let [required, read_only, write_only, deprecated] = marks;
            let property = Property { name, value, required, read_only, write_only, deprecated, values };
            let object = Object { name: "Thing".to_owned(), properties: vec![property.clone(), property] };
            prop_assert_eq!(Object::parse(&object.to_string()), Some(object));
        }
    }

    #[test]
    fn what_is_no_type_is_none() {
        for text in ["", "text", "#", "[]", "{string", "string[]]"] {
            assert_eq!(Type::parse(text), None, "{text}");
        }
    }
}
