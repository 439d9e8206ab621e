//! The head of a request (RFC 9112).

/// What is used of a request's head.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Head {
    /// The path without the query.
    pub(super) path: String,
    /// The answer is to have no body.
    pub(super) is_head: bool,
    /// All `Accept` fields as one.
    pub(super) accept: String,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    Malformed,
    Method,
    Version,
}

impl Head {
    /// Reads the lines before the empty one.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let text = str::from_utf8(bytes).map_err(|_| Refusal::Malformed)?;
        let mut lines = text.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let words = (words.next(), words.next(), words.next(), words.next());
        let (Some(method), Some(target), Some(version), None) = words else {
            return Err(Refusal::Malformed);
        };
        let target_is_text = target.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_token(method) || !target.starts_with('/') || !target_is_text {
            return Err(Refusal::Malformed);
        }
        match version.strip_prefix("HTTP/") {
            Some("1.0" | "1.1") => {}
            Some(_) => return Err(Refusal::Version),
            None => return Err(Refusal::Malformed),
        }
        if !matches!(method, "GET" | "HEAD") {
            return Err(Refusal::Method);
        }
        let mut accept = Vec::new();
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(Refusal::Malformed)?;
            if !is_token(name) {
                return Err(Refusal::Malformed);
            }
            if name.eq_ignore_ascii_case("accept") {
                accept.push(value);
            }
        }
        let path = target.split_once('?').map_or(target, |(path, _)| path).to_owned();
        Ok(Self { path, is_head: method == "HEAD", accept: accept.join(",") })
    }
}

fn is_token(text: &str) -> bool {
    let marks = b"!#$%&'*+-.^_`|~";
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    !text.is_empty() && text.bytes().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_what_is_wrong_with_them() {
        let parse = |text: &str| Head::parse(text.as_bytes());
        let text =
            "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nACCEPT: text/plain\r\naccept: */*\r\n\r\n";
        let accept = " text/plain, */*".to_owned();
        assert_eq!(parse(text), Ok(Head { path: "/metrics".into(), is_head: false, accept }));
        assert!(parse("HEAD / HTTP/1.0\r\n\r\n").is_ok_and(|head| head.is_head));
        for (text, why) in [
            ("", Refusal::Malformed),
            ("GET\r\n\r\n", Refusal::Malformed),
            ("GET /metrics\r\n\r\n", Refusal::Malformed),
            ("GET  / HTTP/1.1\r\n\r\n", Refusal::Malformed),
            ("GET / HTTP/1.1 x\r\n\r\n", Refusal::Malformed),
            ("GET http://a/ HTTP/1.1\r\n\r\n", Refusal::Malformed),
            ("G(T / HTTP/1.1\r\n\r\n", Refusal::Malformed),
            ("GET / HTTX/1.1\r\n\r\n", Refusal::Malformed),
            ("GET / HTTP/1.1\r\nno colon\r\n\r\n", Refusal::Malformed),
            ("GET / HTTP/1.1\r\nAccept : x\r\n\r\n", Refusal::Malformed),
            ("GET / HTTP/2.0\r\n\r\n", Refusal::Version),
            ("POST /metrics HTTP/1.1\r\n\r\n", Refusal::Method),
            ("get / HTTP/1.1\r\n\r\n", Refusal::Method),
        ] {
            assert_eq!(parse(text).err(), Some(why), "{text}");
        }
        assert_eq!(Head::parse(b"GET /\xff HTTP/1.1\r\n\r\n").err(), Some(Refusal::Malformed));
    }
}
