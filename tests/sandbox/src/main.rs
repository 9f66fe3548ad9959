//! The program `looker-sandbox`: serves until it is told to stop, or for as long as a command runs.

mod network;

use std::io::Write as _;
use std::process::{ExitCode, ExitStatus};

use clap::{Args, Parser};
use looker_sandbox::{Options, Sandbox};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use crate::network::Network;

const EXAMPLES: &str = "\
Examples:
  looker-sandbox                              serve until Ctrl-C; one JSON line says where and who
  looker-sandbox --rows 1000000 --port 19999  a million order items on a fixed port
  looker-sandbox -- python3 report.py         run a command against a fresh server

The JSON line:
  {\"base_url\":..,\"web_url\":..,\"client_id\":..,\"client_secret\":..,
   \"users\":[{\"id\":..,\"name\":..,\"email\":..,\"client_id\":..,\"client_secret\":..,\"permissions\":[..]}],
   \"admin_url\":..,\"webhook_token\":..}, with --tls also \"ca_file\", with --client-certs also \"client_cert_file\" (PEM files),
   with --proxy also \"proxy_url\"
  Users: admin (the default), viewer (no LookML, no SQL), limited (sees less), nodownload (never all rows),
  disabled (cannot log in), service (a service account with all rights), sudoer (may act as others, not as
  administrators), nomodels (sees no model). Without API credentials: embed (external id ext-42) and --people.

OAuth (code with PKCE): WEB_URL/auth?response_type=code&client_id=looker-connector&.. asks for a mail address
  (NAME@example.com) and a password (the client_secret), then for consent; POST BASE_URL/api/token takes the code.

Workspaces: in dev, the model thelook has another label and the dimension orders.dev_note.

Environment of COMMAND:
  LOOKERSDK_BASE_URL  LOOKERSDK_CLIENT_ID  LOOKERSDK_CLIENT_SECRET  LOOKERSDK_VERIFY_SSL=true  LOOKER_SANDBOX_URL

Faults, for the next requests (no login needed):
  curl -d '{\"operation\":\"run_inline_query\",\"fault\":\"status\",\"status\":429,\"retry_after\":\"2\"}' $LOOKER_SANDBOX_URL/__sandbox/faults
  Kinds: status html cut end error_row error_text slow delay reset expired_token
         redirect not_looker maintenance drop_after orphan
  Keys:  operation (an operation id, or *) fault status retry_after retry_after_date_in location after_rows ms bytes
         message after (requests let through first) times (0: always)
  GET /__sandbox/faults lists them, DELETE removes them; GET /__sandbox/stats counts logins, connections, requests,
  objects created, plans delivered, bytes sent, and tells tokens alive and queries running now;
  POST /__sandbox/expire_tokens ends all access tokens, or those of {\"user\":NAME} or {\"sudo\":true},
  POST /__sandbox/expire_tasks all query tasks;
  POST /__sandbox/sql changes the data: {\"sql\":\"DELETE FROM orders WHERE id = 1\"};
  POST /__sandbox/schedule_failures, pdt_events, alert_notifications, datagroups and running_queries let these
  happen (README.md tells their keys);
  POST /__sandbox/lists sets how lists misbehave: {\"moving\":true,\"no_total\":true,\"full_next\":true}.

The proxy:
  curl -d '{\"mode\":\"slow\",\"ms\":50,\"bytes\":1024}' $LOOKER_SANDBOX_URL/__sandbox/proxy
  Modes: honest slow lying portal dead. GET /__sandbox/proxy tells the mode and counts requests by target.

Exit code: that of COMMAND (128 + signal if one ended it); 0 after a signal to stop; 2 if the server cannot start.";

/// A local Looker-compatible server over SQLite, with faults on demand.
///
/// It listens on 127.0.0.1 only and needs nothing else: the data of an online shop (2023 to 2025) is made at the start
/// and is the same every time.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// Port on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Number of order items; the other tables scale with it.
    #[arg(long, value_name = "N", default_value_t = Options::DEFAULT_ROWS,
          value_parser = clap::value_parser!(u64).range(1..=Options::MAX_ROWS))]
    rows: u64,

    /// Keep the data in a new SQLite file that other programs may read; it stays behind.
    #[arg(long, value_name = "FILE")]
    database: Option<std::path::PathBuf>,

    /// The instant that dates such as "7 days" count from, as RFC 3339.
    #[arg(long, value_name = "TIME", default_value_t = Options::default_now())]
    now: jiff::Timestamp,

    /// How long an access token lives; Looker's lives an hour.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    token_lifetime: u64,

    /// What deliveries to webhooks have in the header X-Looker-Webhook-Token.
    #[arg(long, value_name = "TOKEN", default_value = Options::DEFAULT_WEBHOOK_TOKEN)]
    webhook_token: String,

    #[command(flatten)]
    network: Network,

    /// Stop when standard input ends, so that no server outlives the test that started it.
    #[arg(long)]
    until_stdin_closes: bool,

    /// Command to run against the server.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<std::ffi::OsString>,

    #[command(flatten)]
    people: PeopleArguments,
}

/// Who there is, and how they log in.
#[derive(Debug, Args)]
#[command(next_help_heading = "People")]
struct PeopleArguments {
    /// Number of generated embed users, beside the named users; ids from 1000, person1000@example.com, ext-1000.
    #[arg(long, value_name = "N", default_value_t = Options::DEFAULT_PEOPLE,
          value_parser = clap::value_parser!(u32).range(..=i64::from(Options::MAX_PEOPLE)))]
    people: u32,

    /// Refuse to act as another user, unless a service account acts as an embed user.
    #[arg(long)]
    google_cloud_core: bool,

    /// A further OAuth application, beside looker-connector at http://127.0.0.1:7777/callback.
    #[arg(long = "oauth-app", value_name = "GUID=REDIRECT_URI", value_parser = oauth_app)]
    oauth_apps: Vec<(String, String)>,

    /// How long an OAuth refresh token lives; by default 30 days.
    #[arg(long, value_name = "SECONDS", default_value_t = Options::DEFAULT_REFRESH_LIFETIME.as_secs(),
          value_parser = clap::value_parser!(u64).range(1..=MOST_SECONDS))]
    refresh_lifetime: u64,

    /// Each OAuth refresh gives a new refresh token, and the old one dies.
    #[arg(long)]
    rotate_refresh: bool,

    /// An origin, such as http://localhost:3000, whose scripts may use the API.
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    cors_origins: Vec<String>,

    /// Serve the pages for browsers on a port of their own (web_url), and not on the API's.
    #[arg(long)]
    split_web: bool,
}

