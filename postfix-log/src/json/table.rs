//! The members of the JSON as data, from which documentation and schemas are made.

use super::Member;
use crate::words::words;

/// All members that a [`json::Line`](super::Line) can have, in the order of the documentation.
///
/// A line has those members of its event that it has values for. Where a text is not UTF-8 and therefore
/// [escaped](crate::escape), one more member comes last: `lossy`, an array of the names of the members for which this
/// is so.
///
/// ```
/// use postfix_log::json::{MEMBERS, MemberType};
/// let delay = MEMBERS.iter().find(|member| member.name == "delay").expect("a member of deliveries");
/// assert_eq!((delay.value, delay.unit), (MemberType::Seconds, Some("seconds")));
/// assert!(delay.is_of("delivery") && !delay.is_of("removed"));
/// ```
pub static MEMBERS: &[MemberInfo] = &[
    row(
        "line",
        MemberType::Number,
        None,
        ANY,
        "The number of the line in its stream, counted from 1; for a message in several lines the number of the first.",
    ),
    row(
        "lines",
        MemberType::Number,
        None,
        ANY,
        "How many physical lines were joined to one message, if more than one.",
    ),
    row(
        "time",
        MemberType::Time,
        None,
        ANY,
        "When the line was logged, as RFC 3339, without an offset if the zone is not known. Absent if the year is not known.",
    ),
    row("host", MemberType::Text, None, ANY, "The host, as the logger spells it."),
    row(
        "instance",
        MemberType::Text,
        None,
        ANY,
        "The Postfix instance: the part of the tag before its first slash (`syslog_name`).",
    ),
    row(
        "service",
        MemberType::Text,
        None,
        ANY,
        "The middle part of the tag, such as `submission`; in `rate_limit`, `master` and `statistics` the service that the line is about, if it names one.",
    ),
    row("program", MemberType::Text, None, ANY, "The Postfix program: the last part of the tag."),
    row("pid", MemberType::Number, None, ANY, "The process id."),
    row(
        "severity",
        MemberType::Text,
        None,
        ANY,
        "The severity that Postfix wrote before its text: `warning`, `error`, `fatal` or `panic`.",
    ),
    row("queue_id", MemberType::Text, None, ANY, "The queue id before the text."),
    row(
        "repeat",
        MemberType::Number,
        None,
        ANY,
        "How many times the message was logged, if the line stands for repetitions.",
    ),
    row("truncated", MemberType::Flag, None, ANY, "The line was cut before its end."),
    row(
        "length",
        MemberType::Number,
        Some("bytes"),
        ANY,
        "The length of the message in the log, if not all of it was kept or the line was torn by a crash.",
    ),
    row(
        "ambiguous",
        MemberType::Flag,
        None,
        ANY,
        "The text can be read in more than one way, and nothing in the log decides between them.",
    ),
    row(
        "event",
        MemberType::Text,
        None,
        ANY,
        "The kind of the event, or `malformed` for a line without a header.",
    ),
    row("tag", MemberType::Text, None, &["foreign"], "The tag of another program."),
    row(
        "text",
        MemberType::Text,
        None,
        &[
            "malformed",
            "policy_action",
            "protocol_violation",
            "auth_failure",
            "hostname_mismatch",
            "tls_failure",
            "postscreen",
            "master",
            "diagnostic",
            "info",
            "trouble",
            "unrecognized",
            "foreign",
        ],
        "The text of the message, or the part of it that no other member has.",
    ),
    row("error", MemberType::Text, None, &["malformed"], "Why the line has no header."),
    row(
        "offset",
        MemberType::Number,
        Some("bytes"),
        &["malformed"],
        "The place of the error in the line.",
    ),
    row(
        "client_name",
        MemberType::Text,
        None,
        &[
            "connect",
            "disconnect",
            "queue_start",
            "policy_action",
            "session_abort",
            "protocol_violation",
            "auth_failure",
            "rate_limit",
            "hostname_mismatch",
        ],
        "The host name of the client, `unknown` if it has none.",
    ),
    row(
        "client_addr",
        MemberType::Text,
        None,
        &[
            "connect",
            "disconnect",
            "queue_start",
            "policy_action",
            "session_abort",
            "protocol_violation",
            "auth_failure",
            "rate_limit",
            "hostname_mismatch",
            "postscreen",
        ],
        "The network address of the client.",
    ),
    row(
        "client_port",
        MemberType::Number,
        None,
        &[
            "connect",
            "disconnect",
            "queue_start",
            "policy_action",
            "session_abort",
            "protocol_violation",
            "auth_failure",
            "rate_limit",
            "postscreen",
        ],
        "The TCP port of the client (`smtpd_client_port_logging`).",
    ),
    row(
        "server_addr",
        MemberType::Text,
        None,
        &["connect", "postscreen"],
        "The network address that was connected to.",
    ),
    row(
        "server_port",
        MemberType::Number,
        None,
        &["connect", "postscreen"],
        "The TCP port that was connected to.",
    ),
    row(
        "commands",
        MemberType::Commands,
        None,
        &["disconnect"],
        "The counters of the session: for each command how many were accepted (`ok`) and received (`total`).",
    ),
    row("notes", MemberType::Text, None, &["disconnect"], "What else stands after the counters."),
    row(
        "sasl_method",
        MemberType::Text,
        None,
        &["queue_start", "policy_action", "auth_failure"],
        "The SASL mechanism.",
    ),
    row(
        "sasl_username",
        MemberType::Text,
        None,
        &["queue_start", "policy_action", "auth_failure"],
        "The SASL login name.",
    ),
    row(
        "sasl_sender",
        MemberType::Text,
        None,
        &["queue_start", "policy_action"],
        "The sender that the client gave with `AUTH=` of `MAIL FROM`.",
    ),
    row(
        "orig_queue_id",
        MemberType::Text,
        None,
        &["queue_start"],
        "The queue id that the message had before a content filter (`XFORWARD`).",
    ),
    row(
        "orig_client_name",
        MemberType::Text,
        None,
        &["queue_start"],
        "The host name of the client before the content filter.",
    ),
    row(
        "orig_client_addr",
        MemberType::Text,
        None,
        &["queue_start"],
        "The network address of the client before the content filter.",
    ),
    row(
        "orig_client_port",
        MemberType::Number,
        None,
        &["queue_start"],
        "The TCP port of the client before the content filter.",
    ),
    row(
        "subject",
        MemberType::Text,
        None,
        &["trouble"],
        "What the trouble is about, such as a service, a table or a file, if the line names it.",
    ),
    row(
        "uid",
        MemberType::Number,
        None,
        &["queue_start"],
        "The user id of the local user who submitted the message with sendmail(1).",
    ),
    row(
        "orig_id",
        MemberType::Text,
        None,
        &["queue_start"],
        "The queue id that the message had before `postsuper -r`.",
    ),
    row(
        "message_id",
        MemberType::Text,
        None,
        &["message_id"],
        "The value of the Message-ID header, as it stands in the message.",
    ),
    row(
        "resent",
        MemberType::Flag,
        None,
        &["message_id"],
        "The value is that of a Resent-Message-ID header.",
    ),
    row(
        "from",
        MemberType::Text,
        None,
        &["queue_start", "queue_active", "expired", "policy_action"],
        "The envelope sender, empty for notifications.",
    ),
    row("size", MemberType::Number, Some("bytes"), &["queue_active"], "The size of the message."),
    row(
        "nrcpt",
        MemberType::Number,
        None,
        &["queue_active"],
        "How many recipients the queue file has. The number does not fall as they are delivered.",
    ),
    row(
        "queue",
        MemberType::Text,
        None,
        &["queue_active"],
        "The name of the queue, in practice always `active`.",
    ),
    row(
        "to",
        MemberType::Text,
        None,
        &["delivery", "policy_action"],
        "The recipient, after rewriting.",
    ),
    row(
        "orig_to",
        MemberType::Text,
        None,
        &["delivery"],
        "The recipient before alias expansion, if it was different.",
    ),
    row(
        "relay",
        MemberType::Text,
        None,
        &["delivery"],
        "The server or agent, as logged: `none` if there was no attempt.",
    ),
    row(
        "relay_name",
        MemberType::Text,
        None,
        &["delivery", "connect_failure"],
        "The host name of the server.",
    ),
    row(
        "relay_addr",
        MemberType::Text,
        None,
        &["delivery", "connect_failure"],
        "The network address of the server.",
    ),
    row(
        "relay_port",
        MemberType::Number,
        None,
        &["delivery", "connect_failure"],
        "The TCP port of the server.",
    ),
    row(
        "relay_path",
        MemberType::Text,
        None,
        &["delivery", "connect_failure"],
        "The UNIX-domain socket of the server.",
    ),
    row(
        "conn_use",
        MemberType::Number,
        None,
        &["delivery"],
        "How many deliveries were made over this connection, 2 or more.",
    ),
    row(
        "delay",
        MemberType::Seconds,
        Some("seconds"),
        &["delivery"],
        "The time from the arrival of the message to the end of this attempt.",
    ),
    row(
        "delays",
        MemberType::Delays,
        Some("seconds"),
        &["delivery"],
        "The four parts of the delay: before the queue manager, in the active queue, connecting, transmitting.",
    ),
    row("tls", MemberType::Text, None, &["delivery"], "The TLS summary of Postfix 3.11 and later."),
    row(
        "dsn",
        MemberType::Dsn,
        None,
        &["delivery", "policy_action"],
        "The enhanced status code (RFC 3463).",
    ),
    row(
        "status",
        MemberType::Text,
        None,
        &["delivery"],
        "The outcome, as logged: `sent`, `deferred`, `bounced` and others.",
    ),
    row(
        "reason",
        MemberType::Text,
        None,
        &["delivery", "session_abort", "connect_failure"],
        "Why it happened; for a delivery the text inside its last parentheses.",
    ),
    row(
        "reply_code",
        MemberType::Number,
        None,
        &["delivery"],
        "The SMTP code of the server's reply.",
    ),
    row(
        "reply_dsn",
        MemberType::Dsn,
        None,
        &["delivery"],
        "The enhanced status code of the server's reply.",
    ),
    row("reply_host", MemberType::Text, None, &["delivery"], "The server that replied."),
    row(
        "stage",
        MemberType::Text,
        None,
        &["delivery", "policy_action", "session_abort", "protocol_violation", "postscreen"],
        "The SMTP command or state in which it happened.",
    ),
    row(
        "queued_as",
        MemberType::Text,
        None,
        &["delivery"],
        "The queue id that the next server gave the message.",
    ),
    row(
        "class",
        MemberType::Text,
        None,
        &["delivery", "policy_action", "connect_failure"],
        "The class of the failure, a word of `Class`.",
    ),
    row(
        "rule",
        MemberType::Text,
        None,
        &["delivery", "policy_action"],
        "The rule that decided the class.",
    ),
    row(
        "suspended",
        MemberType::Flag,
        None,
        &["delivery"],
        "The queue manager repeated the reason of an earlier attempt.",
    ),
    row(
        "forced",
        MemberType::Flag,
        None,
        &["expired"],
        "The message was expired by `postsuper -e` or `-f`.",
    ),
    row(
        "why",
        MemberType::Text,
        None,
        &["removed"],
        "Why the queue file was removed: `canceled` or `discarded`. Absent if all recipients were handled.",
    ),
    row(
        "kind",
        MemberType::Text,
        None,
        &["notification", "postscreen", "master", "trouble"],
        "The kind of the event.",
    ),
    row("child", MemberType::Text, None, &["notification"], "The queue id of the notification."),
    row(
        "source",
        MemberType::Text,
        None,
        &["policy_action"],
        "The kind of check that decided: `access`, `milter`, `header` and others.",
    ),
    row(
        "action",
        MemberType::Text,
        None,
        &["policy_action", "queue_admin"],
        "What was done; for `policy_action` in Postfix's own word.",
    ),
    row("code", MemberType::Number, None, &["policy_action"], "The SMTP reply code."),
    row(
        "object",
        MemberType::Text,
        None,
        &["policy_action"],
        "What was refused: the text in the leading angle brackets, without them.",
    ),
    row(
        "note",
        MemberType::Text,
        None,
        &["policy_action"],
        "What a content check said about the text.",
    ),
    row("proto", MemberType::Text, None, &["policy_action"], "The protocol: `SMTP` or `ESMTP`."),
    row("helo", MemberType::Text, None, &["policy_action"], "The HELO name of the client."),
    row("dnsbl", MemberType::Text, None, &["policy_action"], "The DNS list that lists the client."),
    row(
        "outcome",
        MemberType::Text,
        None,
        &["policy_action"],
        "What became of the message or command.",
    ),
    row(
        "bytes",
        MemberType::Number,
        Some("bytes"),
        &["session_abort"],
        "How much of the message had been received.",
    ),
    row("limit", MemberType::Text, None, &["rate_limit"], "The limit that was exceeded."),
    row("limit", MemberType::Number, None, &["master"], "The process limit of the service."),
    row(
        "count",
        MemberType::Number,
        None,
        &["rate_limit", "postscreen", "queue_admin"],
        "The number that the line gives.",
    ),
    row(
        "role",
        MemberType::Text,
        None,
        &["tls_session", "tls_failure"],
        "Which side Postfix was: `client` or `server`.",
    ),
    row(
        "trust",
        MemberType::Text,
        None,
        &["tls_session"],
        "How much the peer is trusted: `Anonymous`, `Untrusted`, `Trusted` or `Verified`.",
    ),
    row("reused", MemberType::Flag, None, &["tls_session"], "The connection had been used before."),
    row(
        "peer_name",
        MemberType::Text,
        None,
        &["tls_session", "tls_failure"],
        "The host name of the peer.",
    ),
    row(
        "peer_addr",
        MemberType::Text,
        None,
        &["tls_session", "tls_failure"],
        "The network address of the peer.",
    ),
    row(
        "peer_port",
        MemberType::Number,
        None,
        &["tls_session", "tls_failure"],
        "The TCP port of the peer.",
    ),
    row(
        "peer_path",
        MemberType::Text,
        None,
        &["tls_session", "tls_failure"],
        "The UNIX-domain socket of the peer.",
    ),
    row("protocol", MemberType::Text, None, &["tls_session"], "The version of TLS."),
    row("cipher", MemberType::Text, None, &["tls_session"], "The name of the cipher."),
    row(
        "cipher_bits",
        MemberType::Number,
        Some("bits"),
        &["tls_session"],
        "The length of the key in use.",
    ),
    row(
        "cipher_algbits",
        MemberType::Number,
        Some("bits"),
        &["tls_session"],
        "The length of the key that the cipher allows.",
    ),
    row("key_exchange", MemberType::Text, None, &["tls_session"], "The key exchange of TLS 1.3."),
    row(
        "server_signature",
        MemberType::Text,
        None,
        &["tls_session"],
        "The signature algorithm of the server, with its key.",
    ),
    row(
        "server_digest",
        MemberType::Text,
        None,
        &["tls_session"],
        "The digest of the server's signature.",
    ),
    row(
        "client_signature",
        MemberType::Text,
        None,
        &["tls_session"],
        "The signature algorithm of the client, with its key.",
    ),
    row(
        "client_digest",
        MemberType::Text,
        None,
        &["tls_session"],
        "The digest of the client's signature.",
    ),
    row(
        "sni",
        MemberType::Text,
        None,
        &["tls_session"],
        "The server name that the client asked for.",
    ),
    row(
        "after",
        MemberType::Seconds,
        Some("seconds"),
        &["postscreen"],
        "How long after the start of the session it happened.",
    ),
    row("rank", MemberType::Signed, None, &["postscreen"], "The DNSBL score of the client."),
    row(
        "addr",
        MemberType::Text,
        None,
        &["dnsbl_hit", "statistics"],
        "The network address that the line is about.",
    ),
    row("zone", MemberType::Text, None, &["dnsbl_hit"], "The DNS list."),
    row(
        "result",
        MemberType::Text,
        None,
        &["dnsbl_hit"],
        "The address that the list answered with.",
    ),
    row("name", MemberType::Text, None, &["statistics"], "What was counted."),
    row("values", MemberType::Figures, None, &["statistics"], "The counters, by name."),
    row("at", MemberType::Text, None, &["statistics"], "When the maximum was reached, as logged."),
    row("map", MemberType::Text, None, &["statistics"], "The lookup table that was cleaned up."),
    row("version", MemberType::Text, None, &["master"], "The version of Postfix."),
    row("config", MemberType::Text, None, &["master"], "The configuration directory."),
    row("child_pid", MemberType::Number, None, &["master"], "The process id of the child."),
    row("exit_status", MemberType::Number, None, &["master"], "The exit status of the child."),
    row("signal", MemberType::Number, None, &["master"], "The signal that ended the child."),
    row("template", MemberType::Text, None, &["info"], "The name of the line's template."),
];

