//! `describe`: what the plugin says of itself, as a page or as JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::load::Plugin;
use connector_interface::{Description, OptionSpec};
use serde_json::{Value, json};

use crate::commands::{Context, PluginFlags, pretty, steps};
use crate::exit;
use crate::messages::printable;
use crate::output::stdout;
use crate::schema_args::{Flag, Shape};
use crate::settings;

pub(crate) const NAME: &str = "describe";

pub(crate) fn command() -> Command {
    Command::new(NAME)
        .about(
            "Show what the connector is, the settings it takes and the operations it serves; or what an action or a trigger takes",
        )
        .arg(Arg::new("action").value_name("ACTION").help("An action or a trigger (see `actions` and `triggers`)"))
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print the whole description as JSON, with the JSON Schema of the settings and requests"),
        )
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    if let Some(action) = matches.get_one::<String>("action") {
        return steps::describe(plugin, action, matches.get_flag("json"));
    }
    if matches.get_flag("json") { stdout::print(&pretty(&whole(plugin))) } else { stdout::print(&page(plugin)) }
}

fn whole(plugin: &Plugin) -> Value {
    json!({
        "file": plugin.path().display().to_string(),
        "interface": plugin.interface_version(),
        "description": plugin.description(),
        "settings_schema": plugin.description().settings_schema(),
    })
}

fn page(plugin: &Plugin) -> String {
    let origin = format!("{} (interface {})", plugin.path().display(), plugin.interface_version());
    describe(plugin.description(), &origin)
}

fn describe(description: &Description, origin: &str) -> String {
    let mut page = String::new();
    let Description { name, title, version, summary, .. } = description;
    let _ = writeln!(page, "{} {} ({})", printable(title), printable(version), printable(name));
    let _ = writeln!(page, "{}\n{origin}", printable(summary));
    if !description.options.is_empty() {
        let _ = writeln!(
            page,
            "\nSettings (a flag wins over an environment variable, that over the ini file, and that over the netrc file):"
        );
        let flags = settings::flags(description, &mut BTreeSet::new());
        for option in &description.options {
            let flag = flags.iter().find(|flag| !option.secret && flag.name == option.name);
            page.push_str(&setting(option, flag));
        }
    }
    for operation in &description.operations {
        let outcomes: Vec<String> = operation.outcomes.iter().map(|kind| format!("{kind:?}").to_lowercase()).collect();
        let heading = format!("Operation `{}` ({})", operation.kind, outcomes.join(" or "));
        let _ = writeln!(page, "\n{}: {}", printable(&heading), printable(&operation.summary));
        let required: Vec<&str> = operation
            .input
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for flag in PluginFlags::new(Some(description), &operation.kind, &[]).request {
            let mark = if required.contains(&flag.name.as_str()) { " (required)" } else { "" };
            let _ = writeln!(page, "  {} {}{mark}", flag.name, flag.placeholder());
            for line in [flag.help(), &choices(&flag.shape)].into_iter().filter(|line| !line.is_empty()) {
                let _ = writeln!(page, "      {}", printable(line));
            }
        }
    }
    page
}

/// The values that there are to choose from, as a line; nothing where any will do.
fn choices(shape: &Shape) -> String {
    match shape {
        Shape::Choice(choices) => format!("One of: {}", choices.join(", ")),
        _ => String::new(),
    }
}

fn setting(option: &OptionSpec, flag: Option<&Flag>) -> String {
    let name = flag.map_or_else(|| option.name.clone(), |flag| format!("--{} {}", flag.long, flag.placeholder()));
    let marks: Vec<&str> = [(option.required, "required"), (option.secret, "secret: no flag")]
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, mark)| *mark)
        .collect();
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    let mut text = format!("  {}{marks}\n      {}\n", printable(&name), printable(option.help()));
    let choices = flag.map(|flag| choices(&flag.shape)).unwrap_or_default();
    if !choices.is_empty() {
        let _ = writeln!(text, "      {}", printable(&choices));
    }
    if let Some(condition) = settings::condition(option) {
        let _ = writeln!(text, "      Only when {}", printable(&condition));
    }
    let mut places = option.env.clone();
    places.extend(option.ini.iter().map(|key| format!("{} [{}] {}", key.file, key.section, key.key)));
    places.extend(option.netrc.iter().map(|key| format!("netrc {}", key.field)));
    if let Some(default) = option.schema.get("default").filter(|default| !default.is_null()) {
        places.push(format!("default {default}"));
    }
    if !places.is_empty() {
        let _ = writeln!(text, "      {}", printable(&places.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use connector_interface::OperationSpec;
    use connector_interface::describe::OutcomeKind;

    use super::*;

    #[test]
    fn the_page_tells_each_setting_with_its_sources_and_no_flag_for_a_secret() {
        let description = Description::new("x", "X", "1", "Reads x.")
            .option(OptionSpec::new("url", "string", "Where it is.").required().env("X_URL").ini("x.ini", "X", "url"))
            .option(OptionSpec::new("key", "string", "The key.").secret().env("X_KEY"))
            .option(OptionSpec::new("pin", "string", "The PIN.").when("url", &["a", "b"]).netrc("url", "password"))
            .operation(OperationSpec::new(
                "query",
                "Runs a query.",
                json!({"type": "object", "properties": {"model": {"type": "string", "description": "The model."}},
                    "required": ["model"]}),
                &[OutcomeKind::Rows],
            ));
        let page = describe(&description, "/p/libx.so (interface 1.0.0)");
        for part in [
            "X 1 (x)\nReads x.\n/p/libx.so",
            "  --url TEXT (required)\n      Where it is.\n      X_URL, x.ini [X] url\n",
            "  key (secret: no flag)\n      The key.\n      X_KEY\n",
            "  --pin TEXT\n      The PIN.\n      Only when `url` is `a` or `b`\n      netrc password\n",
            "Operation `query` (rows): Runs a query.\n  model TEXT (required)\n      The model.\n",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
    }
}
