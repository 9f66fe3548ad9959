//! Looker's own OpenAPI file as the judge of requests. It is no part of the project: `LOOKER_SPECIFICATION` says where one is.

use std::collections::HashMap;
use std::fs;

use serde_json::{Value, json};

/// The file, and where its operations stand in it.
#[derive(Debug)]
pub struct Specification {
    file: Value,
    /// Path and method by id.
    places: HashMap<String, (String, String)>,
}

impl Specification {
    /// The file, when there is one.
    pub fn open() -> Option<Self> {
        let path = std::env::var_os("LOOKER_SPECIFICATION").filter(|path| !path.is_empty())?;
        let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let mut places = HashMap::new();
        for (path, methods) in file["paths"].as_object().unwrap() {
            for (method, entry) in methods.as_object().unwrap() {
                places.insert(entry["operationId"].as_str().unwrap().to_owned(), (path.clone(), method.clone()));
            }
        }
        Some(Self { file, places })
    }

    /// The ids of its operations.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.places.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }

    /// Whether what is told of an operation besides its request is so; else what is wrong.
    pub fn judge_facts(&self, id: &str, told: &Value) -> Result<(), String> {
        let (path, method) = self.places.get(id).ok_or("it is no operation")?;
        let entry = &self.file["paths"][path][method];
        for (key, expected) in [
            ("path", &json!(path)),
            ("tag", &entry["tags"][0]),
            ("status", &entry["x-looker-status"]),
            ("counts_as", &entry["x-looker-activity-type"]),
        ] {
            if told[key] != *expected {
                return Err(format!("its {key} is {}", told[key]));
            }
        }
        let answered = &entry["responses"]["200"]["content"]["application/json"]["schema"];
        let named = answered["$ref"].as_str().and_then(|pointer| pointer.rsplit('/').next());
        let Some(named) = named.filter(|_| told["media_types"] == json!([])) else { return Ok(()) };
        let known = &self.file["components"]["schemas"][named]["properties"];
        let told = &told["answer"]["$defs"][named]["properties"];
        let written = |property: &Value| property["x-looker-write-only"] == true;
        let missing = known
            .as_object()
            .into_iter()
            .flatten()
            .find(|(key, property)| !written(property) && told.get(key).is_none());
        missing.map_or(Ok(()), |(key, _)| Err(format!("its answer does not tell of {named}.{key}")))
    }

    /// Whether a request, as it is shown, is one of the operation; else what is wrong. `given` are its parameters.
    pub fn judge(&self, id: &str, shown: &Value, given: &Value) -> Result<(), String> {
        let (path, method) = self.places.get(id).ok_or("it is no operation")?;
        let entry = &self.file["paths"][path][method];
        if shown["method"].as_str().unwrap_or_default().to_lowercase() != *method {
            return Err(format!("its method is {}", shown["method"]));
        }
        let url = shown["url"].as_str().unwrap_or_default();
        let (_, below) = url.split_once("/api/4.0").ok_or("it is not below /api/4.0")?;
        let (sent, query) = below.split_once('?').unwrap_or((below, ""));
        let (sent, path): (Vec<&str>, Vec<&str>) = (sent.split('/').collect(), path.split('/').collect());
        if sent.len() != path.len() {
            return Err(format!("its path is {below}"));
        }
        for (sent, expected) in sent.iter().zip(path) {
            let expected = match expected.strip_prefix('{') {
                Some(name) => text(&given[name.trim_end_matches('}')]),
                None => expected.to_owned(),
            };
            if decoded(sent) != expected {
                return Err(format!("its path has `{sent}` for `{expected}`"));
            }
        }
        judge_query(entry, query, given)?;
        match (entry.get("requestBody"), &shown["body"]) {
            (None, Value::Null) => Ok(()),
            (None, _) => Err("it has a body".to_owned()),
            (Some(body), Value::Null) if body["required"] == true => Err("it has no body".to_owned()),
            (Some(_), Value::Null) => Ok(()),
            (Some(body), sent) => {
                let (_, media) =
                    body["content"].as_object().and_then(|content| content.iter().next()).ok_or("no media")?;
                self.judge_value("body", sent, &media["schema"])
            }
        }
    }

    fn judge_value(&self, place: &str, sent: &Value, schema: &Value) -> Result<(), String> {
        let schema = match schema["$ref"].as_str() {
            Some(pointer) => self.file.pointer(pointer.trim_start_matches('#')).ok_or("a type that is not there")?,
            None => schema,
        };
        if sent.is_null() {
            return Ok(());
        }
        let fits = match schema["type"].as_str() {
            Some("string") => sent.is_string(),
            Some("integer") => sent.is_i64() || sent.is_u64(),
            Some("number") => sent.is_number(),
            Some("boolean") => sent.is_boolean(),
            Some("array") => sent.is_array(),
            Some("object") => sent.is_object(),
            _ => true,
        };
        if !fits {
            return Err(format!("`{place}` is {sent}"));
        }
        for (at, element) in sent.as_array().into_iter().flatten().enumerate() {
            self.judge_value(&format!("{place}.{at}"), element, &schema["items"])?;
        }
        let properties = schema["properties"].as_object();
        for (key, member) in sent.as_object().into_iter().flatten() {
            let place = format!("{place}.{key}");
            match properties.map(|properties| properties.get(key)) {
                // Some bodies are called read-only as a whole.
                Some(Some(property)) if property["readOnly"] == true && !is_all_read_only(schema) => {
                    return Err(format!("`{place}` is read-only"));
                }
                Some(Some(property)) => self.judge_value(&place, member, property)?,
                Some(None) => return Err(format!("there is no `{place}`")),
                None => self.judge_value(&place, member, &schema["additionalProperties"])?,
            }
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let is_read_only = schema["properties"][required]["readOnly"] == true;
            // What would be endless is cut off in its depth.
            if sent.is_object() && sent.get(required).is_none() && !is_read_only {
                return Err(format!("`{place}.{required}` is missing"));
            }
        }
        Ok(())
    }
}

fn judge_query(entry: &Value, query: &str, given: &Value) -> Result<(), String> {
    let listed: Vec<&Value> =
        entry["parameters"].as_array().into_iter().flatten().filter(|known| known["in"] == "query").collect();
    let sent: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    for known in &listed {
        let name = known["name"].as_str().unwrap_or_default();
        let is_given = !given[name].is_null();
        let found = sent.iter().find(|(sent, _)| sent == name);
        match found {
            None if is_given || known["required"] == true => return Err(format!("`{name}` is not sent")),
            Some((_, value)) if *value != text(&given[name]) => return Err(format!("`{name}` is sent as {value}")),
            _ => {}
        }
    }
    match sent.iter().find(|(name, _)| !listed.iter().any(|known| known["name"] == name.as_str())) {
        Some((name, _)) => Err(format!("there is no parameter `{name}`")),
        None => Ok(()),
    }
}

fn is_all_read_only(schema: &Value) -> bool {
    schema["properties"].as_object().unwrap().values().all(|property| property["readOnly"] == true)
}

/// A parameter as it must arrive.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) => elements.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Text without its escapes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if let (b'%', [high, low, tail @ ..]) = (first, tail) {
            let digits = [*high, *low];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            rest = tail;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}
