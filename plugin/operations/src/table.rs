//! Finding operations and types in their two texts.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::operation::Operation;
use crate::types::Object;

/// All operations and the types that they name.
#[derive(Clone, Debug)]
pub struct Table {
    /// The release that the facts are of, such as `4.0.26.12`.
    release: Cow<'static, str>,
    /// Lines of operations, sorted by id.
    operations: Cow<'static, str>,
    /// Lines of types, sorted by name.
    types: Cow<'static, str>,
}

static BUILTIN: Table = Table {
    release: Cow::Borrowed(include_str!("../release.txt")),
    operations: Cow::Borrowed(include_str!("../operations.tsv")),
    types: Cow::Borrowed(include_str!("../types.tsv")),
};

impl Table {
    /// The table that is built in.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// A table of these operations and types.
    pub fn new(release: String, mut operations: Vec<Operation>, mut types: Vec<Object>) -> Self {
        operations.sort_by(|one, other| one.id.cmp(&other.id));
        types.sort_by(|one, other| one.name.cmp(&other.name));
        let lines = |lines: Vec<String>| Cow::Owned(lines.into_iter().map(|line| line + "\n").collect());
        Self {
            release: Cow::Owned(release),
            operations: lines(operations.iter().map(Operation::to_string).collect()),
            types: lines(types.iter().map(Object::to_string).collect()),
        }
    }

    /// The release that the facts are of.
    pub fn release(&self) -> &str {
        self.release.trim()
    }

    /// The two texts: operations and types.
    pub fn texts(&self) -> (&str, &str) {
        (&self.operations, &self.types)
    }

    /// An operation by its id.
    pub fn find(&self, id: &str) -> Option<Operation> {
        line(&self.operations, id).and_then(Operation::parse)
    }

    /// A type by its name.
    pub fn find_type(&self, name: &str) -> Option<Object> {
        line(&self.types, name).and_then(Object::parse)
    }

    /// All operations, by their ids.
    pub fn operations(&self) -> impl Iterator<Item = Operation> {
        self.operations.lines().filter_map(Operation::parse)
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.operations.lines().filter_map(|line| line.split('\t').next())
    }

    /// All types, by their names.
    pub fn types(&self) -> impl Iterator<Item = Object> {
        self.types.lines().filter_map(Object::parse)
    }
}

/// The line that begins with this key, of lines that are sorted by theirs.
fn line<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = text;
    while !rest.is_empty() {
        // The line in the middle.
        let middle = rest.floor_char_boundary(rest.len() / 2);
        let begin = rest.get(..middle)?.rfind('\n').map_or(0, |end| end + 1);
        let length = rest.get(begin..)?.find('\n').unwrap_or(rest.len() - begin);
        let found = rest.get(begin..begin + length)?;
        match key.cmp(found.split('\t').next().unwrap_or_default()) {
            Ordering::Equal => return Some(found),
            Ordering::Less => rest = rest.get(..begin)?,
            Ordering::Greater => rest = rest.get(begin + length..)?.strip_prefix('\n').unwrap_or_default(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::operation::Answer;
    use crate::types::Type;

    fn named(value: &Type, names: &mut Vec<String>) {
        match value {
            Type::Named(name) => names.push(name.clone()),
            Type::List(inner) | Type::Map(inner) => named(inner, names),
            _ => {}
        }
    }

    #[test]
    fn every_line_is_read_and_written_as_it_stands() {
        let table = Table::builtin();
        let (operations, types) = table.texts();
        assert_eq!(table.operations().count(), operations.lines().count());
        assert_eq!(table.types().count(), types.lines().count());
        let again = Table::new(table.release().to_owned(), table.operations().collect(), table.types().collect());
        assert_eq!(again.texts(), table.texts());
    }

    #[test]
    fn every_line_is_found_by_its_key_and_nothing_by_another() {
        let table = Table::builtin();
        for id in table.ids() {
            assert_eq!(table.find(id).unwrap().id, id);
            assert!(table.find(&id[..id.len() - 1]).is_none_or(|other| other.id != id));
        }
        assert!(table.types().all(|known| table.find_type(&known.name).as_ref() == Some(&known)));
        for unknown in ["", "aaa", "zzz", "all_looks\tGET", "\n"] {
            assert!(table.find(unknown).is_none(), "{unknown:?}");
        }
        assert_eq!(line("b\t1\nd\t2", "d"), Some("d\t2"), "the last line needs no end");
    }

    #[test]
    fn there_are_483_operations_each_with_its_parameters_and_an_answer() {
        let table = Table::builtin();
        assert_eq!(table.operations().count(), 483);
        let (mut ids, mut routes) = (HashSet::new(), HashSet::new());
        for operation in table.operations() {
            assert!(ids.insert(operation.id.clone()), "{} is there twice", operation.id);
            assert!(routes.insert(format!("{} {}", operation.method, operation.path)), "{}", operation.path);
            let braces = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            let mut braces: Vec<&str> = braces.collect();
            let mut parameters: Vec<&str> = operation.path_parameters().map(|one| one.name.as_str()).collect();
            braces.sort_unstable();
            parameters.sort_unstable();
            assert_eq!(braces, parameters, "{}", operation.id);
            assert!(!operation.answers.is_empty(), "{}", operation.id);
        }
    }

    #[test]
    fn every_type_that_is_named_is_there() {
        let table = Table::builtin();
        let mut names = Vec::new();
        for operation in table.operations() {
            operation.parameters.iter().for_each(|parameter| named(&parameter.value, &mut names));
            operation.body.iter().for_each(|body| named(&body.value, &mut names));
            for answer in &operation.answers {
                if let Answer::Json(_, value) = answer {
                    named(value, &mut names);
                }
            }
        }
        for object in table.types() {
            object.properties.iter().for_each(|property| named(&property.value, &mut names));
        }
        let known: HashSet<String> = table.types().map(|object| object.name).collect();
        for name in names {
            assert!(known.contains(&name), "{name}");
        }
    }

    #[test]
    fn what_is_not_there_is_none_and_a_beginning_is_no_name() {
        let table = Table::builtin();
        assert!(table.find("loo").is_none() && table.find("").is_none() && table.find_type("Loo").is_none());
    }
}
