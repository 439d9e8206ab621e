//! The names that the members of one line contain.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::{ADDRESSES, Anonymizer, HOSTS, NETWORKS, host, local, network};
use crate::json::{Object, Value};

/// The names found in the members of a line, to be replaced in its other texts.
pub(super) struct Names {
    pub(super) users: Vec<local::Known>,
    /// Hosts and domains of one label, which cannot otherwise be distinguished from a word.
    pub(super) hosts: Vec<local::Known>,
    pub(super) networks: Vec<IpAddr>,
    /// True if the text is what a client sent after `AUTH`.
    pub(super) login: bool,
}

impl Names {
    pub(super) const NONE: Self =
        Self { users: Vec::new(), hosts: Vec::new(), networks: Vec::new(), login: false };

    pub(super) fn of(anonymizer: &Anonymizer, entry: &Object) -> Self {
        let mut names = Self::NONE;
        let sample = [&b"protocol_violation"[..], b"postscreen"];
        names.login = entry.text("event").is_some_and(|event| sample.contains(&event))
            && entry.text("stage").is_some_and(|stage| stage.starts_with(b"AUTH"));
        for (name, value) in entry.members() {
            let Value::Text(text) = value else { continue };
            if ADDRESSES.contains(&name) {
                let at = text.iter().rposition(|&byte| byte == b'@');
                local::collect(at.and_then(|at| text.get(..at)).unwrap_or(text), &mut names.users);
            }
            if anonymizer.domains.is_some() && (ADDRESSES.contains(&name) || HOSTS.contains(&name))
            {
                let at = text.iter().rposition(|&byte| byte == b'@').map(|at| at.saturating_add(1));
                let host = at.or(HOSTS.contains(&name).then_some(0));
                let host = host.and_then(|at| text.get(at..)).unwrap_or_default();
                if host::is_host(host) && !host.contains(&b'.') {
                    local::collect(host, &mut names.hosts);
                }
            }
            if NETWORKS.contains(&name) && anonymizer.networks.is_some() {
                names.networks.extend(network::canonical(text));
            }
        }
        names.hosts.retain(|it| host::is_host(&it.name));
        // A name that contains another one is searched for first.
        names.users.sort_by_key(|it| core::cmp::Reverse(it.name.len()));
        names
    }
}