/// One row of [`MEMBERS`].
///
/// A name always has one type, with one exception: `limit` is text in `rate_limit` and a number in `master`, and so
/// has two rows.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct MemberInfo {
    /// The name of the member.
    pub name: &'static str,
    /// The type of its value.
    pub value: MemberType,
    /// The unit of a number, if it has one.
    pub unit: Option<&'static str>,
    /// The events that have the member, by the value of the member `event`. Empty for members that describe the
    /// line, which all events may have.
    pub events: &'static [&'static str],
    /// A description of one or two sentences.
    pub about: &'static str,
}

impl MemberInfo {
    /// True if lines of this event, given by the value of the member `event`, may have the member.
    #[must_use]
    pub fn is_of(&self, event: &str) -> bool {
        self.events.is_empty() || self.events.contains(&event)
    }
}

/// The type of a member's value.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MemberType {
    /// A string: text of the log, or a word of this crate.
    Text,
    /// An integer, 0 or more.
    Number,
    /// An integer.
    Signed,
    /// `true`; a flag that is not set is absent.
    Flag,
    /// A string: a time as RFC 3339 writes it, without an offset where the zone is not known.
    Time,
    /// A number of seconds, 0 or more, with at most six digits after the point.
    Seconds,
    /// An array of four numbers of seconds.
    Delays,
    /// A string: an enhanced status code, such as `4.7.1`.
    Dsn,
    /// An object: for each name an object of the integers `ok` and `total`.
    Commands,
    /// An object: for each name an integer.
    Figures,
}

