//! The members of each event.

use super::Member;
use super::put::Put;
use crate::event::delivery::Delivery;
use crate::event::peer::PeerAddress;
use crate::event::policy::{PolicyAction, PolicyOutcome, PolicyVerb};
use crate::event::*;
use crate::queue_id::QueueId;
use crate::reason::classify::{Classifier, Verdict};

/// An event as named members.
trait Members<'a> {
    /// Gives each member that the event has, in order.
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>);

    /// Whether the event has a `service` of its own.
    fn names_service(&self) -> bool {
        false
    }
}

macro_rules! dispatch {
    (
        events { $($(#[$doc:meta])* $variant:ident($type:ty) $name:literal,)+ }
        texts { $($(#[$text_doc:meta])* $text:ident $text_name:literal,)+ }
    ) => {
        /// Gives each member that the event has, in order.
        pub(super) fn members<'a>(
            event: &Event<'a>,
            classifier: Classifier<'static>,
            verdict: Option<Verdict<'static>>,
            give: &mut impl FnMut(&'static str, Member<'a>),
        ) {
            let mut put = Put { give, classifier, verdict };
            match event {
                $(Event::$variant(line) => line.put(&mut put),)+
                $(Event::$text(text) => put.text("text", Some(text)),)+
            }
        }

        /// Whether the event has a `service` of its own.
        pub(super) fn names_service(event: &Event<'_>) -> bool {
            match event {
                $(Event::$variant(line) => line.names_service(),)+
                $(Event::$text(_) => false,)+
            }
        }
    };
}

each_event!(dispatch);

#[cfg(feature = "serde")]
macro_rules! serialize {
    (
        events { $($(#[$doc:meta])* $variant:ident($type:ty) $name:literal,)+ }
        texts { $($(#[$text_doc:meta])* $text:ident $text_name:literal,)+ }
    ) => {$(
        /// The members that the event gives to a [`json::Line`](crate::json::Line). Needs a format with names.
        impl<'a> serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                super::map::map(serializer, |put| {
                    let give = &mut |name, member| put(name, member);
                    self.put(&mut Put { give, classifier: Classifier::new(), verdict: None });
                })
            }
        }
    )+};
}

#[cfg(feature = "serde")]
each_event!(serialize);

impl<'a> Members<'a> for Connect<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        if self.outbound {
            put.server(self.client);
        } else {
            put.client(Some(self.client));
        }
    }
}

impl<'a> Members<'a> for Disconnect<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.client(Some(self.client));
        if self.commands().next().is_some() {
            put.set("commands", Member::Commands(*self));
        }
        put.text("notes", self.notes());
    }
}

impl<'a> Members<'a> for QueueStart<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.client(self.client);
        put.text("sasl_method", self.sasl_method);
        put.text("sasl_username", self.sasl_username);
        put.text("sasl_sender", self.sasl_sender);
        put.text("orig_queue_id", self.orig_queue_id);
        if let Some(client) = self.orig_client {
            put.text("orig_client_name", client.name);
            put.text("orig_client_addr", Some(client.address.as_bytes()));
            put.number("orig_client_port", client.port.map(u64::from));
        }
        put.number("uid", self.uid);
        put.text("from", self.from);
        put.text("orig_id", self.orig_id);
    }
}

impl<'a> Members<'a> for MessageId<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.text("message_id", Some(self.value));
        put.flag("resent", self.resent);
    }
}

impl<'a> Members<'a> for QueueActive<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.text("from", Some(self.from));
        put.number("size", Some(self.size));
        put.number("nrcpt", Some(self.nrcpt));
        put.text("queue", Some(self.queue));
    }
}

impl<'a> Members<'a> for Delivery<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.text("to", Some(self.to));
        put.text("orig_to", self.orig_to);
        put.text("relay", Some(self.relay.text));
        put.relay(&self.relay);
        put.number("conn_use", self.conn_use);
        put.set("delay", Member::Seconds(self.delay));
        if let Some(delays) = self.delays {
            put.set("delays", Member::Delays(delays.to_array()));
        }
        put.text("tls", self.tls);
        put.dsn("dsn", self.dsn);
        put.text("status", Some(self.status_word));
        put.text("reason", Some(self.reason));
        let shape = self.parse_reason();
        if let Some(reply) = shape.reply() {
            put.number("reply_code", reply.code.map(u64::from));
            put.dsn("reply_dsn", reply.dsn);
        }
        put.text("reply_host", shape.reply_host());
        put.text("stage", shape.stage());
        put.text("queued_as", self.queued_as().map(QueueId::as_bytes));
        // A success has no cause.
        if !self.status.is_success() {
            let classifier = put.classifier;
            let verdict = put.verdict.unwrap_or_else(|| classifier.classify_delivery(self));
            put.verdict(verdict);
            put.flag("suspended", verdict.is_suspended());
        }
    }
}

impl<'a> Members<'a> for Expired<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.text("from", Some(self.from));
        put.flag("forced", self.forced);
    }
}

impl<'a> Members<'a> for Removed {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("why", self.why.map(RemovedWhy::as_str));
    }
}

impl<'a> Members<'a> for Notification<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("kind", Some(self.kind.as_str()));
        put.text("child", Some(self.child.as_bytes()));
    }
}

