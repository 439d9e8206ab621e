//! Members that several events have, and values that may be absent.

use super::Member;
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

impl<'a, F: FnMut(&'static str, Member<'a>)> Put<'_, F> {
    pub(super) fn set(&mut self, name: &'static str, value: Member<'a>) {
        (self.give)(name, value);
    }

    pub(super) fn text(&mut self, name: &'static str, text: Option<&'a [u8]>) {
        if let Some(text) = text {
            self.set(name, Member::Text(text));
        }
    }

    pub(super) fn word(&mut self, name: &'static str, word: Option<&'static str>) {
        if let Some(word) = word {
            self.set(name, Member::Word(word));
        }
    }

    pub(super) fn number(&mut self, name: &'static str, number: Option<u64>) {
        if let Some(number) = number {
            self.set(name, Member::Number(number));
        }
    }

    pub(super) fn flag(&mut self, name: &'static str, flag: bool) {
        if flag {
            self.set(name, Member::True);
        }
    }

    /// The class of a reason, and the row of the table that decided.
    pub(super) fn verdict(&mut self, verdict: Verdict<'static>) {
        self.word("class", Some(verdict.class().as_str()));
        self.word("rule", Some(verdict.rule()));
    }

    pub(super) fn dsn(&mut self, name: &'static str, dsn: Option<Dsn>) {
        if let Some(dsn) = dsn {
            self.set(name, Member::Dsn(dsn));
        }
    }

    pub(super) fn client(&mut self, client: Option<Client<'a>>) {
        let Some(client) = client else { return };
        self.text("client_name", client.name);
        self.text("client_addr", Some(client.address.as_bytes()));
        self.number("client_port", client.port.map(u64::from));
    }

    pub(super) fn server(&mut self, server: Client<'a>) {
        self.text("server_addr", Some(server.address.as_bytes()));
        self.number("server_port", server.port.map(u64::from));
    }

    pub(super) fn relay(&mut self, relay: &Relay<'a>) {
        self.text("relay_name", relay.name);
        self.text("relay_addr", relay.address.map(PeerAddress::as_bytes));
        self.number("relay_port", relay.port.map(u64::from));
        self.text("relay_path", relay.path);
    }

    pub(super) fn peer(&mut self, peer: Option<Relay<'a>>) {
        let Some(peer) = peer else { return };
        self.text("peer_name", peer.name);
        self.text("peer_addr", peer.address.map(PeerAddress::as_bytes));
        self.number("peer_port", peer.port.map(u64::from));
        self.text("peer_path", peer.path);
    }
}
