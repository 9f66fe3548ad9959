//! An operation and its line.
//!
//! A line has ten columns: id, method, path, tag, status, activity, effect, parameters, body, answers. Parameters are
//! `/name:type` in the path and `?name:type` in the query string, behind `!` when a request needs them and `~` when they are
//! on their way out, with a space between two. A body is `json`, `form` or `text` and its type, with `?` when it may be left
//! out. Answers, with ` | ` between two, are a status, `json` and a type, or `bytes` and media types.

use std::fmt;

use crate::effect::Effect;
use crate::types::Type;

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// The HTTP method.
    pub method: String,
    /// Below `/api/4.0`, with parameters in braces.
    pub path: String,
    /// The subject that it belongs to.
    pub tag: String,
    /// How far it is promised.
    pub status: Status,
    /// How it counts in Looker's usage.
    pub activity: Activity,
    /// What calling it does.
    pub effect: Effect,
    /// What it takes in path and query string.
    pub parameters: Vec<Parameter>,
    /// What it takes as a body.
    pub body: Option<Body>,
    /// What it answers when it succeeds.
    pub answers: Vec<Answer>,
}

/// Declares names of an enumeration's values.
macro_rules! named {
    ($type:ident: $($value:ident = $name:literal,)*) => {
        impl $type {
            /// Its name in the specification.
            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)* }
            }

            /// Reads a name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$value),)* _ => None }
            }
        }
    };
}

/// How far an operation is promised. Source: `x-looker-status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It stays as it is.
    Stable,
    /// It may change.
    Beta,
    /// It may go.
    Alpha,
    /// It will go.
    Deprecated,
}

named!(Status: Stable = "stable", Beta = "beta", Alpha = "alpha", Deprecated = "deprecated",);

/// How an operation counts in Looker's usage. Source: `x-looker-activity-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It asks a database, or asks about a query: a query call.
    Query,
    /// Everything else that is counted: an administrative call.
    Admin,
    /// Not counted.
    Free,
}

named!(Activity: Query = "db_query", Admin = "non_query", Free = "none",);

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The type of its values; a list is written with commas.
    pub value: Type,
    /// A request needs it.
    pub required: bool,
    /// It is on its way out.
    pub deprecated: bool,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query string.
    Query,
}

/// What an operation takes as a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// How it is written.
    pub media: Media,
    /// Its type.
    pub value: Type,
    /// A request needs it.
    pub required: bool,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `text/plain`.
    Text,
}

named!(Media: Json = "json", Form = "form", Text = "text",);

/// What an operation answers when it succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing, with this status.
    Empty(u16),
    /// JSON of this type.
    Json(u16, Type),
    /// Bytes of one of these media types, as the request says.
    Bytes(u16, Vec<String>),
}

impl Operation {
    /// A parameter by its name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Those in the path, in their order.
    pub fn path_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.place == Place::Path)
    }

    /// The type of its JSON answer; none when it answers nothing or bytes.
    pub fn answer(&self) -> Option<&Type> {
        self.answers.iter().find_map(|answer| match answer {
            Answer::Json(_, value) => Some(value),
            _ => None,
        })
    }

    /// Whether it answers bytes that are no JSON, or may.
    pub fn answers_bytes(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Answer::Bytes(..)))
    }

    /// Reads a line.
    pub fn parse(line: &str) -> Option<Self> {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, method, path, tag, status, activity, effect, parameters, body, answers] = columns.as_slice() else {
            return None;
        };
        let words = parameters.split(' ').filter(|word| !word.is_empty());
        let answers = answers.split(" | ").filter(|answer| !answer.is_empty());
        Some(Self {
            id: (*id).to_owned(),
            method: (*method).to_owned(),
            path: (*path).to_owned(),
            tag: (*tag).to_owned(),
            status: Status::parse(status)?,
            activity: Activity::parse(activity)?,
            effect: Effect::parse(effect)?,
            parameters: words.map(Parameter::parse).collect::<Option<_>>()?,
            body: if body.is_empty() { None } else { Some(Body::parse(body)?) },
            answers: answers.map(Answer::parse).collect::<Option<_>>()?,
        })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |parts: Vec<String>, between: &str| parts.join(between);
        write!(
            f,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            self.id,
            self.method,
            self.path,
            self.tag,
            self.status.name(),
            self.activity.name(),
            self.effect,
            join(self.parameters.iter().map(Parameter::to_string).collect(), " "),
            self.body.as_ref().map(Body::to_string).unwrap_or_default(),
            join(self.answers.iter().map(Answer::to_string).collect(), " | "),
        )
    }
}

impl Parameter {
    fn parse(word: &str) -> Option<Self> {
        let (deprecated, word) = word.strip_prefix('~').map_or((false, word), |rest| (true, rest));
        let (required, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
        let (place, word) = match (word.strip_prefix('/'), word.strip_prefix('?')) {
            (Some(rest), _) => (Place::Path, rest),
            (_, Some(rest)) => (Place::Query, rest),
            _ => return None,
        };
        let (name, value) = word.rsplit_once(':')?;
        // What stands in the path cannot be left out.
        let required = required || place == Place::Path;
        Some(Self { name: name.to_owned(), place, value: Type::parse(value)?, required, deprecated })
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deprecated = if self.deprecated { "~" } else { "" };
        let required = if self.required && self.place == Place::Query { "!" } else { "" };
        let place = if self.place == Place::Path { '/' } else { '?' };
        write!(f, "{deprecated}{required}{place}{}:{}", self.name, self.value)
    }
}

impl Body {
    fn parse(text: &str) -> Option<Self> {
        let (media, value) = text.split_once(' ')?;
        let (media, required) = media.strip_suffix('?').map_or((media, true), |media| (media, false));
        Some(Self { media: Media::parse(media)?, value: Type::parse(value)?, required })
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} {}", self.media.name(), if self.required { "" } else { "?" }, self.value)
    }
}

impl Answer {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let status = words.next()?.parse().ok()?;
        match (words.next(), words.next()) {
            (None, _) => Some(Self::Empty(status)),
            (Some("json"), Some(value)) => Type::parse(value).map(|value| Self::Json(status, value)),
            (Some("bytes"), Some(media)) => Some(Self::Bytes(status, media.split(',').map(str::to_owned).collect())),
            _ => None,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(status) => write!(f, "{status}"),
            Self::Json(status, value) => write!(f, "{status} json {value}"),
            Self::Bytes(status, media) => write!(f, "{status} bytes {}", media.join(",")),
        }
    }
}
