//! The client that a message came from, read from attributes by the queue manager's rules.

use core::net::IpAddr;

use crate::envelope::Envelope;

/// Attributes of which the last one counts. Of all others the first one counts (`qmgr_message.c`).
const LAST_COUNTS: [&[u8]; 8] = [
    b"encoding",
    b"envelope_id",
    b"log_client_address",
    b"log_client_name",
    b"log_client_port",
    b"log_helo_name",
    b"log_protocol_name",
    b"ret_flags",
];

/// The SMTP or QMQP client that a message came from, as Postfix logs it. A value may be `unknown` when Postfix looked for it
/// and did not find it. It is `None` when the file does not have it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Client<'a> {
    /// The verified host name.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::escape::serde::serialize_option")
    )]
    pub name: Option<&'a [u8]>,
    /// The network address as text. [`ip`](Self::ip) reads it.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::escape::serde::serialize_option")
    )]
    pub address: Option<&'a [u8]>,
    /// The TCP port of the client, as text.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::escape::serde::serialize_option")
    )]
    pub port: Option<&'a [u8]>,
    /// The argument of HELO or EHLO.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::escape::serde::serialize_option")
    )]
    pub helo: Option<&'a [u8]>,
    /// The protocol, such as `SMTP`, `ESMTP` or `QMQP`.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::escape::serde::serialize_option")
    )]
    pub protocol: Option<&'a [u8]>,
}

impl<'a> Client<'a> {
    /// The network address as a value. `None` when it is `unknown` or missing.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// let mail = Envelope::parse(include_bytes!("../../tests/data/sasl.qf"))?;
    /// let address = mail.client().and_then(|client| client.ip());
    /// assert_eq!(address, "203.0.113.1".parse().ok());
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        let text = core::str::from_utf8(self.address?).ok()?;
        let text = match text.split_at_checked(5) {
            Some((prefix, address)) if prefix.eq_ignore_ascii_case("IPv6:") => address,
            _ => text,
        };
        // The zone of a link-local address (`%eth0`) is no part of the value.
        text.split('%').next()?.parse().ok()
    }

    /// The member for the attribute `name`, from which `log_` was removed.
    fn member(&mut self, name: &[u8]) -> Option<&mut Option<&'a [u8]>> {
        match name {
            b"client_name" => Some(&mut self.name),
            b"client_address" => Some(&mut self.address),
            b"client_port" => Some(&mut self.port),
            b"helo_name" => Some(&mut self.helo),
            b"protocol_name" => Some(&mut self.protocol),
            _ => None,
        }
    }
}

/// The SASL authentication of the SMTP session that a message came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Sasl<'a> {
    /// The mechanism, such as `PLAIN`.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::escape::serde::serialize_option")
    )]
    pub method: Option<&'a [u8]>,
    /// The login name.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::escape::serde::serialize_option")
    )]
    pub username: Option<&'a [u8]>,
    /// The AUTH parameter of the MAIL FROM command.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::escape::serde::serialize_option")
    )]
    pub sender: Option<&'a [u8]>,
}

impl<'a> Envelope<'a> {
    /// The value of a named attribute. Where the file has it more than once, this is the value that the queue manager
    /// uses: the last one of `encoding`, `envelope_id`, `ret_flags` and the attributes of the client as it is logged, and
    /// the first one of all others (`qmgr_message.c`).
    ///
    /// Attributes that most files have, besides those of [`client`](Self::client) and [`sasl`](Self::sasl):
    ///
    /// | name | value |
    /// |---|---|
    /// | `rewrite_context` | how addresses without a domain are completed: `local` (also when it is absent) or `remote` |
    /// | `encoding` | the encoding of the body: `7bit` or `8bit` |
    /// | `log_ident` | the queue id under which the message was first seen; normally the name of the file |
    /// | `log_message_origin` | where the message came from, `name[address]` and perhaps `:port`; `local` for mail made by Postfix |
    /// | `message_id` | the value of the Message-ID header (Postfix 3.10 and later) |
    #[must_use]
    pub fn attribute(&self, name: &[u8]) -> Option<&'a [u8]> {
        let mut values = self.attributes().filter(|(other, _)| *other == name).map(|(_, v)| v);
        if LAST_COUNTS.contains(&name) { values.last() } else { values.next() }
    }

    /// The client as Postfix logs it: the one that an upstream server reported with XFORWARD, or else the client of the SMTP
    /// session. A value that the upstream server did not report is `None`; it is never taken from the session, whose client is
    /// the upstream server. `None` for mail that was submitted on this machine or made by Postfix itself.
    #[must_use]
    pub fn client(&self) -> Option<Client<'a>> {
        let (mut client, mut is_logged) = (Client::default(), false);
        for (name, value) in self.attributes() {
            let (name, logged) = match name.strip_prefix(b"log_") {
                Some(name) => (name, true),
                None => (name, false),
            };
            let Some(member) = client.member(name) else { continue };
            if logged {
                *member = Some(value);
                is_logged = true;
            } else if !is_logged {
                // After the first attribute of the logged client, those of the real one do not count (`qmgr_message.c`).
                member.get_or_insert(value);
            }
        }
        (client != Client::default()).then_some(client)
    }

    /// The SASL login of the client, if it authenticated.
    #[must_use]
    pub fn sasl(&self) -> Option<Sasl<'a>> {
        let sasl = Sasl {
            method: self.attribute(b"sasl_method"),
            username: self.attribute(b"sasl_username"),
            sender: self.attribute(b"sasl_sender"),
        };
        (sasl.method.is_some() || sasl.username.is_some() || sasl.sender.is_some()).then_some(sasl)
    }

    /// The flags that say why the message is traced: 256 for an address probe, 512 for `sendmail -bv`, 1024 for `sendmail -v`.
    /// Most mail has 0.
    #[must_use]
    pub fn trace_flags(&self) -> u32 {
        let flags = self.attributes().filter(|(name, _)| *name == b"trace_flags");
        let mut numbers = flags.map(|(_, value)| crate::cstring::leading(value));
        numbers
            .find(|&flags| flags != 0)
            .and_then(|flags| u32::try_from(flags).ok())
            .unwrap_or_default()
    }
}

