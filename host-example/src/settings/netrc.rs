//! Settings in the user's netrc file: the login and the password of a machine.
//!
//! The words are those of ftp and curl: `machine NAME` or `default`, then `login`, `password` and `account` with their
//! values; `macdef` up to an empty line, and `#` to the end of its line, mean nothing here. A value in double quotes may
//! hold blanks, and `\` before a letter keeps it. A word that is not known is passed over.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use connector_interface::describe::NetrcKey;
use connector_interface::{Error, ErrorKind, Result};
use url::Url;
use zeroize::Zeroizing;

use crate::settings::found::Found;

/// The name of the file in the user's home directory.
const NAME: &str = if cfg!(windows) { "_netrc" } else { ".netrc" };
/// The variable that names the user's home directory.
const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
/// More than any such file holds.
const LIMIT: u64 = 1024 * 1024;

/// The user's netrc file.
pub(super) struct Netrc {
    path: PathBuf,
    entries: Vec<Entry>,
    /// Someone else than its owner may read it.
    open_to_others: bool,
}

/// What it says of a machine; without a name, of any.
#[derive(Default)]
struct Entry {
    machine: Option<String>,
    login: Option<Zeroizing<String>>,
    password: Option<Zeroizing<String>>,
}

impl Netrc {
    /// Reads `$NETRC`, or else the file in the home directory. None when there is no such file.
    pub(super) fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Self>> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let Some(path) = set("NETRC").or_else(|| set(HOME).map(|home| home.join(NAME))) else { return Ok(None) };
        let fault = |error: std::io::Error| {
            Error::new(ErrorKind::InvalidInput, format!("The netrc file {} cannot be read: {error}", path.display()))
                .advise("Correct it, or name another with the environment variable NETRC")
        };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(error)),
        };
        let open_to_others = is_open_to_others(&file).map_err(fault)?;
        let mut text = Zeroizing::new(String::new());
        file.take(LIMIT).read_to_string(&mut text).map_err(fault)?;
        let entries = parse(text.trim_start_matches('\u{feff}'));
        Ok(Some(Self { path, entries, open_to_others }))
    }

    /// A field of the machine at an address. Where the login is known already, of an entry of that login.
    pub(super) fn find(&self, key: &NetrcKey, address: &str, login: Option<&str>) -> Result<Option<Found>> {
        let host = host(address);
        let entry = choose(&self.entries, &host, login);
        let text = entry.and_then(|entry| match key.field.as_str() {
            "login" => entry.login.clone(),
            "password" => entry.password.clone(),
            _ => None,
        });
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
        let path = self.path.display();
        if self.open_to_others {
            return Err(Error::new(
                ErrorKind::Credentials,
                format!("The netrc file {path} is not used, because other users may read it"),
            )
            .advise(format!("Keep it to yourself with `chmod 600 {path}`")));
        }
        Ok(Some(Found { text, place: format!("The {} for {host} in {path}", key.field) }))
    }
}

#[cfg(unix)]
fn is_open_to_others(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on unix")]
fn is_open_to_others(_: &File) -> std::io::Result<bool> {
    Ok(false)
}

/// The host in an address of any form, in small letters.
fn host(address: &str) -> String {
    let address = address.trim();
    let whole = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let host = Url::parse(&whole).ok().and_then(|url| url.host_str().map(str::to_ascii_lowercase));
    host.unwrap_or_else(|| address.to_ascii_lowercase()).trim_end_matches('.').to_owned()
}

/// The first entry of the host, or else the first for any; where the login is known, none of another login.
fn choose<'a>(entries: &'a [Entry], wanted: &str, login: Option<&str>) -> Option<&'a Entry> {
    let of_login =
        |entry: &&Entry| login.is_none_or(|login| entry.login.as_ref().is_none_or(|own| own.as_str() == login));
    let named = |entry: &&Entry| entry.machine.as_deref().is_some_and(|machine| host(machine) == wanted);
    entries
        .iter()
        .filter(of_login)
        .find(named)
        .or_else(|| entries.iter().filter(of_login).find(|entry| entry.machine.is_none()))
}

fn parse(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut words = Words(text);
    while let Some(word) = words.next_word() {
        if word.starts_with('#') {
            words.skip_line();
            continue;
        }
        match (word.to_ascii_lowercase().as_str(), entries.last_mut()) {
            ("machine", _) => {
                let Some(name) = words.next_word() else { break };
                entries.push(Entry { machine: Some(name.to_string()), ..Entry::default() });
            }
            ("default", _) => entries.push(Entry::default()),
            ("macdef", _) => words.skip_macro(),
            ("login" | "user", Some(entry)) => entry.login = words.next_word(),
            ("password" | "passwd", Some(entry)) => entry.password = words.next_word(),
            ("account", _) => drop(words.next_word()),
            _ => {}
        }
    }
    entries
}

/// The words of a file that are not read yet.
struct Words<'a>(&'a str);

