//! What a step takes, and the subject that it stands under.

/// The subjects, as a menu shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Queries,
    Content,
    Schedules,
    People,
    Alerts,
    Operations,
}

impl Group {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queries => "Queries",
            Self::Content => "Content",
            Self::Schedules => "Schedules",
            Self::People => "People",
            Self::Alerts => "Alerts",
            Self::Operations => "Operations",
        }
    }
}

/// An input of a step.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    /// What it is; empty where the request that it becomes a part of says so.
    pub(crate) help: &'static str,
    pub(crate) required: bool,
    /// The values that it may have; none where any will do.
    pub(crate) values: &'static [&'static str],
}

impl Input {
    /// The same with the values that it may have.
    pub(crate) const fn of(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }
}

/// An input that must be given.
pub(crate) const fn needs(name: &'static str, help: &'static str) -> Input {
    Input { name, help, required: true, values: &[] }
}

/// An input that may be given.
pub(crate) const fn may(name: &'static str, help: &'static str) -> Input {
    Input { name, help, required: false, values: &[] }
}
