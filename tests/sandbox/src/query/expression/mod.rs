//! Looker expressions: the formulas of table calculations, custom fields and `filter_expression`, as far as the sandbox
//! has them. Numbers, text, `${field}`, `+ - * /`, comparisons, `AND OR NOT`, parentheses and the functions in
//! [`FUNCTIONS`].

mod evaluate;
mod parse;
mod sql;

pub(crate) use sql::Names;

/// What a function looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Its own row.
    Row,
    /// All rows of the result, so only a table calculation may use it.
    Table,
}

use Reach::{Row, Table};

/// Functions by name, with the number of their arguments (none: any number).
pub(crate) const FUNCTIONS: [(&str, Option<usize>, Reach); 17] = [
    ("abs", Some(1), Row),
    ("round", Some(2), Row),
    ("if", Some(3), Row),
    ("coalesce", None, Row),
    ("concat", None, Row),
    ("is_null", Some(1), Row),
    ("upper", Some(1), Row),
    ("lower", Some(1), Row),
    ("length", Some(1), Row),
    ("running_total", Some(1), Table),
    ("row", Some(0), Table),
    ("rank", Some(2), Table),
    ("offset", Some(2), Table),
    ("sum", Some(1), Table),
    ("mean", Some(1), Table),
    ("max", Some(1), Table),
    ("min", Some(1), Table),
];

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    /// A number.
    Number(f64),
    /// Text in quotation marks.
    Text(String),
    /// `yes`, `no`, `null`.
    Constant(Option<bool>),
    /// `${view.field}`.
    Field(String),
    /// `NOT x`.
    Not(Box<Expression>),
    /// `x op y`; the operator as written in SQL.
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// A function call.
    Call(&'static str, Vec<Expression>),
}

/// What kind of value a formula has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Numbers.
    Number,
    /// Text.
    Text,
    /// `Yes` and `No`.
    YesNo,
}

impl Expression {
    /// Reads a formula; the error is a phrase that says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text)
    }

    /// Names of the fields that it mentions.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::Field(name) => vec![name],
            Self::Not(inner) => inner.fields(),
            Self::Binary(_, left, right) => left.fields().into_iter().chain(right.fields()).collect(),
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::fields).collect(),
            Self::Number(_) | Self::Text(_) | Self::Constant(_) => Vec::new(),
        }
    }

    /// A function that looks at all rows, if it calls one.
    pub(crate) fn table_function(&self) -> Option<&'static str> {
        match self {
            Self::Not(inner) => inner.table_function(),
            Self::Binary(_, left, right) => left.table_function().or_else(|| right.table_function()),
            Self::Call(name, arguments) => {
                let own = FUNCTIONS.iter().find(|(known, _, reach)| known == name && *reach == Table);
                own.map(|_| *name).or_else(|| arguments.iter().find_map(Self::table_function))
            }
            Self::Number(_) | Self::Text(_) | Self::Constant(_) | Self::Field(_) => None,
        }
    }

    /// The kind of its values; `field` yields that of a field.
    pub(crate) fn kind(&self, field: &dyn Fn(&str) -> Kind) -> Kind {
        match self {
            Self::Number(_) | Self::Constant(None) | Self::Binary("+" | "-" | "*" | "/", ..) => Kind::Number,
            Self::Text(_) => Kind::Text,
            Self::Constant(Some(_)) | Self::Not(_) | Self::Binary(..) => Kind::YesNo,
            Self::Field(name) => field(name),
            Self::Call(name, arguments) => match *name {
                "is_null" => Kind::YesNo,
                "concat" | "upper" | "lower" => Kind::Text,
                "if" => arguments.get(1).map_or(Kind::Number, |chosen| chosen.kind(field)),
                "coalesce" | "offset" | "max" | "min" => arguments.first().map_or(Kind::Number, |one| one.kind(field)),
                _ => Kind::Number,
            },
        }
    }
}