/// The longest life of a token: a century.
const MOST_SECONDS: u64 = 100 * 366 * 24 * 60 * 60;

/// Reads `GUID=REDIRECT_URI`.
fn oauth_app(text: &str) -> Result<(String, String), String> {
    let (guid, uri) = text.split_once('=').ok_or("it must be GUID=REDIRECT_URI")?;
    Ok((guid.to_owned(), uri.to_owned()))
}

/// Exit code of an error that is the sandbox's own.
const FAILED: u8 = 2;

/// Time that connections have to end.
const SHUTDOWN: std::time::Duration = std::time::Duration::from_secs(1);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let outcome = runtime.block_on(serve(arguments));
    // Not by dropping it: a read of standard input cannot be interrupted.
    runtime.shutdown_timeout(SHUTDOWN);
    outcome.unwrap_or_else(|message| fail(&message))
}

#[expect(clippy::print_stderr, reason = "messages of the program go to standard error")]
fn fail(message: &str) -> ExitCode {
    eprintln!("looker-sandbox: {message}");
    ExitCode::from(FAILED)
}

async fn serve(arguments: Arguments) -> Result<ExitCode, String> {
    let mut signals = Signals::new().map_err(|error| error.to_string())?;
    let people = arguments.people;
    let options = Options {
        port: arguments.port,
        rows: arguments.rows,
        database: arguments.database,
        now: arguments.now,
        token_lifetime: std::time::Duration::from_secs(arguments.token_lifetime),
        webhook_token: arguments.webhook_token,
        people: people.people,
        google_cloud_core: people.google_cloud_core,
        oauth_apps: people.oauth_apps,
        refresh_lifetime: std::time::Duration::from_secs(people.refresh_lifetime),
        rotate_refresh: people.rotate_refresh,
        cors_origins: people.cors_origins,
        split_web: people.split_web,
        ..arguments.network.options()
    };
    let sandbox = tokio::select! {
        started = Sandbox::start(options) => started.map_err(|error| error.to_string())?,
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let mut words = arguments.command.into_iter();
    if let Some(program) = words.next() {
        return run(&sandbox, Command::new(program).args(words), &mut signals).await;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", sandbox.describe()).and_then(|()| out.flush()).map_err(|error| error.to_string())?;
    drop(out);
    tokio::select! {
        _ = signals.next() => {}
        () = stdin_closed(), if arguments.until_stdin_closes => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a command with the environment of an SDK; the outcome is its exit code.
async fn run(sandbox: &Sandbox, command: &mut Command, signals: &mut Signals) -> Result<ExitCode, String> {
    let mut child = command
        .env("LOOKERSDK_BASE_URL", sandbox.base_url())
        .env("LOOKERSDK_CLIENT_ID", sandbox.client_id())
        .env("LOOKERSDK_CLIENT_SECRET", sandbox.client_secret())
        .env("LOOKERSDK_VERIFY_SSL", "true")
        .env("LOOKER_SANDBOX_URL", sandbox.admin_url())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", command.as_std().get_program().to_string_lossy()))?;
    loop {
        tokio::select! {
            status = child.wait() => {
                return status.map(|status| ExitCode::from(exit_code(status))).map_err(|error| error.to_string());
            }
            signal = signals.next() => {
                // An interrupt from the terminal reaches the command as well, and it decides what to do.
                if signal == Stop::Terminate {
                    child.kill().await.map_err(|error| error.to_string())?;
                }
            }
        }
    }
}

fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().map_or(1, |code| u8::try_from(code & 0xFF).unwrap_or(1))
}

/// A wish to stop.
#[derive(Debug, PartialEq, Eq)]
enum Stop {
    Interrupt,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix tells the two apart"))]
    Terminate,
}

/// Signals to stop, caught from the moment that this is made.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.interrupt.recv() => Stop::Interrupt,
            _ = self.terminate.recv() => Stop::Terminate,
        }
    }
}

/// Signals to stop, caught from the moment that this is made.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> Stop {
        self.0.recv().await;
        Stop::Interrupt
    }
}

/// Resolves when standard input has ended.
async fn stdin_closed() {
    let mut input = tokio::io::stdin();
    let mut buffer = [0; 256];
    while input.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}
