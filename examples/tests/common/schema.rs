//! Checks values against our schemas. It knows the words of JSON Schema that they use and fails at any other, and it is
//! stricter than JSON Schema: a member that a schema does not name is an error. `.ci/contract.py` does the same with a
//! validator that knows all of JSON Schema.

use serde_json::{Map, Value};

/// All that is wrong with a value, each with its place.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check { root: schema, faults: Vec::new() };
    check.value(schema, value, "");
    check.faults
}

/// Words that say nothing about values.
const NOTES: &[&str] = &[
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
    "examples",
    "x-words",
    "x-unit",
    "x-events",
];

struct Check<'a> {
    root: &'a Value,
    faults: Vec<String>,
}

impl<'a> Check<'a> {
    fn value(&mut self, schema: &'a Value, value: &Value, at: &str) {
        let Some(words) = schema.as_object() else {
            return self.faults.push(format!("{at}: the schema is no object"));
        };
        for (word, rule) in words {
            let is_kept = match word.as_str() {
                "$ref" => self.reference(rule, value, at),
                "type" => is_type(rule, value),
                "enum" => rule.as_array().is_some_and(|words| words.contains(value)),
                "const" => rule == value,
                "minimum" => {
                    value.as_f64().is_none_or(|n| rule.as_f64().is_some_and(|least| n >= least))
                }
                "minItems" => {
                    value.as_array().is_none_or(|all| rule.as_u64() <= Some(all.len() as u64))
                }
                "maxItems" => {
                    value.as_array().is_none_or(|all| rule.as_u64() >= Some(all.len() as u64))
                }
                "pattern" => value.as_str().is_none_or(is_dsn),
                "anyOf" => rule.as_array().into_iter().flatten().any(|one| {
                    let mut check = Check { root: self.root, faults: Vec::new() };
                    check.value(one, value, at);
                    check.faults.is_empty()
                }),
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(rule, item, &format!("{at}/{n}"));
                    }
                    true
                }
                "required" => {
                    let names = rule.as_array().into_iter().flatten().filter_map(Value::as_str);
                    value.as_object().is_none_or(|members| {
                        names.into_iter().all(|name| members.contains_key(name))
                    })
                }
                "properties" | "additionalProperties" => true,
                _ => NOTES.contains(&word.as_str()),
            };
            if !is_kept {
                let value: String = value.to_string().chars().take(80).collect();
                self.faults.push(format!("{at}: {word} {rule:.80} is not kept by {value}"));
            }
        }
        if let Some(members) = value.as_object() {
            self.members(words, members, at);
        }
    }

    fn members(&mut self, words: &'a Map<String, Value>, members: &Map<String, Value>, at: &str) {
        let (named, others) = (words.get("properties"), words.get("additionalProperties"));
        if named.is_none() && others.is_none() {
            return;
        }
        for (name, value) in members {
            match named.and_then(|named| named.get(name)).or(others) {
                Some(schema) => self.value(schema, value, &format!("{at}/{name}")),
                None => self.faults.push(format!("{at}/{name}: not in the schema")),
            }
        }
    }

    fn reference(&mut self, rule: &Value, value: &Value, at: &str) -> bool {
        let pointer = rule.as_str().and_then(|rule| rule.strip_prefix('#'));
        let Some(schema) = pointer.and_then(|pointer| self.root.pointer(pointer)) else {
            return false;
        };
        self.value(schema, value, at);
        true
    }
}

fn is_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match rule {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => false,
    }
}

/// The one pattern that the schemas have: an enhanced status code.
fn is_dsn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_number = |part: &&str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    parts.len() == 3 && ["2", "4", "5"].contains(&parts[0]) && parts.iter().all(is_number)
}
