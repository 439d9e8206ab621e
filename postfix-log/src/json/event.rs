//! The members of each event.

use super::Member;
use crate::event::delivery::Delivery;
use crate::event::peer::{Client, PeerAddress, Relay};
use crate::event::policy::PolicyAction;
use crate::event::status::Status;
use crate::event::*;
use crate::queue_id::QueueId;

/// Whether the event has a `service` of its own.
pub(super) fn names_service(event: &Event<'_>) -> bool {
    match event {
        Event::RateLimit(_) => true,
        Event::Master(line) => line.service.is_some(),
        Event::Statistics(line) => line.service.is_some(),
        _ => false,
    }
}

pub(super) fn members<'a>(event: &Event<'a>, put: &mut impl FnMut(&'static str, Member<'a>)) {
    let mut put = Put(put);
    match event {
        Event::Connect(line) => put.client(Some(line.client)),
        Event::Disconnect(line) => {
            put.client(Some(line.client));
            if line.commands().next().is_some() {
                put.set("commands", Member::Commands(*line));
            }
            put.text("notes", line.notes());
        }
        Event::QueueStart(line) => put.queue_start(line),
        Event::MessageId(line) => {
            put.text("message_id", Some(line.value));
            put.flag("resent", line.resent);
        }
        Event::QueueActive(line) => {
            put.text("from", Some(line.from));
            put.number("size", Some(line.size));
            put.number("nrcpt", Some(line.nrcpt));
            put.text("queue", Some(line.queue));
        }
        Event::Delivery(line) => put.delivery(line),
        Event::Expired(line) => {
            put.text("from", Some(line.from));
            put.flag("forced", line.forced);
        }
        Event::Removed(line) => put.word("why", line.why.map(RemovedWhy::as_str)),
        Event::Notification(line) => {
            put.word("kind", Some(line.kind.as_str()));
            put.text("child", Some(line.child.as_bytes()));
        }
        Event::PolicyAction(line) => put.policy(line),
        Event::SessionAbort(line) => {
            put.word("reason", Some(line.reason.as_str()));
            put.text("stage", Some(line.stage));
            put.number("bytes", line.bytes);
            put.client(Some(line.client));
        }
        Event::ProtocolViolation(line) => {
            put.client(line.client);
            put.text("stage", line.stage);
            put.text("text", Some(line.text));
        }
        Event::AuthFailure(line) => {
            put.client(line.client);
            put.text("sasl_method", line.sasl_method);
            put.text("sasl_username", line.sasl_username);
            put.text("text", Some(line.text));
        }
        Event::RateLimit(line) => {
            put.client(Some(line.client));
            put.text("limit", Some(line.limit));
            put.number("count", line.count);
            put.text("service", Some(line.service));
        }
        Event::HostnameMismatch(line) => {
            put.client(Some(line.client));
            put.text("text", line.text);
        }
        Event::ConnectFailure(line) => {
            put.relay(&line.relay);
            put.text("reason", Some(line.reason));
            put.word("class", Some(line.classify().class().as_str()));
        }
        Event::TlsSession(line) => put.tls_session(line),
        Event::TlsFailure(line) => {
            put.word("role", line.role.map(TlsRole::as_str));
            put.peer(line.peer);
            put.text("text", Some(line.text));
        }
        Event::Postscreen(line) => put.postscreen(line),
        Event::DnsblHit(line) => {
            put.text("addr", Some(line.address.as_bytes()));
            put.text("zone", Some(line.zone));
            put.text("result", Some(line.result.as_bytes()));
        }
        Event::Statistics(line) => {
            put.text("name", Some(line.name));
            put.set("values", Member::Figures(*line));
            put.text("service", line.service);
            put.text("addr", line.address.map(PeerAddress::as_bytes));
            put.text("at", line.at);
            put.text("map", line.map);
        }
        Event::QueueAdmin(line) => {
            put.word("action", Some(line.action.as_str()));
            put.number("count", line.count);
        }
        Event::Master(line) => put.master(line),
        Event::Diagnostic(line) => put.text("text", Some(line.text)),
        Event::Info(line) => {
            put.word("template", Some(line.template));
            put.text("text", Some(line.text));
        }
        Event::Unrecognized(text) | Event::Foreign(text) => put.text("text", Some(text)),
    }
}

struct Put<'f, F>(&'f mut F);

impl<'a, F: FnMut(&'static str, Member<'a>)> Put<'_, F> {
    fn set(&mut self, name: &'static str, value: Member<'a>) {
        (self.0)(name, value);
    }

    fn text(&mut self, name: &'static str, text: Option<&'a [u8]>) {
        if let Some(text) = text {
            self.set(name, Member::Text(text));
        }
    }

    fn word(&mut self, name: &'static str, word: Option<&'static str>) {
        if let Some(word) = word {
            self.set(name, Member::Word(word));
        }
    }

    fn number(&mut self, name: &'static str, number: Option<u64>) {
        if let Some(number) = number {
            self.set(name, Member::Number(number));
        }
    }

    fn flag(&mut self, name: &'static str, flag: bool) {
        if flag {
            self.set(name, Member::True);
        }
    }

    fn client(&mut self, client: Option<Client<'a>>) {
        let Some(client) = client else { return };
        self.text("client_name", client.name);
        self.text("client_addr", Some(client.address.as_bytes()));
        self.number("client_port", client.port.map(u64::from));
    }

