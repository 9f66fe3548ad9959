//! TLS: who is trusted, who is let in, and that faults and counters work as without it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::io::Read as _;
use std::sync::Arc;

use common::{Client, Server, query};
use looker_sandbox::{Options, TlsOptions};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

fn start(tls: TlsOptions) -> Server {
    Server::with(Options { rows: 2000, tls: Some(tls), ..Options::default() })
}

/// The client with another name for the server.
fn naming(server: &Server, name: &str) -> Client {
    Client { tls: Some((server.trust(), name.to_owned())), ..server.stranger() }
}

fn refusal(client: &Client) -> String {
    client.send("GET", "/alive", "", "").unwrap_err().to_string()
}

#[test]
fn the_certificate_has_the_names_of_this_machine_and_those_asked_for() {
    let names = vec!["*.cloud.looker.com".to_owned(), "bi.example.com".to_owned()];
    let server = start(TlsOptions { names, ..TlsOptions::default() });
    assert!(server.sandbox.base_url().starts_with("https://127.0.0.1:"));
    for name in ["localhost", "127.0.0.1", "::1", "acme.cloud.looker.com", "bi.example.com"] {
        assert_eq!(naming(&server, name).get("/alive").status, 200, "{name}");
    }
    for name in ["acme.looker.com", "www.bi.example.com", "a.b.cloud.looker.com"] {
        assert!(refusal(&naming(&server, name)).contains("not valid for name"), "{name}");
    }
}

#[test]
fn an_expired_certificate_and_one_for_another_host_say_so() {
    let expired = start(TlsOptions { expired: true, ..TlsOptions::default() });
    assert!(refusal(&expired.stranger()).contains("expired"), "{}", refusal(&expired.stranger()));
    let wrong = start(TlsOptions { wrong_name: true, ..TlsOptions::default() });
    assert!(refusal(&wrong.stranger()).contains("not valid for name"), "{}", refusal(&wrong.stranger()));
    // Only the name and the date are wrong, not the authority.
    assert_eq!(naming(&wrong, "elsewhere.example.com").get("/alive").status, 200);
}

#[test]
fn each_sandbox_has_an_authority_of_its_own() {
    let (one, other) = (start(TlsOptions::default()), start(TlsOptions::default()));
    let client = Client { tls: Some((other.trust(), "127.0.0.1".to_owned())), ..one.stranger() };
    let reason = refusal(&client);
    assert!(reason.contains("UnknownIssuer") || reason.contains("BadSignature"), "{reason}");
}

#[test]
fn a_client_certificate_of_the_authority_is_needed_where_the_server_asks_for_one() {
    let server = start(TlsOptions { client_certs: true, ..TlsOptions::default() });
    assert!(refusal(&server.stranger()).contains("CertificateRequired"), "{}", refusal(&server.stranger()));
    let with = |server: &Server, file: &std::path::Path| {
        let certificate = CertificateDer::from_pem_file(file).unwrap();
        let config =
            server.trusting().with_client_auth_cert(vec![certificate], PrivateKeyDer::from_pem_file(file).unwrap());
        Client { tls: Some((Arc::new(config.unwrap()), "127.0.0.1".to_owned())), ..server.stranger() }
    };
    assert_eq!(with(&server, server.sandbox.client_cert_file().unwrap()).get("/alive").status, 200);
    let other = start(TlsOptions { client_certs: true, ..TlsOptions::default() });
    assert!(!refusal(&with(&server, other.sandbox.client_cert_file().unwrap())).is_empty());
    assert_eq!(server.control().get("/__sandbox/stats").status, 200);
}

#[test]
fn the_administration_stays_plain_and_is_alone_there() {
    let server = start(TlsOptions::default());
    assert_ne!(server.sandbox.admin_url(), server.sandbox.base_url());
    assert_eq!(server.control().get("/alive").status, 404);
    assert_eq!(server.stats()["connections"], 0);
    let plain = Server::start(100);
    assert_eq!(plain.sandbox.admin_url(), plain.sandbox.base_url());
    let description = plain.sandbox.describe();
    assert_eq!((&description["admin_url"], description.get("ca_file")), (&description["base_url"], None));
}

#[test]
fn faults_and_counters_work_under_tls() {
    let server = start(TlsOptions::default());
    let admin = server.admin();
    let items = query("order_items", &["order_items.id"], &json!({ "limit": "-1" }));
    assert_eq!(admin.run("json", &items).json().as_array().unwrap().len(), 2000);
    server.fault(&json!({ "operation": "me", "fault": "reset" }));
    let error = admin.send("GET", "/api/4.0/user", "", "").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    server.fault(&json!({ "operation": "login", "fault": "drop_after" }));
    let form = server.credentials("admin");
    admin.send("POST", "/api/4.0/login", "application/x-www-form-urlencoded", &form).unwrap_err();
    server.fault(&json!({ "operation": "run_inline_query", "fault": "cut", "after_rows": 100 }));
    let cut = admin.run("csv", &items);
    assert_eq!((cut.status, cut.complete, cut.body.lines().count()), (200, false, 101));
    let stats = server.stats();
    assert_eq!(
        (&stats["created"]["login"], &stats["connections"], &stats["live_tokens"]),
        (&json!(2), &json!(5), &json!(2))
    );
}

#[test]
fn a_client_that_never_shakes_hands_holds_up_nobody() {
    let server = start(TlsOptions::default());
    let mut silent = std::net::TcpStream::connect(&server.stranger().address).unwrap();
    assert_eq!(server.stranger().get("/alive").status, 200);
    // Nor does one that speaks http to the port: it is shown the door.
    let plain = Client { tls: None, ..server.stranger() };
    assert!(plain.send("GET", "/alive", "", "").is_err());
    assert_eq!(server.stranger().get("/alive").status, 200);
    drop(server);
    // The end of the sandbox ends the silent connection as well.
    silent.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn the_description_names_files_that_go_with_the_sandbox() {
    let server = start(TlsOptions { client_certs: true, ..TlsOptions::default() });
    let description = server.sandbox.describe();
    let file = |key: &str| std::path::PathBuf::from(description[key].as_str().unwrap());
    let files = [file("ca_file"), file("client_cert_file")];
    assert!(files.iter().all(|file| file.exists()));
    assert_eq!(description["proxy_url"], Value::Null);
    drop(server);
    assert!(!files.iter().any(|file| file.exists()));
}
