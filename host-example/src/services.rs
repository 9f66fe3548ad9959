//! What this host lends to a plugin: its log goes to stderr, and a token comes from a command of the user's.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use clap::{Arg, ArgMatches, ValueHint};
use connector_interface::services::{SECRET_CHANGED, TOKEN};
use connector_interface::{Error, ErrorKind, Level, Result, Services};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::messages::{self, Talk, printable};

/// More than any answer of a token command.
const LIMIT: usize = 64 * 1024;

/// The services of one session.
#[derive(Debug, Default)]
pub(crate) struct HostServices {
    token_command: Option<String>,
    /// The secrets of which a person was told that they have changed.
    changed: Mutex<BTreeSet<String>>,
}

/// The flag that chooses where a token comes from.
pub(crate) fn arg() -> Arg {
    Arg::new("token-command")
        .long("token-command")
        .value_name("CMD")
        .value_hint(ValueHint::CommandString)
        .help("Ask this shell command for an access token, when the connector wants one of its host")
}

impl HostServices {
    /// What the command line says.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        Self { token_command: matches.get_one::<String>("token-command").cloned(), ..Self::default() }
    }

    fn token(&self, question: &Value) -> Result<Zeroizing<Vec<u8>>> {
        let command = self.token_command.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, "The connector asks its host for a token, and this one has none")
                .advise("Give a command that prints one with --token-command CMD")
        })?;
        run(command, question)
    }

    /// Whether this is the first news of a secret.
    fn is_news(&self, name: &str) -> bool {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned())
    }
}

impl Services for HostServices {
    fn max_level(&self) -> Level {
        max_level()
    }

    fn log(&self, level: Level, target: &str, message: &str) {
        log(level, target, message);
    }

    fn ask(&self, service: &str, body: &Value, answer: &mut dyn FnMut(&[u8])) -> Result<()> {
        match service {
            TOKEN => answer(self.token(body)?.trim_ascii()),
            SECRET_CHANGED => {
                let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
                if self.is_news(name) {
                    messages::line(&news(name));
                }
                answer(b"");
            }
            _ => return Err(Error::new(ErrorKind::Unsupported, format!("This host has no service `{service}`"))),
        }
        Ok(())
    }
}

fn max_level() -> Level {
    match messages::talk() {
        Talk { quiet: true, .. } => Level::Error,
        Talk { verbose: 0 | 1, .. } => Level::Warn,
        Talk { verbose: 2, .. } => Level::Debug,
        Talk { .. } => Level::Trace,
    }
}

/// Prints a line of a log, when the user wants to see its level.
pub(crate) fn log(level: Level, target: &str, message: &str) {
    if level <= max_level() {
        let name = level.name().to_lowercase();
        let message = printable(message);
        messages::line(&if messages::talk().verbose > 1 {
            format!("{name}: {}: {message}", printable(target))
        } else {
            format!("{name}: {message}")
        });
    }
}

/// The line for a secret that the service has replaced.
fn news(name: &str) -> String {
    let name = printable(name);
    format!("warning: The setting `{name}` has a new value, which must be saved; sign in again when the old one fails.")
}

fn shell(command: &str) -> Command {
    #[cfg(not(windows))]
    {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command);
        shell
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;

        let mut shell = Command::new("cmd");
        shell.arg("/C").raw_arg(command);
        shell
    }
}

