//! The members of each event.

use super::Member;
use super::key::{Key, key};
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
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>);

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
            give: &mut impl FnMut(Key, Member<'a>),
        ) {
            let mut put = Put { give, classifier, verdict };
            match event {
                $(Event::$variant(line) => line.put(&mut put),)+
                $(Event::$text(text) => put.text(key!("text"), Some(text)),)+
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
                    let give = &mut |key, member| put(key, member);
                    self.put(&mut Put { give, classifier: Classifier::new(), verdict: None });
                })
            }
        }
    )+};
}

#[cfg(feature = "serde")]
each_event!(serialize);

impl<'a> Members<'a> for Connect<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        if self.outbound {
            put.server(self.client);
        } else {
            put.client(Some(self.client));
        }
    }
}

impl<'a> Members<'a> for Disconnect<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.client(Some(self.client));
        if self.commands().next().is_some() {
            put.set(key!("commands"), Member::Commands(*self));
        }
        put.text(key!("notes"), self.notes());
    }
}

impl<'a> Members<'a> for QueueStart<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.client(self.client);
        put.text(key!("sasl_method"), self.sasl_method);
        put.text(key!("sasl_username"), self.sasl_username);
        put.text(key!("sasl_sender"), self.sasl_sender);
        put.text(key!("orig_queue_id"), self.orig_queue_id);
        if let Some(client) = self.orig_client {
            put.text(key!("orig_client_name"), client.name);
            put.text(key!("orig_client_addr"), Some(client.address.as_bytes()));
            put.number(key!("orig_client_port"), client.port.map(u64::from));
        }
        put.number(key!("uid"), self.uid);
        put.text(key!("from"), self.from);
        put.text(key!("orig_id"), self.orig_id);
    }
}

impl<'a> Members<'a> for MessageId<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.text(key!("message_id"), Some(self.value));
        put.flag(key!("resent"), self.resent);
    }
}

impl<'a> Members<'a> for QueueActive<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.text(key!("from"), Some(self.from));
        put.number(key!("size"), Some(self.size));
        put.number(key!("nrcpt"), Some(self.nrcpt));
        put.text(key!("queue"), Some(self.queue));
    }
}

impl<'a> Members<'a> for Delivery<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.text(key!("to"), Some(self.to));
        put.text(key!("orig_to"), self.orig_to);
        put.text(key!("relay"), Some(self.relay.text));
        put.relay(&self.relay);
        put.number(key!("conn_use"), self.conn_use);
        put.set(key!("delay"), Member::Seconds(self.delay));
        if let Some(delays) = self.delays {
            put.set(key!("delays"), Member::Delays(delays.to_array()));
        }
        put.text(key!("tls"), self.tls);
        put.dsn(key!("dsn"), self.dsn);
        put.text(key!("status"), Some(self.status_word));
        put.text(key!("reason"), Some(self.reason));
        let shape = self.parse_reason();
        if let Some(reply) = shape.reply() {
            put.number(key!("reply_code"), reply.code.map(u64::from));
            put.dsn(key!("reply_dsn"), reply.dsn);
        }
        put.text(key!("reply_host"), shape.reply_host());
        put.text(key!("stage"), shape.stage());
        put.text(key!("queued_as"), self.queued_as().map(QueueId::as_bytes));
        // A success has no cause.
        if !self.status.is_success() {
            let classifier = put.classifier;
            let verdict = put.verdict.unwrap_or_else(|| classifier.classify_delivery(self));
            put.verdict(verdict);
            put.flag(key!("suspended"), verdict.is_suspended());
        }
    }
}

impl<'a> Members<'a> for Expired<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.text(key!("from"), Some(self.from));
        put.flag(key!("forced"), self.forced);
    }
}

impl<'a> Members<'a> for Removed {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("why"), self.why.map(RemovedWhy::as_str));
    }
}

impl<'a> Members<'a> for Notification<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("kind"), Some(self.kind.as_str()));
        put.text(key!("child"), Some(self.child.as_bytes()));
    }
}

impl<'a> Members<'a> for PolicyAction<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("source"), Some(self.source.as_str()));
        put.text(key!("action"), Some(self.action));
        put.text(key!("stage"), self.stage);
        put.client(self.client);
        put.number(key!("code"), self.code.map(u64::from));
        put.dsn(key!("dsn"), self.dsn);
        put.text(key!("object"), self.object);
        put.text(key!("text"), Some(self.text));
        put.text(key!("note"), self.note);
        put.text(key!("from"), self.from);
        put.text(key!("to"), self.to);
        put.text(key!("proto"), self.proto);
        put.text(key!("helo"), self.helo);
        put.text(key!("sasl_method"), self.sasl_method);
        put.text(key!("sasl_username"), self.sasl_username);
        put.text(key!("sasl_sender"), self.sasl_sender);
        put.text(key!("dnsbl"), self.dnsbl);
        // What was accepted has no cause.
        let accepts = [PolicyVerb::Accept, PolicyVerb::Pass, PolicyVerb::Permit];
        if !self.verb().is_some_and(|verb| accepts.contains(&verb)) {
            put.verdict(put.classifier.classify_policy(self));
        }
        put.word(key!("outcome"), self.outcome().map(PolicyOutcome::as_str));
    }
}