#[cfg(feature = "alloc")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Encoder;

    /// A file with these attributes, in order.
    fn file(attributes: &[(&str, &str)]) -> Vec<u8> {
        let head = Encoder::new().size().time(1_700_000_000);
        let file = attributes.iter().fold(head, |file, (name, value)| file.attribute(name, value));
        file.from(b"a@b").rcpt(b"c@d").message().extracted().end()
    }

    #[test]
    fn origin_is_told_by_attributes() {
        let bytes = file(&[
            ("rewrite_context", "remote"),
            ("rewrite_context", "local"),
            ("encoding", "7bit"),
            ("encoding", "8bit"),
            ("log_ident", "3Pt2mN2VXxznjll"),
            ("message_origin", "upstream[192.0.2.1]"),
            ("log_message_origin", "mail.example[192.0.2.7]"),
            ("message_id", "<1@example>"),
            ("trace_flags", "0"),
            ("trace_flags", "512"),
            ("trace_flags", "1024"),
        ]);
        let mail = Envelope::parse(&bytes).unwrap();
        for (name, value) in [
            ("rewrite_context", "remote"), // the first counts
            ("encoding", "8bit"),          // the last counts
            ("log_ident", "3Pt2mN2VXxznjll"),
            ("log_message_origin", "mail.example[192.0.2.7]"),
            ("message_id", "<1@example>"),
        ] {
            assert_eq!(mail.attribute(name.as_bytes()), Some(value.as_bytes()), "{name}");
        }
        assert_eq!(mail.trace_flags(), 512, "the first that is not zero");
        assert_eq!((mail.client(), mail.sasl()), (None, None));
        let bytes = file(&[("trace_flags", "-1")]);
        assert_eq!(Envelope::parse(&bytes).unwrap().trace_flags(), 0);
    }

    #[test]
    fn a_logged_client_is_taken_whole() {
        let client = |attributes: &[(&str, &str)]| {
            let bytes = file(attributes);
            let text =
                |member: Option<&[u8]>| member.map(|b| String::from_utf8_lossy(b).into_owned());
            let mail = Envelope::parse(&bytes).unwrap();
            mail.client().map(|client| (text(client.name), text(client.helo), text(client.port)))
        };
        let some = |text: &str| Some(text.to_owned());
        let relay = [("client_name", "relay"), ("helo_name", "h.relay"), ("client_port", "25")];
        assert_eq!(client(&relay), Some((some("relay"), some("h.relay"), some("25"))));
        // Real attributes behind a logged one fill no gap, whichever was logged.
        for name in ["log_client_name", "log_helo_name", "log_client_port", "log_protocol_name"] {
            let logged = client(&[&[(name, "x")], &relay[..]].concat()).unwrap();
            let said = [logged.0, logged.1, logged.2];
            assert!(said.iter().flatten().all(|text| text == "x"), "{name}: {said:?}");
        }
        // What stands before it was taken already.
        let before = [&relay[1..2], &[("log_client_name", "x")], &relay[..]].concat();
        assert_eq!(client(&before), Some((some("x"), some("h.relay"), None)));
        let twice = [("log_client_name", "a"), ("log_client_name", "b"), ("helo_name", "c")];
        assert_eq!(client(&twice), Some((some("b"), None, None)), "the last logged one counts");
        let twice = [("client_name", "a"), ("client_name", "b")];
        assert_eq!(client(&twice), Some((some("a"), None, None)), "the first real one counts");
    }

    #[test]
    fn addresses_are_read_where_they_are_known() {
        for (text, expected) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("IPv6:2001:db8::1", Some("2001:db8::1")),
            ("ipv6:::1", Some("::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("unknown", None),
            ("", None),
            ("IPv6:", None),
            ("192.0.2", None),
        ] {
            let bytes = file(&[("client_address", text), ("client_name", "x")]);
            let client = Envelope::parse(&bytes).unwrap().client().unwrap();
            assert_eq!(client.ip(), expected.map(|text| text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_a_file_does_not_say_is_none() {
        let bytes = file(&[]);
        let mail = Envelope::parse(&bytes).unwrap();
        assert_eq!((mail.client(), mail.sasl(), mail.trace_flags()), (None, None, 0));
        assert_eq!((mail.attribute(b"encoding"), mail.attributes().count()), (None, 0));
    }

    #[test]
    fn any_part_of_a_client_or_login_makes_one() {
        for name in ["client_name", "log_client_port", "helo_name", "protocol_name"] {
            let bytes = file(&[(name, "x")]);
            assert!(Envelope::parse(&bytes).unwrap().client().is_some(), "{name}");
        }
        for name in ["sasl_method", "sasl_username", "sasl_sender"] {
            let bytes = file(&[(name, "x")]);
            let sasl = Envelope::parse(&bytes).unwrap().sasl().unwrap();
            let set = [sasl.method, sasl.username, sasl.sender].into_iter().flatten();
            assert_eq!(set.collect::<Vec<_>>(), [b"x"], "{name}");
        }
    }
}