words! { MemberType, "a type of members":
    Text => "text",
    Number => "number",
    Signed => "signed",
    Flag => "flag",
    Time => "time",
    Seconds => "seconds",
    Delays => "delays",
    Dsn => "dsn",
    Commands => "commands",
    Figures => "figures",
}

impl MemberType {
    /// The type in the words of JSON Schema: `string`, `integer`, `number`, `boolean`, `array` or `object`.
    #[must_use]
    pub const fn json_type(self) -> &'static str {
        match self {
            Self::Text | Self::Time | Self::Dsn => "string",
            Self::Number | Self::Signed => "integer",
            Self::Flag => "boolean",
            Self::Seconds => "number",
            Self::Delays => "array",
            Self::Commands | Self::Figures => "object",
        }
    }
}

impl Member<'_> {
    /// The type that the member has in [`MEMBERS`].
    #[must_use]
    pub const fn member_type(&self) -> MemberType {
        match self {
            Member::Text(_) | Member::Word(_) | Member::Error(_) => MemberType::Text,
            Member::Number(_) => MemberType::Number,
            Member::Signed(_) => MemberType::Signed,
            Member::True => MemberType::Flag,
            Member::Time(_) | Member::Stamp(_) => MemberType::Time,
            Member::Seconds(_) => MemberType::Seconds,
            Member::Delays(_) => MemberType::Delays,
            Member::Dsn(_) => MemberType::Dsn,
            Member::Commands(_) => MemberType::Commands,
            Member::Figures(_) => MemberType::Figures,
        }
    }
}

const ANY: &[&str] = &[];

const fn row(
    name: &'static str,
    value: MemberType,
    unit: Option<&'static str>,
    events: &'static [&'static str],
    about: &'static str,
) -> MemberInfo {
    MemberInfo { name, value, unit, events, about }
}
