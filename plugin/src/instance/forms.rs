//! Every form of address that is known to be pasted, and what is made of it.
#![cfg(test)]

use connector_interface::ErrorKind;
use proptest::prelude::*;

use super::{Address, Root};

/// What is typed, and the candidates in their order.
const FORMS: &[(&str, &[&str])] = &[
    // a host alone: 443, or else 19999
    ("acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("ACME.Looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("acme.looker.com.", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("Acme.LOOKER.com.", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("  acme.looker.com  ", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("\tacme.looker.com\n", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("//acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("///acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("acme.looker.com/", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("acme.looker.com//", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("acme.looker.com///", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("acme.cloud.looker.com", &["https://acme.cloud.looker.com", "https://acme.cloud.looker.com:19999"]),
    ("acme.eu.looker.com", &["https://acme.eu.looker.com", "https://acme.eu.looker.com:19999"]),
    ("acme.api.looker.com", &["https://acme.api.looker.com", "https://acme.api.looker.com:19999"]),
    ("acme.api.us2.looker.com", &["https://acme.api.us2.looker.com", "https://acme.api.us2.looker.com:19999"]),
    (
        "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0.looker.app",
        &[
            "https://0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0.looker.app",
            "https://0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0.looker.app:19999",
        ],
    ),
    ("acme.looker.app.", &["https://acme.looker.app", "https://acme.looker.app:19999"]),
    ("looker.example.com", &["https://looker.example.com", "https://looker.example.com:19999"]),
    ("bi.intern.example.co.uk", &["https://bi.intern.example.co.uk", "https://bi.intern.example.co.uk:19999"]),
    ("b\u{fc}cher.example", &["https://xn--bcher-kva.example", "https://xn--bcher-kva.example:19999"]),
    ("xn--bcher-kva.example", &["https://xn--bcher-kva.example", "https://xn--bcher-kva.example:19999"]),
    ("looker_dev.example.com", &["https://looker_dev.example.com", "https://looker_dev.example.com:19999"]),
    ("10.1.2.3", &["https://10.1.2.3", "https://10.1.2.3:19999"]),
    ("localhost", &["https://localhost", "https://localhost:19999"]),
    ("LOCALHOST", &["https://localhost", "https://localhost:19999"]),
    ("looker.localhost", &["https://looker.localhost", "https://looker.localhost:19999"]),
    // quoted and bracketed, as it stands in files and mails
    ("\"acme.looker.com\"", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("'acme.looker.com'", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("<https://acme.looker.com>", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("\"https://acme.looker.com/\"", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("\u{201c}https://acme.looker.com\u{201d}", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("\u{2018}acme.looker.com\u{2019}", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("' acme.looker.com '", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    // a scheme
    ("https://acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("HTTPS://acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("Https://ACME.looker.COM", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com.", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https:/acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https:acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https:///acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https:\\\\acme.looker.com", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com?", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com#", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/?a=b", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/#/x", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/.", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/./", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("http://localhost", &["http://localhost"]),
    ("http://LOCALHOST/", &["http://localhost"]),
    ("http://127.0.0.1", &["http://127.0.0.1"]),
    ("http://[::1]", &["http://[::1]"]),
    ("http://looker.localhost/looks/1", &["http://looker.localhost"]),
    ("https://looker", &["https://looker", "https://looker:19999"]),
    ("https://looker/", &["https://looker", "https://looker:19999"]),
    ("https://looker.", &["https://looker", "https://looker:19999"]),
    ("//looker/", &["https://looker", "https://looker:19999"]),
    // a stated port, also the scheme's own
    ("acme.looker.com:443", &["https://acme.looker.com"]),
    ("acme.looker.com:19999", &["https://acme.looker.com:19999"]),
    ("ACME.looker.com.:19999", &["https://acme.looker.com:19999"]),
    ("https://acme.looker.com:443", &["https://acme.looker.com"]),
    ("https://acme.looker.com:443/", &["https://acme.looker.com"]),
    ("https://acme.looker.com:00443/", &["https://acme.looker.com"]),
    ("https://acme.looker.com:19999", &["https://acme.looker.com:19999"]),
    ("https://acme.looker.com:19999/", &["https://acme.looker.com:19999"]),
    ("HTTPS://ACME.LOOKER.COM:19999/API", &["https://acme.looker.com:19999/API", "https://acme.looker.com:19999"]),
    ("looker.example.com:9999", &["https://looker.example.com:9999"]),
    ("https://looker.example.com:9999/login", &["https://looker.example.com:9999"]),
    ("looker.example.com:8443/", &["https://looker.example.com:8443"]),
    ("looker.example.com:1", &["https://looker.example.com:1"]),
    ("looker.example.com:65535", &["https://looker.example.com:65535"]),
    ("looker:19999", &["https://looker:19999"]),
    ("localhost:19999", &["https://localhost:19999"]),
    ("https://localhost:9999", &["https://localhost:9999"]),
    ("http://localhost:8080", &["http://localhost:8080"]),
    ("http://localhost:80", &["http://localhost"]),
    ("http://127.0.0.1:8080", &["http://127.0.0.1:8080"]),
    ("10.1.2.3:19999", &["https://10.1.2.3:19999"]),
    ("127.0.0.1:443", &["https://127.0.0.1"]),
    ("acme.looker.com:443/explore/m/e?fields=a.b:1", &["https://acme.looker.com"]),
    ("https://acme.looker.com:/", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    // IPv6, with brackets and without
    ("::1", &["https://[::1]", "https://[::1]:19999"]),
    ("2001:db8::1", &["https://[2001:db8::1]", "https://[2001:db8::1]:19999"]),
    ("2001:DB8:0:0:0:0:0:1", &["https://[2001:db8::1]", "https://[2001:db8::1]:19999"]),
    ("[::1]", &["https://[::1]", "https://[::1]:19999"]),
    ("[2001:db8::1]/api/4.0", &["https://[2001:db8::1]", "https://[2001:db8::1]:19999"]),
    ("[::1]:19999", &["https://[::1]:19999"]),
    ("https://[::1]", &["https://[::1]", "https://[::1]:19999"]),
    ("https://[::1]:443", &["https://[::1]"]),
    ("http://[::1]:9", &["http://[::1]:9"]),
    ("https://[2001:db8::1]:19999/looks/1", &["https://[2001:db8::1]:19999"]),
    ("::ffff:10.1.2.3", &["https://[::ffff:a01:203]", "https://[::ffff:a01:203]:19999"]),
    // addresses of the API
    ("acme.looker.com/api", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("acme.looker.com/api/", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("acme.looker.com/api/4.0", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("acme.looker.com/api/4.0/", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/api/4.0", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/api/4.0//", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/api/3.1", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/api/3.0/", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/api/internal", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/api/4.0/login", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    (
        "https://acme.looker.com/api/4.0/queries/run/json?limit=5",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    ("https://acme.looker.com/api/4.0/swagger.json", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com//api//4.0", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com:19999/api/4.0", &["https://acme.looker.com:19999"]),
    ("https://acme.looker.com:19999/api/4.0/", &["https://acme.looker.com:19999"]),
    ("https://acme.looker.com:19999/api/3.1/user", &["https://acme.looker.com:19999"]),
    ("acme.looker.com:19999/api", &["https://acme.looker.com:19999"]),
    ("http://127.0.0.1:8080/api/4.0", &["http://127.0.0.1:8080"]),
    // pages, copied from a browser
    ("https://acme.looker.com/explore/thelook/orders", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    (
        "https://acme.looker.com/explore/thelook/orders?fields=orders.id&f[orders.status]=complete&limit=500",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    (
        "https://acme.looker.com/explore/thelook/orders?qid=AbCdEf0123456789abcdef&toggle=fil",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    ("https://acme.looker.com/looks/12", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/looks/12?toggle=det", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/dashboards/7", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    (
        "https://acme.looker.com/dashboards/thelook::business_pulse",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    (
        "https://acme.looker.com/dashboards/thelook::business_pulse?Date=7+days&City=",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    ("https://acme.looker.com/dashboards-next/7", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/dashboards-legacy/7", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/embed/dashboards/1", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/embed/looks/1?a=b#c", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/embed/sso/dashboards/1", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/folders/home", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/folders/23", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/spaces/23", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/boards/4", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/browse", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/browse/all-results?q=x", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/homepages/1", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/admin/users", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/admin/users/api3_key/5", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/admin/platform-api", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/account", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/login", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/login/email", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/sql/abcdef", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/merge?mid=1", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    (
        "https://acme.looker.com/projects/thelook/files/a.view.lkml",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    (
        "https://acme.looker.com/projects/thelook/files/a.view.lkml?line=3#L3",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    ("https://acme.looker.com/marketplace/view/x", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/extensions/m::e/", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/alerts/manage", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/queries/5", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/scheduled_plans", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/welcome", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/x/AbCdEf", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    (
        "https://acme.looker.com/auth?client_id=a&redirect_uri=b",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    ("acme.looker.com/explore/m/e", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("ACME.looker.com/looks/12#", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    (
        "https://acme.looker.com/explore/m/e?f[a.b]=https%3A%2F%2Felsewhere.example",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    (
        "https://acme.looker.com/looks/1?next=https://elsewhere.example:444/",
        &["https://acme.looker.com", "https://acme.looker.com:19999"],
    ),
    ("https://acme.looker.com/users/5/edit", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    ("https://acme.looker.com/content/look/1", &["https://acme.looker.com", "https://acme.looker.com:19999"]),
    // a path prefix of a load balancer; without the API behind it, the path may be a page, too
    (
        "https://lb.example.com/bi/looker/api/4.0",
        &["https://lb.example.com/bi/looker", "https://lb.example.com:19999/bi/looker"],
    ),
    ("lb.example.com/bi/looker/api", &["https://lb.example.com/bi/looker", "https://lb.example.com:19999/bi/looker"]),
    (
        "https://lb.example.com/bi//looker/api/4.0/",
        &["https://lb.example.com/bi/looker", "https://lb.example.com:19999/bi/looker"],
    ),
    (
        "lb.example.com/bi/looker",
        &[
            "https://lb.example.com/bi/looker",
            "https://lb.example.com",
            "https://lb.example.com:19999/bi/looker",
            "https://lb.example.com:19999",
        ],
    ),
    (
        "https://lb.example.com/bi/looker/",
        &[
            "https://lb.example.com/bi/looker",
            "https://lb.example.com",
            "https://lb.example.com:19999/bi/looker",
            "https://lb.example.com:19999",
        ],
    ),
    (
        "https://lb.example.com/bi/looker/looks/1",
        &[
            "https://lb.example.com/bi/looker",
            "https://lb.example.com",
            "https://lb.example.com:19999/bi/looker",
            "https://lb.example.com:19999",
        ],
    ),
    (
        "https://lb.example.com/bi/looker/explore/m/e?x=api",
        &[
            "https://lb.example.com/bi/looker",
            "https://lb.example.com",
            "https://lb.example.com:19999/bi/looker",
            "https://lb.example.com:19999",
        ],
    ),
    ("https://lb.example.com:8443/looker/api/4.0", &["https://lb.example.com:8443/looker"]),
    ("https://lb.example.com:8443/looker", &["https://lb.example.com:8443/looker", "https://lb.example.com:8443"]),
    ("http://localhost:8080/looker/api/4.0", &["http://localhost:8080/looker"]),
    (
        "https://acme.looker.com/some_new_page/5",
        &[
            "https://acme.looker.com/some_new_page/5",
            "https://acme.looker.com",
            "https://acme.looker.com:19999/some_new_page/5",
            "https://acme.looker.com:19999",
        ],
    ),
    ("https://lb.example.com/b%20i/api/4.0", &["https://lb.example.com/b%20i", "https://lb.example.com:19999/b%20i"]),
    // the name of an instance alone
    (
        "acme",
        &[
            "https://acme.cloud.looker.com",
            "https://acme.cloud.looker.com:19999",
            "https://acme.looker.com",
            "https://acme.looker.com:19999",
        ],
    ),
    (
        "ACME",
        &[
            "https://acme.cloud.looker.com",
            "https://acme.cloud.looker.com:19999",
            "https://acme.looker.com",
            "https://acme.looker.com:19999",
        ],
    ),
    (
        "acme-dev",
        &[
            "https://acme-dev.cloud.looker.com",
            "https://acme-dev.cloud.looker.com:19999",
            "https://acme-dev.looker.com",
            "https://acme-dev.looker.com:19999",
        ],
    ),
    (
        " acme ",
        &[
            "https://acme.cloud.looker.com",
            "https://acme.cloud.looker.com:19999",
            "https://acme.looker.com",
            "https://acme.looker.com:19999",
        ],
    ),
    (
        "\"acme\"",
        &[
            "https://acme.cloud.looker.com",
            "https://acme.cloud.looker.com:19999",
            "https://acme.looker.com",
            "https://acme.looker.com:19999",
        ],
    ),
    (
        "a1",
        &[
            "https://a1.cloud.looker.com",
            "https://a1.cloud.looker.com:19999",
            "https://a1.looker.com",
            "https://a1.looker.com:19999",
        ],
    ),
];

/// What is no address, or not of a Looker instance, or would send credentials unprotected.
const REFUSED: &[&str] = &[
    "",
    "   ",
    "\t",
    "\"\"",
    "two words",
    "acme.looker.com and more",
    "https://",
    "https:///",
    "http://",
    "ftp://acme.looker.com",
    "file:///etc/passwd",
    "mailto:ann@acme.com",
    "javascript:alert(1)",
    "ldap://acme",
    "ws://acme.looker.com",
    "ann@acme.looker.com",
    "https://me:hunter2@acme.looker.com",
    "https://me@acme.looker.com",
    "https://:hunter2@acme.looker.com",
    "me:hunter2@acme.looker.com",
    "acme.looker.com:hunter2",
    "acme.looker.com:99999",
    "acme.looker.com:-1",
    "https://acme.looker.com:0",
    "acme.looker.com:0",
    "https://acme.looker.com:port/",
    "http://[::1",
    "[::1",
    "https://[zz]",
    "https://acme_%00.example",
    "https://%",
    "https://a b.example",
    "https://.",
    "https://..",
    "...",
    "http://acme.looker.com",
    "http://acme.looker.com:443",
    "http://10.1.2.3:19999",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "https://lookerstudio.google.com/reporting/abc/page/1",
    "lookerstudio.google.com",
    "https://datastudio.google.com/u/0/reporting/1",
    "https://console.cloud.google.com/looker/instances",
    "https://cloud.google.com/looker/docs",
    "docs.looker.com",
    "https://acme\u{0}.looker.com",
    "\u{202e}",
    "https://\u{fffd}",
    "1.2.3.4.5.6",
    "https://256.256.256.256",
    "\u{1f600} x",
];

fn texts(roots: &[Root]) -> Vec<String> {
    roots.iter().map(ToString::to_string).collect()
}

#[test]
fn every_form_leads_to_its_candidates_in_their_order() {
    assert!(FORMS.len() + REFUSED.len() >= 150);
    for (typed, expected) in FORMS {
        let address = Address::parse(typed, None, false);
        let address = address.unwrap_or_else(|error| panic!("{typed:?}: {}", error.report()));
        assert_eq!(texts(address.candidates()), *expected, "{typed:?}");
    }
}

#[test]
fn what_is_no_address_is_refused_with_advice_and_a_password_in_it_is_not_repeated() {
    for typed in REFUSED {
        let Err(error) = Address::parse(typed, None, false) else { panic!("{typed:?} is accepted") };
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{typed:?}");
        assert!(!error.advice.is_empty(), "{typed:?}: {error}");
        assert!(!error.report().contains("hunter2"), "{typed:?}: {}", error.report());
    }
}

#[test]
fn reading_a_candidate_again_leads_to_it_first() {
    for (typed, candidates) in FORMS {
        for candidate in *candidates {
            let again = Address::parse(candidate, None, false).unwrap();
            let first = again.first().unwrap().to_string();
            assert_eq!(first, *candidate, "{typed:?}");
        }
    }
}

/// Pieces of addresses, so that what is put together is one more often than chance would have it.
fn typed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("https://".to_owned()),
        Just("http://".to_owned()),
        Just("acme.looker.com".to_owned()),
        Just("evil.example".to_owned()),
        Just("@".to_owned()),
        Just("/api/4.0".to_owned()),
        Just("/looks/1".to_owned()),
        Just(":443".to_owned()),
        Just(":19999".to_owned()),
        Just("[::1]".to_owned()),
        Just("?next=https://evil.example".to_owned()),
        Just("#".to_owned()),
        Just("\\".to_owned()),
        "[ -~]{0,6}",
        "\\PC{0,3}",
    ];
    prop_oneof![proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()), ".{0,80}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Credentials go to candidates only, so all of them must be what was named: one host, as a browser reads it, or the
    /// hosts of one instance's name in Looker's own domains.
    #[test]
    fn any_text_is_refused_or_names_one_host_and_never_another(typed in typed(), port in proptest::option::of(1u16..)) {
        if let Ok(address) = Address::parse(&typed, port, false) {
            prop_assert!(!address.candidates().is_empty());
            let first = address.first().unwrap().host_name().to_owned();
            for root in address.candidates().iter().chain(address.offers()) {
                let is_same = root.host_name() == first;
                let name = typed.trim().trim_matches(['"', '\'', '<', '>']).trim().to_lowercase();
                let is_named = root.host_name().strip_suffix(".looker.com") == Some(name.as_str());
                prop_assert!(is_same || is_named, "{} is not named by {:?}", root, typed);
                let url = url::Url::parse(&root.to_string()).unwrap();
                prop_assert!(url.scheme() == "https" || root.is_loopback());
                prop_assert!(url.username().is_empty() && url.password().is_none() && url.query().is_none());
                if let (Some(port), true) = (port, address.candidates().contains(root)) {
                    prop_assert_eq!(url.port_or_known_default(), Some(port));
                }
            }
        }
    }
}