    fn relay(&mut self, relay: &Relay<'a>) {
        self.text("relay_name", relay.name);
        self.text("relay_addr", relay.address.map(PeerAddress::as_bytes));
        self.number("relay_port", relay.port.map(u64::from));
        self.text("relay_path", relay.path);
    }

    fn peer(&mut self, peer: Option<Relay<'a>>) {
        let Some(peer) = peer else { return };
        self.text("peer_name", peer.name);
        self.text("peer_addr", peer.address.map(PeerAddress::as_bytes));
        self.number("peer_port", peer.port.map(u64::from));
        self.text("peer_path", peer.path);
    }

    fn queue_start(&mut self, line: &QueueStart<'a>) {
        self.client(line.client);
        self.text("sasl_method", line.sasl_method);
        self.text("sasl_username", line.sasl_username);
        self.text("sasl_sender", line.sasl_sender);
        self.text("orig_queue_id", line.orig_queue_id);
        if let Some(client) = line.orig_client {
            self.text("orig_client_name", client.name);
            self.text("orig_client_addr", Some(client.address.as_bytes()));
            self.number("orig_client_port", client.port.map(u64::from));
        }
        self.number("uid", line.uid);
        self.text("from", line.from);
        self.text("orig_id", line.orig_id);
    }

    fn delivery(&mut self, line: &Delivery<'a>) {
        self.text("to", Some(line.to));
        self.text("orig_to", line.orig_to);
        self.text("relay", Some(line.relay.text));
        self.relay(&line.relay);
        self.number("conn_use", line.conn_use);
        self.set("delay", Member::Seconds(line.delay));
        if let Some(delays) = line.delays {
            self.set("delays", Member::Delays(delays.to_array()));
        }
        self.text("tls", line.tls);
        if let Some(dsn) = line.dsn {
            self.set("dsn", Member::Dsn(dsn));
        }
        self.text("status", Some(line.status.as_bytes()));
        self.text("reason", Some(line.reason));
        let shape = line.parse_reason();
        if let Some(reply) = shape.reply() {
            self.number("reply_code", reply.code.map(u64::from));
            if let Some(dsn) = reply.dsn {
                self.set("reply_dsn", Member::Dsn(dsn));
            }
        }
        self.text("reply_host", shape.reply_host());
        self.text("stage", shape.stage());
        self.text("queued_as", line.queued_as().map(QueueId::as_bytes));
        // A success has no cause.
        if !matches!(line.status, Status::Sent | Status::Deliverable) {
            let verdict = line.classify();
            self.word("class", Some(verdict.class().as_str()));
            self.word("rule", Some(verdict.rule()));
            self.flag("suspended", verdict.is_suspended());
        }
    }

    fn policy(&mut self, line: &PolicyAction<'a>) {
        self.word("source", Some(line.source.as_str()));
        self.text("action", Some(line.action));
        self.text("stage", line.stage);
        self.client(line.client);
        self.number("code", line.code.map(u64::from));
        if let Some(dsn) = line.dsn {
            self.set("dsn", Member::Dsn(dsn));
        }
        self.text("object", line.object);
        self.text("text", Some(line.text));
        self.text("note", line.note);
        self.text("from", line.from);
        self.text("to", line.to);
        self.text("proto", line.proto);
        self.text("helo", line.helo);
        self.text("sasl_method", line.sasl_method);
        self.text("sasl_username", line.sasl_username);
        self.text("sasl_sender", line.sasl_sender);
        self.text("dnsbl", line.dnsbl);
    }

    fn tls_session(&mut self, line: &TlsSession<'a>) {
        self.word("role", Some(line.role.as_str()));
        self.text("trust", Some(line.trust));
        self.flag("reused", line.reused);
        self.peer(Some(line.peer));
        self.text("protocol", Some(line.protocol));
        self.text("cipher", Some(line.cipher));
        self.number("cipher_bits", Some(line.cipher_bits));
        self.number("cipher_algbits", Some(line.cipher_algbits));
        self.text("key_exchange", line.key_exchange);
        self.text("server_signature", line.server_signature);
        self.text("server_digest", line.server_digest);
        self.text("client_signature", line.client_signature);
        self.text("client_digest", line.client_digest);
        self.text("sni", line.sni);
    }

    fn postscreen(&mut self, line: &Postscreen<'a>) {
        self.word("kind", Some(line.kind.as_str()));
        self.client(line.client);
        if let Some(server) = line.server {
            self.text("server_addr", Some(server.address.as_bytes()));
            self.number("server_port", server.port.map(u64::from));
        }
        self.number("count", line.count);
        if let Some(after) = line.after {
            self.set("after", Member::Seconds(after));
        }
        if let Some(rank) = line.rank {
            self.set("rank", Member::Signed(rank));
        }
        self.text("stage", line.stage);
        self.text("text", line.text);
    }

    fn master(&mut self, line: &Master<'a>) {
        self.word("kind", Some(line.kind.as_str()));
        self.text("version", line.version);
        self.text("config", line.config);
        self.number("child", line.child);
        self.number("exit_status", line.exit_status);
        self.number("signal", line.signal);
        self.text("service", line.service);
        self.number("limit", line.limit);
        self.text("text", Some(line.text));
    }
}
