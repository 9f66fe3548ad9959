//! Filters of yes/no fields.

use looker_filters::YesNoFilter;

/// `Yes` or `No`. Rows where the condition is null are neither.
pub(super) fn compile(filter: YesNoFilter, condition: &str) -> Option<String> {
    match filter {
        YesNoFilter::Any => None,
        YesNoFilter::Yes => Some(format!("({condition})")),
        YesNoFilter::No => Some(format!("NOT ({condition})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_is_the_condition_and_no_its_contrary() {
        assert_eq!(compile(YesNoFilter::Yes, "x"), Some("(x)".into()));
        assert_eq!(compile(YesNoFilter::No, "x"), Some("NOT (x)".into()));
        assert_eq!(compile(YesNoFilter::Any, "x"), None);
    }
}