/// Runs a token command: what it prints, which is shown to nobody.
fn run(command: &str, question: &Value) -> Result<Zeroizing<Vec<u8>>> {
    let failed =
        |what: String| Error::new(ErrorKind::Credentials, what).advise("Run the --token-command by itself to see why");
    let mut shell = shell(command);
    shell.stdin(Stdio::null()).stdout(Stdio::piped());
    for (variable, key) in
        [("CONNECTOR_BASE_URL", "base_url"), ("CONNECTOR_USER", "user"), ("CONNECTOR_REFUSED", "refused")]
    {
        match question.get(key) {
            None | Some(Value::Null) => shell.env_remove(variable),
            Some(Value::String(text)) => shell.env(variable, text),
            Some(value) => shell.env(variable, value.to_string()),
        };
    }
    let mut child =
        shell.spawn().map_err(|error| failed(format!("The token command could not be started: {error}")))?;
    let printed = read(&mut child).map_err(|reason| {
        let _ = child.kill();
        failed(format!("What the token command printed {reason}"))
    });
    let status = child.wait().map_err(|error| failed(format!("The token command was lost: {error}")))?;
    let printed = printed?;
    match status.code() {
        Some(0) if printed.trim_ascii().is_empty() => Err(failed("The token command printed nothing".to_owned())),
        Some(0) => Ok(printed),
        Some(code) => Err(failed(format!("The token command ended with exit code {code}"))),
        None => Err(failed("The token command was ended by a signal".to_owned())),
    }
}

fn read(child: &mut Child) -> std::result::Result<Zeroizing<Vec<u8>>, String> {
    // A buffer that grew would leave copies behind.
    let mut printed = Zeroizing::new(Vec::with_capacity(LIMIT));
    let mut buffer = Zeroizing::new([0_u8; 4096]);
    let Some(mut stdout) = child.stdout.take() else { return Err("is lost".to_owned()) };
    loop {
        match stdout.read(&mut *buffer) {
            Ok(0) => return Ok(printed),
            Ok(count) if printed.len() + count > LIMIT => return Err("is too long for a token".to_owned()),
            Ok(count) => printed.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("cannot be read: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[cfg(unix)]
    fn asked(command: &str, question: &Value) -> Result<String> {
        let services = HostServices { token_command: Some(command.to_owned()), ..HostServices::default() };
        let mut answered = String::new();
        services.ask(TOKEN, question, &mut |answer| answered.push_str(std::str::from_utf8(answer).unwrap()))?;
        Ok(answered)
    }

    #[cfg(unix)]
    #[test]
    fn a_token_is_what_the_command_prints_and_the_question_is_in_its_environment() {
        let command = "echo \" $CONNECTOR_BASE_URL ${CONNECTOR_USER-nobody} $CONNECTOR_REFUSED \"";
        let question = json!({"base_url": "https://a", "user": null, "refused": false});
        assert_eq!(asked(command, &question).unwrap(), "https://a nobody false");
        let question = json!({"base_url": "https://a", "user": 7, "refused": true});
        assert_eq!(asked(command, &question).unwrap(), "https://a 7 true");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_fails_is_told_by_its_exit_code_and_without_what_it_printed() {
        let error = asked("echo hush; exit 3", &json!({})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        assert_eq!(error.message, "The token command ended with exit code 3");
        assert!(!format!("{error:?}").contains("hush"));
        assert_eq!(asked("true", &json!({})).unwrap_err().message, "The token command printed nothing");
        assert_eq!(asked("kill -9 $$", &json!({})).unwrap_err().message, "The token command was ended by a signal");
        let error = asked("yes", &json!({})).unwrap_err();
        assert_eq!(error.message, "What the token command printed is too long for a token");
    }

    #[test]
    fn without_a_command_there_is_no_token_and_the_flag_is_named() {
        let error = HostServices::default().ask(TOKEN, &json!({}), &mut |_| unreachable!()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.advice.contains("--token-command CMD"), "{}", error.advice);
        let error = HostServices::default().ask("weather", &json!({}), &mut |_| unreachable!()).unwrap_err();
        assert_eq!(error.message, "This host has no service `weather`");
    }

    #[test]
    fn a_changed_secret_is_told_once_by_its_name() {
        let services = HostServices::default();
        assert!(services.is_news("refresh_token"));
        assert!(!services.is_news("refresh_token"));
        assert!(services.is_news("other"));
        let mut answers = Vec::new();
        let body = json!({"name": "third", "value": "hush"});
        services.ask(SECRET_CHANGED, &body, &mut |answer| answers.push(answer.to_vec())).unwrap();
        assert_eq!(answers, [Vec::<u8>::new()]);
        assert!(!services.is_news("third"));
        assert!(news("third").starts_with("warning: The setting `third` has a new value"));
    }
}
