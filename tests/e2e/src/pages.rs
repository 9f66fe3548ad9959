//! Looker's sign-in pages, filled in without a browser: forms are sent, and the cookie is kept.

use crate::sandbox::Sandbox;

/// Signs a user in at the address of a sign-in and answers the question for consent with a button (`allow`, `deny`);
/// yields the address to which a browser would be sent back.
pub fn sign_in(sandbox: &Sandbox, url: &str, user: &str, button: &str) -> String {
    let config = ureq::Agent::config_builder().proxy(None).max_redirects(0).http_status_as_error(false);
    let http: ureq::Agent = config.build().into();
    let user = sandbox.ready.users.iter().find(|known| known.name == user).unwrap();
    let email = format!("{}@example.com", user.name);
    let form = [("email", email.as_str()), ("password", &user.client_secret)];
    let answer = http.post(url).send_form(form).unwrap();
    let cookie = answer.headers().get("set-cookie").expect("a session is begun").to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let answer = http.post(url).header("cookie", cookie).send_form([("decision", button)]).unwrap();
    let place = answer.headers().get("location").expect("the browser is sent back").to_str().unwrap();
    place.to_owned()
}
