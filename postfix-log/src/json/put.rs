//! Members that several events have, and values that may be absent.

use super::Member;
use super::key::{Key, key};
use crate::event::PeerAddress;
use crate::event::dsn::Dsn;
use crate::event::peer::{Client, Relay};
use crate::reason::classify::{Classifier, Verdict};

/// Where members go, and what classifies reasons.
pub(super) struct Put<'f, F> {
    pub(super) give: &'f mut F,
    pub(super) classifier: Classifier<'static>,
    /// The verdict on the reason of the event, if it is known.
    pub(super) verdict: Option<Verdict<'static>>,
}

impl<'a, F: FnMut(Key, Member<'a>)> Put<'_, F> {
    pub(super) fn set(&mut self, key: Key, value: Member<'a>) {
        (self.give)(key, value);
    }

    pub(super) fn text(&mut self, key: Key, text: Option<&'a [u8]>) {
        if let Some(text) = text {
            self.set(key, Member::Text(text));
        }
    }

    pub(super) fn word(&mut self, key: Key, word: Option<&'static str>) {
        if let Some(word) = word {
            self.set(key, Member::Word(word));
        }
    }

    pub(super) fn number(&mut self, key: Key, number: Option<u64>) {
        if let Some(number) = number {
            self.set(key, Member::Number(number));
        }
    }

    pub(super) fn flag(&mut self, key: Key, flag: bool) {
        if flag {
            self.set(key, Member::True);
        }
    }

    /// The class of a reason, and the row of the table that decided.
    pub(super) fn verdict(&mut self, verdict: Verdict<'static>) {
        self.word(key!("class"), Some(verdict.class().as_str()));
        self.word(key!("rule"), Some(verdict.rule()));
    }

    pub(super) fn dsn(&mut self, key: Key, dsn: Option<Dsn>) {
        if let Some(dsn) = dsn {
            self.set(key, Member::Dsn(dsn));
        }
    }

    pub(super) fn client(&mut self, client: Option<Client<'a>>) {
        let Some(client) = client else { return };
        self.text(key!("client_name"), client.name);
        self.text(key!("client_addr"), Some(client.address.as_bytes()));
        self.number(key!("client_port"), client.port.map(u64::from));
    }

    pub(super) fn server(&mut self, server: Client<'a>) {
        self.text(key!("server_addr"), Some(server.address.as_bytes()));
        self.number(key!("server_port"), server.port.map(u64::from));
    }

    pub(super) fn relay(&mut self, relay: &Relay<'a>) {
        self.text(key!("relay_name"), relay.name);
        self.text(key!("relay_addr"), relay.address.map(PeerAddress::as_bytes));
        self.number(key!("relay_port"), relay.port.map(u64::from));
        self.text(key!("relay_path"), relay.path);
    }

    pub(super) fn peer(&mut self, peer: Option<Relay<'a>>) {
        let Some(peer) = peer else { return };
        self.text(key!("peer_name"), peer.name);
        self.text(key!("peer_addr"), peer.address.map(PeerAddress::as_bytes));
        self.number(key!("peer_port"), peer.port.map(u64::from));
        self.text(key!("peer_path"), peer.path);
    }
}
