//! Which operations change something, where the method does not say so.

use std::fmt;

/// What calling an operation does, and whether it may be called twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing, and twice is once.
    Read,
    /// It changes nothing that anyone else sees, but each call begins something, such as a task.
    Ask,
    /// It says what shall be, so that twice is once.
    Write,
    /// Each call makes or does something new.
    Create,
    /// It removes something.
    Delete,
}

/// The effects and how they are written.
const NAMES: &[(&str, Effect)] = &[
    ("read", Effect::Read),
    ("ask", Effect::Ask),
    ("write", Effect::Write),
    ("create", Effect::Create),
    ("delete", Effect::Delete),
];

/// What the method does not say. Read from the specification's own descriptions.
const EXCEPTIONS: &[(Effect, &[&str])] = &[
    (
        Effect::Read,
        &[
            // Queries are found by what they say, so that a second one like the first is the first.
            "create_query",
            "create_sql_interface_query",
            "connection_cost_estimate",
            "fetch_and_parse_saml_idp_metadata",
            "fetch_integration_form",
            "fetch_remote_data_action_form",
            "parse_saml_idp_metadata",
            "run_inline_query",
            "test_connection",
            "test_connection_config",
            "test_integration",
            "test_ldap_config_auth",
            "test_ldap_config_connection",
            "test_ldap_config_user_auth",
            "test_ldap_config_user_info",
            "validate_project",
            "validate_theme",
        ],
    ),
    (
        Effect::Ask,
        &[
            "conversational_analytics_chat",
            "create_dashboard_element_render_task",
            "create_dashboard_render_task",
            "create_git_diagnostic_report",
            "create_look_render_task",
            "create_merge_query",
            "create_query_render_task",
            "create_query_task",
            "create_sql_query",
            "run_key_driver_analysis",
        ],
    ),
    (
        Effect::Write,
        &[
            "accept_integration_hub_legal_agreement",
            "activate_app_user",
            "add_group_group",
            "add_group_user",
            "add_support_access_allowlist_entries",
            "follow_alert",
            "lock_all",
            "register_oauth_client_app",
            "reset_project_to_production",
            "reset_project_to_remote",
            "set_smtp_settings",
            "set_user_attribute_group_values",
            "stop_pdt_build",
        ],
    ),
    (
        Effect::Create,
        // A mail is sent, tokens are made, a table is built.
        &["generate_tokens_for_cookieless_session", "start_pdt_build", "update_custom_welcome_email_test"],
    ),
];

impl Effect {
    /// The effect of an operation.
    pub fn of(id: &str, method: &str) -> Self {
        let exception = EXCEPTIONS.iter().find(|(_, ids)| ids.contains(&id)).map(|(effect, _)| *effect);
        exception.unwrap_or(match method {
            "GET" | "HEAD" | "OPTIONS" => Self::Read,
            "PUT" | "PATCH" => Self::Write,
            "DELETE" => Self::Delete,
            _ => Self::Create,
        })
    }

    /// Whether it changes something that others see.
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Create | Self::Delete)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, effect)| *effect == self).map_or("create", |(name, _)| name)
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, effect)| *effect)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    #[test]
    fn every_exception_is_an_operation_and_is_one() {
        for (effect, ids) in EXCEPTIONS {
            for id in *ids {
                let operation = Table::builtin().find(id).unwrap_or_else(|| panic!("{id} is no operation"));
                assert_ne!(Effect::of("", &operation.method), *effect, "{id} needs no exception");
                assert_eq!(operation.effect, *effect);
            }
        }
    }
}
