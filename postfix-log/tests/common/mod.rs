//! The members of an event as text, under the names of the `maillog` example's JSON.

use postfix_log::event::PolicyAction;
use postfix_log::reason::ReasonKind;
use postfix_log::{Client, Delay, Delivery, Event, Relay, Severity, Status};

/// Names and values, in the order of the documentation. Bytes outside ASCII are escaped.
#[derive(Default)]
pub(crate) struct Members(pub(crate) Vec<(&'static str, String)>);

impl Members {
    fn put(&mut self, name: &'static str, value: impl ToString) {
        self.0.push((name, value.to_string()));
    }

    fn text(&mut self, name: &'static str, value: &[u8]) {
        self.put(
            name,
            value
                .escape_ascii()
                .to_string()
                .replace("\\\"", "\"")
                .replace("\\'", "'")
                .replace("\\\\", "\\"),
        );
    }

    fn some(&mut self, name: &'static str, value: Option<&[u8]>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn number<T: ToString>(&mut self, name: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn flag(&mut self, name: &'static str, value: bool) {
        if value {
            self.put(name, "true");
        }
    }

    fn client(&mut self, client: Option<Client<'_>>) {
        if let Some(client) = client {
            self.some("client_name", client.name);
            self.text("client_addr", client.address.as_bytes());
            self.number("client_port", client.port);
        }
    }

    fn peer(&mut self, prefix: [&'static str; 4], peer: &Relay<'_>) {
        self.some(prefix[0], peer.name);
        self.some(prefix[1], peer.address.map(|addr| addr.as_bytes()));
        self.number(prefix[2], peer.port);
        self.some(prefix[3], peer.path);
    }
}

const RELAY: [&str; 4] = ["relay_name", "relay_addr", "relay_port", "relay_path"];
const PEER: [&str; 4] = ["peer_name", "peer_addr", "peer_port", "peer_path"];

/// All members of an event.
pub(crate) fn members(event: &Event<'_>) -> Members {
    let mut m = Members::default();
    match event {
        Event::Connect(e) if e.outbound => {
            m.text("server_addr", e.client.address.as_bytes());
            m.number("server_port", e.client.port);
        }
        Event::Connect(e) => m.client(Some(e.client)),
        Event::Disconnect(e) => {
            m.client(Some(e.client));
            let counts: Vec<_> = e
                .commands()
                .map(|c| format!("{}:{}/{}", c.name.escape_ascii(), c.ok, c.total))
                .collect();
            if !counts.is_empty() {
                m.put("commands", counts.join(" "));
            }
            m.some("notes", e.notes());
        }
        Event::QueueStart(e) => {
            m.client(e.client);
            m.some("sasl_method", e.sasl_method);
            m.some("sasl_username", e.sasl_username);
            m.some("sasl_sender", e.sasl_sender);
            m.some("orig_queue_id", e.orig_queue_id);
            if let Some(client) = e.orig_client {
                m.some("orig_client_name", client.name);
                m.text("orig_client_addr", client.address.as_bytes());
            }
            m.number("uid", e.uid);
            m.some("from", e.from);
            m.some("orig_id", e.orig_id);
        }
        Event::MessageId(e) => {
            m.text("message_id", e.value);
            m.flag("resent", e.resent);
        }
        Event::QueueActive(e) => {
            m.text("from", e.from);
            m.put("size", e.size);
            m.put("nrcpt", e.nrcpt);
            m.text("queue", e.queue);
        }
        Event::Delivery(e) => delivery(&mut m, e),
        Event::Expired(e) => {
            m.text("from", e.from);
            m.flag("forced", e.forced);
        }
        Event::Removed(e) => m.number("why", e.why.map(|why| why.as_str())),
        Event::Notification(e) => {
            m.put("kind", e.kind.as_str());
            m.put("child", e.child);
        }
        Event::PolicyAction(e) => policy(&mut m, e),
        Event::SessionAbort(e) => {
            m.put("reason", e.reason.as_str());
            m.text("stage", e.stage);
            m.number("bytes", e.bytes);
            m.client(Some(e.client));
        }
        Event::ProtocolViolation(e) => {
            m.client(e.client);
            m.some("stage", e.stage);
            m.text("text", e.text);
        }
        Event::AuthFailure(e) => {
            m.client(e.client);
            m.some("sasl_method", e.sasl_method);
            m.some("sasl_username", e.sasl_username);
            m.text("text", e.text);
        }
        Event::RateLimit(e) => {
            m.client(Some(e.client));
            m.text("limit", e.limit);
            m.number("count", e.count);
            m.text("service", e.service);
        }
        Event::HostnameMismatch(e) => {
            m.client(Some(e.client));
            m.some("text", e.text);
        }
        Event::ConnectFailure(e) => {
            m.peer(RELAY, &e.relay);
            m.text("reason", e.reason);
            m.put("class", e.classify().class());
        }
        Event::TlsSession(e) => {
            m.put("role", e.role.as_str());
            m.some("trust", e.trust);
            m.flag("reused", e.reused);
            m.peer(PEER, &e.peer);
            m.text("protocol", e.protocol);
            m.text("cipher", e.cipher);
            m.put("cipher_bits", e.cipher_bits);
            m.put("cipher_algbits", e.cipher_algbits);
            m.some("key_exchange", e.key_exchange);
            m.some("server_signature", e.server_signature);
            m.some("server_digest", e.server_digest);
            m.some("client_signature", e.client_signature);
            m.some("client_digest", e.client_digest);
            m.some("sni", e.sni);
        }
        Event::TlsFailure(e) => {
            m.number("role", e.role.map(|role| role.as_str()));
            if let Some(peer) = &e.peer {
                m.peer(PEER, peer);
            }
            m.text("text", e.text);
        }
        Event::Postscreen(e) => {
            m.put("kind", e.kind.as_str());
            m.client(e.client);
            if let Some(server) = e.server {
                m.text("server_addr", server.address.as_bytes());
                m.number("server_port", server.port);
            }
            m.number("count", e.count);
            m.number("after", e.after);
            m.number("rank", e.rank);
            m.some("stage", e.stage);
            m.some("text", e.text);
        }
        Event::DnsblHit(e) => {
            m.text("addr", e.address.as_bytes());
            m.text("zone", e.zone);
            m.text("result", e.result.as_bytes());
        }
        Event::Statistics(e) => {
            m.text("name", e.name);
            let values: Vec<_> =
                e.figures().map(|(name, value)| format!("{name}={value}")).collect();
            if !values.is_empty() {
                m.put("values", values.join(" "));
            }
            m.some("service", e.service);
            m.some("addr", e.address.map(|addr| addr.as_bytes()));
            m.some("at", e.at);
            m.some("map", e.map);
        }
        Event::QueueAdmin(e) => {
            m.put("action", e.action.as_str());
            m.number("count", e.count);
        }
        Event::Master(e) => {
            m.put("kind", e.kind.as_str());
            m.some("version", e.version);
            m.some("config", e.config);
            m.number("child_pid", e.child_pid);
            m.number("exit_status", e.exit_status);
            m.number("signal", e.signal);
            m.some("service", e.service);
            m.number("limit", e.limit);
            m.text("text", e.text);
        }
        Event::Trouble(e) => {
            m.put("kind", e.kind.as_str());
            m.some("subject", e.subject);
            m.text("text", e.text);
        }
        Event::Diagnostic(e) => m.text("text", e.text),
        Event::Info(e) => {
            m.put("template", e.template);
            m.text("text", e.text);
        }
        Event::Unrecognized(text) | Event::Foreign(text) => m.text("text", text),
        _ => m.put("event", "not known to this test"),
    }
    m.flag("ambiguous", event.is_ambiguous());
    m.flag("truncated", event.is_truncated());
    m
}

fn delivery(m: &mut Members, e: &Delivery<'_>) {
    m.text("to", e.to);
    m.some("orig_to", e.orig_to);
    m.text("relay", e.relay.text);
    m.peer(RELAY, &e.relay);
    m.number("conn_use", e.conn_use);
    m.put("delay", e.delay);
    m.number(
        "delays",
        e.delays.map(|delays| delays.to_array().map(|d: Delay| d.to_string()).join("/")),
    );
    m.some("tls", e.tls);
    m.number("dsn", e.dsn);
    m.text("status", e.status_word);
    m.text("reason", e.reason);
    m.number("reply_code", e.parse_reason().reply().and_then(|reply| reply.code));
    m.number("reply_dsn", e.parse_reason().reply().and_then(|reply| reply.dsn));
    m.some("reply_host", e.parse_reason().reply_host());
    if let ReasonKind::Reply(reply) = e.parse_reason().kind {
        m.text("reply_text", reply.text);
        m.flag("refused", reply.refused);
    }
    m.some("stage", e.parse_reason().stage());
    m.number("queued_as", e.queued_as());
    if !matches!(e.status, Status::Sent | Status::Deliverable) {
        let reason = e.classify();
        m.put("class", reason.class());
        m.put("rule", reason.rule());
    }
    m.flag("suspended", e.parse_reason().suspended);
}

fn policy(m: &mut Members, e: &PolicyAction<'_>) {
    m.put("source", e.source.as_str());
    m.text("action", e.action);
    m.some("stage", e.stage);
    m.client(e.client);
    m.number("code", e.code);
    m.number("dsn", e.dsn);
    m.some("object", e.object);
    m.text("text", e.text);
    m.some("note", e.note);
    m.some("from", e.from);
    m.some("to", e.to);
    m.some("proto", e.proto);
    m.some("helo", e.helo);
    m.some("sasl_method", e.sasl_method);
    m.some("sasl_username", e.sasl_username);
    m.some("sasl_sender", e.sasl_sender);
    m.some("dnsbl", e.dnsbl);
    m.number("queued_as", e.queued_as());
}

/// The severity's word.
pub(crate) fn severity(severity: Option<Severity>) -> Option<&'static str> {
    severity.map(Severity::as_str)
}