impl<'a> Members<'a> for SessionAbort<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("reason"), Some(self.reason.as_str()));
        put.text(key!("stage"), Some(self.stage));
        put.number(key!("bytes"), self.bytes);
        put.client(Some(self.client));
    }
}

impl<'a> Members<'a> for ProtocolViolation<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.client(self.client);
        put.text(key!("stage"), self.stage);
        put.text(key!("text"), Some(self.text));
    }
}

impl<'a> Members<'a> for AuthFailure<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.client(self.client);
        put.text(key!("sasl_method"), self.sasl_method);
        put.text(key!("sasl_username"), self.sasl_username);
        put.text(key!("text"), Some(self.text));
    }
}

impl<'a> Members<'a> for RateLimit<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.client(Some(self.client));
        put.text(key!("limit"), Some(self.limit));
        put.number(key!("count"), self.count);
        put.text(key!("service"), Some(self.service));
    }

    fn names_service(&self) -> bool {
        true
    }
}

impl<'a> Members<'a> for HostnameMismatch<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.client(Some(self.client));
        put.text(key!("text"), self.text);
    }
}

impl<'a> Members<'a> for ConnectFailure<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.relay(&self.relay);
        put.text(key!("reason"), Some(self.reason));
        let verdict = put.classifier.classify_connect_failure(self);
        put.word(key!("class"), Some(verdict.class().as_str()));
    }
}

impl<'a> Members<'a> for TlsSession<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("role"), Some(self.role.as_str()));
        put.text(key!("trust"), self.trust);
        put.flag(key!("reused"), self.reused);
        put.peer(Some(self.peer));
        put.text(key!("protocol"), Some(self.protocol));
        put.text(key!("cipher"), Some(self.cipher));
        put.number(key!("cipher_bits"), Some(self.cipher_bits));
        put.number(key!("cipher_algbits"), Some(self.cipher_algbits));
        put.text(key!("key_exchange"), self.key_exchange);
        put.text(key!("server_signature"), self.server_signature);
        put.text(key!("server_digest"), self.server_digest);
        put.text(key!("client_signature"), self.client_signature);
        put.text(key!("client_digest"), self.client_digest);
        put.text(key!("sni"), self.sni);
    }
}

impl<'a> Members<'a> for TlsFailure<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("role"), self.role.map(TlsRole::as_str));
        put.peer(self.peer);
        put.text(key!("text"), Some(self.text));
    }
}

impl<'a> Members<'a> for Postscreen<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("kind"), Some(self.kind.as_str()));
        put.client(self.client);
        if let Some(server) = self.server {
            put.server(server);
        }
        put.number(key!("count"), self.count);
        if let Some(after) = self.after {
            put.set(key!("after"), Member::Seconds(after));
        }
        if let Some(rank) = self.rank {
            put.set(key!("rank"), Member::Signed(rank));
        }
        put.text(key!("stage"), self.stage);
        put.text(key!("text"), self.text);
    }
}

impl<'a> Members<'a> for DnsblHit<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.text(key!("addr"), Some(self.address.as_bytes()));
        put.text(key!("zone"), Some(self.zone));
        put.text(key!("result"), Some(self.result.as_bytes()));
    }
}

impl<'a> Members<'a> for Statistics<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.text(key!("name"), Some(self.name));
        put.set(key!("values"), Member::Figures(*self));
        put.text(key!("service"), self.service);
        put.text(key!("addr"), self.address.map(PeerAddress::as_bytes));
        put.text(key!("at"), self.at);
        put.text(key!("map"), self.map);
    }

    fn names_service(&self) -> bool {
        self.service.is_some()
    }
}

impl<'a> Members<'a> for QueueAdmin {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("action"), Some(self.action.as_str()));
        put.number(key!("count"), self.count);
    }
}

impl<'a> Members<'a> for Master<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("kind"), Some(self.kind.as_str()));
        put.text(key!("version"), self.version);
        put.text(key!("config"), self.config);
        put.number(key!("child_pid"), self.child_pid);
        put.number(key!("exit_status"), self.exit_status);
        put.number(key!("signal"), self.signal);
        put.text(key!("service"), self.service);
        put.number(key!("limit"), self.limit);
        put.text(key!("text"), Some(self.text));
    }

    fn names_service(&self) -> bool {
        self.service.is_some()
    }
}

impl<'a> Members<'a> for Trouble<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("kind"), Some(self.kind.as_str()));
        put.text(key!("subject"), self.subject);
        put.text(key!("text"), Some(self.text));
    }
}

impl<'a> Members<'a> for Diagnostic<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.text(key!("text"), Some(self.text));
    }
}

impl<'a> Members<'a> for Info<'a> {
    fn put(&self, put: &mut Put<'_, impl FnMut(Key, Member<'a>)>) {
        put.word(key!("template"), Some(self.template));
        put.text(key!("text"), Some(self.text));
    }
}
