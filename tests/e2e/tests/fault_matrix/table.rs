//! How every fault ends in every phase. The columns are those of `PHASES`.

use serde_json::json;

use super::Row;

pub(super) const MATRIX: &[Row] = &[
    Row {
        fault: "429 with Retry-After",
        body: || json!({ "fault": "status", "status": 429, "retry_after": "1" }),
        once: ["ok +1", "ok +1", "ok +1", "ok +1", "-", "ok +1", "ok"],
        always: [
            "rate_limited +2",
            "rate_limited +2",
            "rate_limited +2",
            "rate_limited +2",
            "-",
            "rate_limited +2",
            "ok t1",
        ],
    },
    Row {
        fault: "429",
        body: || json!({ "fault": "status", "status": 429 }),
        once: ["ok +1", "ok +1", "ok +1", "ok +1", "-", "ok +1", "ok"],
        always: [
            "rate_limited +2",
            "rate_limited +2",
            "rate_limited +2",
            "rate_limited +2",
            "-",
            "rate_limited +2",
            "ok t1",
        ],
    },
    Row {
        fault: "500",
        body: || json!({ "fault": "status", "status": 500 }),
        once: ["unavailable", "unavailable", "unavailable", "unavailable", "-", "unavailable", "ok t1"],
        always: ["unavailable", "unavailable", "unavailable", "unavailable", "-", "unavailable", "ok t1"],
    },
    Row {
        fault: "502 page",
        body: || json!({ "fault": "html", "status": 502 }),
        once: ["ok +1", "ok +1", "ok +1", "ok +1", "-", "unavailable", "ok"],
        always: ["unavailable +2", "unavailable +2", "unavailable +2", "unavailable +2", "-", "unavailable", "ok t1"],
    },
    Row {
        fault: "503",
        body: || json!({ "fault": "status", "status": 503 }),
        once: ["ok +1", "ok +1", "ok +1", "ok +1", "-", "unavailable", "ok"],
        always: ["unavailable +2", "unavailable +2", "unavailable +2", "unavailable +2", "-", "unavailable", "ok t1"],
    },
    Row {
        fault: "503 with a date",
        body: || json!({ "fault": "status", "status": 503, "retry_after_date_in": 1 }),
        once: ["ok +1", "ok +1", "ok +1", "ok +1", "-", "unavailable", "ok"],
        always: ["unavailable +2", "unavailable +2", "unavailable +2", "unavailable +2", "-", "unavailable", "ok t1"],
    },
    Row {
        fault: "504 page",
        body: || json!({ "fault": "html", "status": 504 }),
        once: ["ok +1", "ok +1", "ok +1", "ok +1", "-", "timeout", "ok"],
        always: ["timeout +2", "timeout +2", "timeout +2", "timeout +2", "-", "timeout", "ok t1"],
    },
    Row {
        fault: "page with 200",
        body: || json!({ "fault": "html", "status": 200 }),
        once: ["protocol", "protocol", "protocol", "protocol", "-", "protocol", "ok t1"],
        always: ["protocol", "protocol", "protocol", "protocol", "-", "protocol", "ok t1"],
    },
    Row {
        fault: "maintenance",
        body: || json!({ "fault": "maintenance" }),
        once: ["ok +1", "ok +1", "ok +1", "ok +1", "-", "unavailable", "ok"],
        always: ["unavailable +2", "unavailable +2", "unavailable +2", "unavailable +2", "-", "unavailable", "ok t1"],
    },
    Row {
        fault: "not_looker",
        body: || json!({ "fault": "not_looker" }),
        once: ["protocol", "protocol", "protocol", "protocol", "-", "protocol", "ok t1"],
        always: ["protocol", "protocol", "protocol", "protocol", "-", "protocol", "ok t1"],
    },
    Row {
        fault: "redirect",
        body: || json!({ "fault": "redirect", "location": "https://elsewhere.example/login" }),
        once: ["protocol", "protocol", "protocol", "protocol", "-", "protocol", "ok t1"],
        always: ["protocol", "protocol", "protocol", "protocol", "-", "protocol", "ok t1"],
    },
    Row {
        fault: "expired_token",
        body: || json!({ "fault": "expired_token" }),
        once: ["-", "ok", "ok", "ok", "-", "ok", "ok"],
        always: ["-", "credentials", "credentials", "credentials", "-", "credentials", "ok"],
    },
    Row {
        fault: "reset",
        body: || json!({ "fault": "reset" }),
        once: ["ok +1", "ok +1", "ok +1", "ok +1", "-", "network", "ok"],
        always: ["network +2", "network +2", "network +2", "network +2", "-", "network", "ok t1"],
    },
    Row {
        fault: "drop_after",
        body: || json!({ "fault": "drop_after" }),
        once: ["ok +1 t1", "ok +1", "ok +1", "ok +1", "-", "network", "ok"],
        always: ["network +2 t3", "network +2", "network +2", "network +2", "-", "network", "ok"],
    },
    Row {
        fault: "delay",
        body: || json!({ "fault": "delay", "ms": 300 }),
        once: ["ok", "ok", "ok", "ok", "-", "ok", "ok"],
        always: ["ok", "ok", "ok", "ok", "-", "ok", "ok"],
    },
    Row {
        fault: "silence",
        body: || json!({ "fault": "delay", "ms": 60_000 }),
        once: ["timeout", "timeout", "timeout", "timeout", "-", "timeout", "ok t1"],
        always: ["timeout", "timeout", "timeout", "timeout", "-", "timeout", "ok t1"],
    },
    Row {
        fault: "slow",
        body: || json!({ "fault": "slow", "bytes": 4_096, "ms": 2 }),
        once: ["ok", "ok", "ok", "ok", "ok", "ok", "ok"],
        always: ["ok", "ok", "ok", "ok", "ok", "ok", "ok"],
    },
    Row {
        fault: "cut",
        body: || json!({ "fault": "cut" }),
        once: ["ok +1 t1", "ok +1", "ok +1", "ok +1", "incomplete", "incomplete", "ok"],
        always: [
            "incomplete +2 t3",
            "incomplete +2",
            "incomplete +2",
            "incomplete +2",
            "incomplete",
            "incomplete",
            "ok",
        ],
    },
    Row {
        fault: "end",
        body: || json!({ "fault": "end" }),
        once: ["ok +1 t1", "ok +1", "ok +1", "incomplete", "incomplete", "incomplete", "ok"],
        always: ["incomplete +2 t3", "incomplete +2", "incomplete +2", "incomplete", "incomplete", "incomplete", "ok"],
    },
    Row {
        fault: "error_row",
        body: || json!({ "fault": "error_row" }),
        once: ["-", "-", "-", "query_failed", "-", "-", "-"],
        always: ["-", "-", "-", "query_failed", "-", "-", "-"],
    },
    Row {
        fault: "error_text",
        body: || json!({ "fault": "error_text" }),
        once: ["-", "-", "-", "incomplete", "incomplete", "-", "-"],
        always: ["-", "-", "-", "incomplete", "incomplete", "-", "-"],
    },
    Row {
        fault: "orphan",
        body: || json!({ "fault": "orphan" }),
        once: ["-", "-", "-", "ok", "ok", "-", "-"],
        always: ["-", "-", "-", "ok", "ok", "-", "-"],
    },
];
