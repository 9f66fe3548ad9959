//! Filter expressions of yes/no fields.

use super::Unreadable;

/// `Yes`, `No`, or both. Rows where the condition is null are neither.
pub(super) fn compile(expression: &str, condition: &str) -> Result<Option<String>, Unreadable> {
    let (mut yes, mut no) = (false, false);
    for term in expression.split(',').map(str::trim) {
        match term.to_ascii_lowercase().as_str() {
            "yes" => yes = true,
            "no" => no = true,
            _ => return Err(Unreadable),
        }
    }
    Ok(match (yes, no) {
        (true, false) => Some(format!("({condition})")),
        (false, true) => Some(format!("NOT ({condition})")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_and_no_are_understood() {
        assert_eq!(compile("Yes", "x"), Ok(Some("(x)".into())));
        assert_eq!(compile("no", "x"), Ok(Some("NOT (x)".into())));
        assert_eq!(compile("Yes,No", "x"), Ok(None));
        assert_eq!(compile("true", "x"), Err(Unreadable));
    }
}
