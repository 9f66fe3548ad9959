//! The pages that people see in a browser.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::errors::{HTML, typed_response};

const STYLE: &str = "body{font:16px/1.5 sans-serif;margin:4rem auto;max-width:24rem;padding:0 1rem}\
    label,input{display:block;width:100%;box-sizing:border-box}input{margin:.25rem 0 1rem;padding:.5rem;font:inherit}\
    button{padding:.5rem 1.5rem;font:inherit;margin-right:.5rem}[role=alert]{color:#a00}";

/// Text that is safe inside HTML, quoted attributes included.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn page(status: StatusCode, title: &str, content: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} - Looker sandbox</title>\
         <style>{STYLE}</style></head>\n<body><main>\n<h1>{title}</h1>\n{content}\n</main></body>\n</html>\n"
    );
    let mut response = typed_response(status, HTML, html);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// Asks who is there; sent back to its own address.
pub(crate) fn sign_in(status: StatusCode, problem: Option<&str>) -> Response {
    let alert = problem.map(|why| format!("<p role=\"alert\">{}</p>\n", escape(why))).unwrap_or_default();
    let form = "<form method=\"post\">\n\
        <label for=\"email\">Email</label>\n\
        <input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" required>\n\
        <label for=\"password\">Password</label>\n\
        <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\n\
        <button id=\"sign-in\" type=\"submit\">Sign in</button>\n\
        </form>";
    page(status, "Sign in", &format!("{alert}{form}"))
}

/// Asks whether an application may act for the user.
pub(crate) fn consent(app: &str, description: Option<&str>, user: &str) -> Response {
    let description = description.map(|text| format!("<p>{}</p>\n", escape(text))).unwrap_or_default();
    let content = format!(
        "<p><strong>{}</strong> wants to use Looker as {}.</p>\n{description}\
         <form method=\"post\">\n\
         <button id=\"allow\" type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n\
         <button id=\"deny\" type=\"submit\" name=\"decision\" value=\"deny\">Deny</button>\n\
         <button id=\"sign-out\" type=\"submit\" name=\"decision\" value=\"sign-out\">Use another account</button>\n\
         </form>",
        escape(app),
        escape(user)
    );
    page(StatusCode::OK, "Allow access", &content)
}

/// Greets a user who has signed in without being asked to.
pub(crate) fn home(user: &str) -> Response {
    page(StatusCode::OK, "Looker sandbox", &format!("<p>Signed in as {}.</p>", escape(user)))
}

/// Says what is wrong, and sends the browser nowhere.
pub(crate) fn error(status: StatusCode, why: &str) -> Response {
    page(status, "This does not work", &format!("<p role=\"alert\">{}</p>", escape(why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_become_markup() {
        assert_eq!(escape("<a b='c' d=\"e\">&"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;");
    }
}