impl<'a> Members<'a> for PolicyAction<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("source", Some(self.source.as_str()));
        put.text("action", Some(self.action));
        put.text("stage", self.stage);
        put.client(self.client);
        put.number("code", self.code.map(u64::from));
        put.dsn("dsn", self.dsn);
        put.text("object", self.object);
        put.text("text", Some(self.text));
        put.text("note", self.note);
        put.text("from", self.from);
        put.text("to", self.to);
        put.text("proto", self.proto);
        put.text("helo", self.helo);
        put.text("sasl_method", self.sasl_method);
        put.text("sasl_username", self.sasl_username);
        put.text("sasl_sender", self.sasl_sender);
        put.text("dnsbl", self.dnsbl);
        // What was accepted has no cause.
        let accepts = [PolicyVerb::Accept, PolicyVerb::Pass, PolicyVerb::Permit];
        if !self.verb().is_some_and(|verb| accepts.contains(&verb)) {
            put.verdict(put.classifier.classify_policy(self));
        }
        put.word("outcome", self.outcome().map(PolicyOutcome::as_str));
    }
}

impl<'a> Members<'a> for SessionAbort<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("reason", Some(self.reason.as_str()));
        put.text("stage", Some(self.stage));
        put.number("bytes", self.bytes);
        put.client(Some(self.client));
    }
}

impl<'a> Members<'a> for ProtocolViolation<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.client(self.client);
        put.text("stage", self.stage);
        put.text("text", Some(self.text));
    }
}

impl<'a> Members<'a> for AuthFailure<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.client(self.client);
        put.text("sasl_method", self.sasl_method);
        put.text("sasl_username", self.sasl_username);
        put.text("text", Some(self.text));
    }
}

impl<'a> Members<'a> for RateLimit<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.client(Some(self.client));
        put.text("limit", Some(self.limit));
        put.number("count", self.count);
        put.text("service", Some(self.service));
    }

    fn names_service(&self) -> bool {
        true
    }
}

impl<'a> Members<'a> for HostnameMismatch<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.client(Some(self.client));
        put.text("text", self.text);
    }
}

impl<'a> Members<'a> for ConnectFailure<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.relay(&self.relay);
        put.text("reason", Some(self.reason));
        let verdict = put.classifier.classify_connect_failure(self);
        put.word("class", Some(verdict.class().as_str()));
    }
}

impl<'a> Members<'a> for TlsSession<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("role", Some(self.role.as_str()));
        put.text("trust", self.trust);
        put.flag("reused", self.reused);
        put.peer(Some(self.peer));
        put.text("protocol", Some(self.protocol));
        put.text("cipher", Some(self.cipher));
        put.number("cipher_bits", Some(self.cipher_bits));
        put.number("cipher_algbits", Some(self.cipher_algbits));
        put.text("key_exchange", self.key_exchange);
        put.text("server_signature", self.server_signature);
        put.text("server_digest", self.server_digest);
        put.text("client_signature", self.client_signature);
        put.text("client_digest", self.client_digest);
        put.text("sni", self.sni);
    }
}

impl<'a> Members<'a> for TlsFailure<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("role", self.role.map(TlsRole::as_str));
        put.peer(self.peer);
        put.text("text", Some(self.text));
    }
}

impl<'a> Members<'a> for Postscreen<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("kind", Some(self.kind.as_str()));
        put.client(self.client);
        if let Some(server) = self.server {
            put.server(server);
        }
        put.number("count", self.count);
        if let Some(after) = self.after {
            put.set("after", Member::Seconds(after));
        }
        if let Some(rank) = self.rank {
            put.set("rank", Member::Signed(rank));
        }
        put.text("stage", self.stage);
        put.text("text", self.text);
    }
}

impl<'a> Members<'a> for DnsblHit<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.text("addr", Some(self.address.as_bytes()));
        put.text("zone", Some(self.zone));
        put.text("result", Some(self.result.as_bytes()));
    }
}

impl<'a> Members<'a> for Statistics<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.text("name", Some(self.name));
        put.set("values", Member::Figures(*self));
        put.text("service", self.service);
        put.text("addr", self.address.map(PeerAddress::as_bytes));
        put.text("at", self.at);
        put.text("map", self.map);
    }

    fn names_service(&self) -> bool {
        self.service.is_some()
    }
}

impl<'a> Members<'a> for QueueAdmin {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("action", Some(self.action.as_str()));
        put.number("count", self.count);
    }
}

impl<'a> Members<'a> for Master<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("kind", Some(self.kind.as_str()));
        put.text("version", self.version);
        put.text("config", self.config);
        put.number("child_pid", self.child_pid);
        put.number("exit_status", self.exit_status);
        put.number("signal", self.signal);
        put.text("service", self.service);
        put.number("limit", self.limit);
        put.text("text", Some(self.text));
    }

    fn names_service(&self) -> bool {
        self.service.is_some()
    }
}

impl<'a> Members<'a> for Trouble<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("kind", Some(self.kind.as_str()));
        put.text("subject", self.subject);
        put.text("text", Some(self.text));
    }
}

impl<'a> Members<'a> for Diagnostic<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.text("text", Some(self.text));
    }
}

impl<'a> Members<'a> for Info<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(&'static str, Member<'a>)>) {
        put.word("template", Some(self.template));
        put.text("text", Some(self.text));
    }
}