impl Words<'_> {
    fn next_word(&mut self) -> Option<Zeroizing<String>> {
        self.0 = self.0.trim_start();
        let Some(quoted) = self.0.strip_prefix('"') else {
            let end = self.0.find(char::is_whitespace).unwrap_or(self.0.len());
            let (word, rest) = self.0.split_at(end);
            self.0 = rest;
            return (!word.is_empty()).then(|| Zeroizing::new(word.to_owned()));
        };
        // Never longer than its text, so that no half of it is left behind where it has grown.
        let mut word = Zeroizing::new(String::with_capacity(quoted.len()));
        let mut chars = quoted.chars();
        while let Some(c) = chars.next().filter(|c| *c != '"') {
            word.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
        }
        self.0 = chars.as_str();
        Some(word)
    }

    fn skip_line(&mut self) {
        self.0 = self.0.find('\n').map_or("", |end| self.0.split_at(end).1);
    }

    /// Up to the first empty line.
    fn skip_macro(&mut self) {
        self.skip_line();
        while let Some(line) = self.0.strip_prefix('\n') {
            self.0 = line;
            let is_empty = line.lines().next().is_none_or(|line| line.trim().is_empty());
            if is_empty {
                break;
            }
            self.skip_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn key(field: &str) -> NetrcKey {
        NetrcKey { machine: "base_url".to_owned(), field: field.to_owned() }
    }

    fn netrc(text: &str) -> Netrc {
        Netrc { path: "/home/me/.netrc".into(), entries: parse(text), open_to_others: false }
    }

    fn found(text: &str, address: &str, field: &str) -> Option<String> {
        netrc(text).find(&key(field), address, None).unwrap().map(|found| found.text.to_string())
    }

    #[test]
    fn the_machine_is_the_host_of_an_address_of_any_form() {
        let text = "machine other login o password p\nmachine Acme.Example.com login me password hush\n";
        for address in [
            "acme.example.com",
            "ACME.example.com",
            "acme.example.com:19999",
            "https://acme.example.com:19999/path?q#f",
            "http://user@acme.example.com./",
        ] {
            assert_eq!(found(text, address, "password").as_deref(), Some("hush"), "{address}");
        }
        assert_eq!(found(text, "acme.example.org", "password"), None);
        assert_eq!(found("machine [::1] login a", "http://[::1]:80", "login").as_deref(), Some("a"));
    }

    #[test]
    fn the_default_entry_counts_last_wherever_it_stands() {
        let text = "default login any password d\nmachine a login me password hush\n";
        assert_eq!(found(text, "a", "password").as_deref(), Some("hush"));
        assert_eq!(found(text, "b", "login").as_deref(), Some("any"));
    }

    #[test]
    fn macros_comments_accounts_and_unknown_words_mean_nothing() {
        let text = "# machine a login no\nmacdef init\nmachine a login no\n\nfrobnicate\n\
                    machine a #machine a login no\n  account x login me\n\tpassword #1 # a note\n";
        assert_eq!(found(text, "a", "login").as_deref(), Some("me"));
        assert_eq!(found(text, "a", "password").as_deref(), Some("#1"));
    }

    #[test]
    fn a_password_belongs_to_the_login_that_is_known() {
        let netrc = netrc("machine a login one password 1\nmachine a login two password 2\n");
        let password = |login| {
            let found = netrc.find(&key("password"), "a", login).unwrap();
            found.map(|found| found.text.to_string())
        };
        assert_eq!(password(Some("two")).as_deref(), Some("2"));
        assert_eq!(password(None).as_deref(), Some("1"));
        assert_eq!(password(Some("three")), None, "another's password is not lent");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused_only_when_an_entry_of_it_would_be_used() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".netrc");
        fs::write(&path, "machine a login me password hush").unwrap();
        let read = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            Netrc::read(|name| (name == HOME).then(|| dir.path().into())).unwrap().unwrap()
        };
        let error = read(0o640).find(&key("password"), "a", None).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Credentials);
        assert_eq!(error.advice, format!("Keep it to yourself with `chmod 600 {}`", path.display()));
        assert!(read(0o644).find(&key("password"), "b", None).unwrap().is_none());
        assert!(read(0o600).find(&key("password"), "a", None).unwrap().is_some());
    }

    #[test]
    fn the_variable_wins_over_the_home_directory_and_a_missing_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(NAME), "machine home").unwrap();
        fs::write(dir.path().join("named"), "machine named").unwrap();
        let read = |netrc: &str| {
            let file = Netrc::read(|name| match name {
                "NETRC" => Some(if netrc.is_empty() { OsString::new() } else { dir.path().join(netrc).into() }),
                _ => (name == HOME).then(|| dir.path().into()),
            });
            file.unwrap().map(|file| file.entries[0].machine.clone().unwrap())
        };
        assert_eq!(read("named").as_deref(), Some("named"));
        assert_eq!(read("").as_deref(), Some("home"));
        assert_eq!(read("missing"), None);
    }

    fn quoted(text: &str) -> String {
        format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
    }

    proptest! {
        #[test]
        fn what_was_written_in_quotes_is_read_back(login in ".{1,20}", password in ".{1,20}", space in "[ \t\n]{1,4}") {
            let words = ["machine", "a.b", "login", &quoted(&login), "password", &quoted(&password), "machine", "c"];
            let text = words.join(&space);
            prop_assert_eq!(found(&text, "a.b", "login"), Some(login));
            prop_assert_eq!(found(&text, "a.b", "password"), Some(password));
        }

        #[test]
        fn a_bare_word_is_read_as_it_is(password in "[!-~&&[^\"]][!-~]{0,20}") {
            prop_assert_eq!(found(&format!("machine a password {password}\n"), "a", "password"), Some(password));
        }

        #[test]
        fn any_text_is_read_without_a_panic_and_makes_no_entry_out_of_nothing(text in "\\PC*") {
            let machines = text.matches("machine").count() + text.matches("default").count();
            let folded = text.to_lowercase();
            let machines = machines.max(folded.matches("machine").count() + folded.matches("default").count());
            prop_assert!(parse(&text).len() <= machines);
        }

        #[test]
        fn words_in_any_order_are_read_without_a_panic(words in prop::collection::vec(
            prop::sample::select(vec!["machine", "default", "login", "password", "macdef", "#", "\"", "\\", "\n", "\n\n", "a"]),
            0..40,
        )) {
            let text = words.join(" ");
            let entries = parse(&text).len();
            prop_assert!(entries <= words.iter().filter(|word| ["machine", "default"].contains(word)).count());
        }
    }
}
