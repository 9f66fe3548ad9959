//! What a connector is, before anyone connects.

use std::collections::BTreeSet;
use std::fs;

use connector_interface::describe::{Description, OperationSpec};
use connector_interface::load::Plugin;
use connector_interface::services::Level;
use serde_json::Value;

use super::{Subject, assert_lives, connect, lend, load};
use crate::recorder::Recorder;

/// It loads, has the name that it is known by, a version and a sentence about itself, and serves the common kinds.
pub fn it_loads_and_describes_itself(subject: &dyn Subject) {
    let plugin = load(subject);
    let description = plugin.description();
    assert_eq!(description.name, subject.name());
    assert!(description.version.split('.').count() == 3, "a version: {}", description.version);
    assert!(plugin.interface_version().starts_with("1."), "{}", plugin.interface_version());
    assert!(!description.title.is_empty() && !description.summary.is_empty());
    for kind in [OperationSpec::CHECK, OperationSpec::QUERY, OperationSpec::CATALOG] {
        assert!(description.find_operation(kind).is_some(), "it does not serve `{kind}`");
    }
}

/// A host may keep the description as JSON and read it back.
pub fn its_description_survives_the_way_through_json(subject: &dyn Subject) {
    let plugin = load(subject);
    let text = serde_json::to_string(plugin.description()).unwrap();
    assert_eq!(&serde_json::from_str::<Description>(&text).unwrap(), plugin.description());
}

/// Options have names, types and help; operations have object schemas, a sentence and a form of result.
pub fn what_it_says_of_itself_fits_a_form_and_a_schema(subject: &dyn Subject) {
    let plugin = load(subject);
    let description = plugin.description();
    let names: BTreeSet<&str> = description.options.iter().map(|option| option.name.as_str()).collect();
    assert_eq!(names.len(), description.options.len(), "two options of one name");
    for option in &description.options {
        let name = &option.name;
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "not snake case: {name}"
        );
        assert!(option.schema.is_object(), "no schema: {name}");
        assert!(!option.help().is_empty() && !option.help().contains('\n'), "not one line of help: {name}");
        assert!(!(option.secret && option.schema.get("default").is_some()), "a secret with a default: {name}");
    }
    assert!(description.options.iter().any(|option| option.secret), "no secret: this suite tests that it stays one");
    let kinds: BTreeSet<&str> = description.operations.iter().map(|operation| operation.kind.as_str()).collect();
    assert_eq!(kinds.len(), description.operations.len(), "two operations of one kind");
    for operation in &description.operations {
        let kind = &operation.kind;
        assert_eq!(operation.input.get("type").and_then(Value::as_str), Some("object"), "no object: {kind}");
        assert!(!operation.summary.is_empty() && !operation.summary.contains('\n'), "not one sentence: {kind}");
        assert!(!operation.outcomes.is_empty(), "no form of result: {kind}");
    }
}

/// One file is one library, whatever link it is loaded by, and stays usable.
pub fn loading_it_twice_gives_the_same_library(subject: &dyn Subject) {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join(subject.library().file_name().unwrap());
    #[cfg(unix)]
    std::os::unix::fs::symlink(subject.library(), &link).unwrap();
    #[cfg(not(unix))]
    fs::hard_link(subject.library(), &link).unwrap();
    let session = connect(subject);
    let again = Plugin::load(&link).unwrap();
    #[cfg(unix)]
    assert_eq!(again.path(), load(subject).path());
    let other = again.connect(&subject.settings(), &lend(&subject.secrets()), Recorder::new(Level::Warn)).unwrap();
    assert_lives(&session, subject);
    assert_lives(&other, subject);
}

/// A copy of the file is a library of its own: what happens to one leaves the other alone.
pub fn a_copy_under_another_name_works_beside_it(subject: &dyn Subject) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(format!("copy-{}", subject.library().file_name().unwrap().display()));
    fs::copy(subject.library(), &path).unwrap();
    let session = connect(subject);
    let copy = Plugin::load(&path).unwrap();
    assert_eq!(copy.description(), load(subject).description());
    let other = copy.connect(&subject.settings(), &lend(&subject.secrets()), Recorder::new(Level::Warn)).unwrap();
    #[cfg(target_os = "linux")]
    {
        let mapped = fs::read_to_string("/proc/self/maps").unwrap();
        for path in [load(subject).path(), copy.path()] {
            assert!(mapped.contains(path.to_str().unwrap()), "{} is not mapped", path.display());
        }
    }
    assert_lives(&other, subject);
    other.shutdown(crate::patience::SOON).unwrap();
    assert_lives(&session, subject);
}
