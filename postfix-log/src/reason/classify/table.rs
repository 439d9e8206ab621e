//! The table of reasons.
//!
//! Order decides: shapes that Postfix itself writes, then providers, then phrases, then enhanced
//! status codes, then SMTP codes. Within the phrases the more telling stand first: `Greylisted` in a
//! text that also says `rejected` is greylisting.

use super::Class::{
    AdminExpired, AuthArc, AuthDkim, AuthDmarc, AuthOut, AuthSpf, Blocklist, ContentSpam, Disabled,
    Dns, Expired, Greylist, LocalConfig, LocalDisk, Loop, LostConnection, MailboxFull,
    MessageTooBig, Moved, NetRefused, NetReset, NetTimeout, NetUnreachable, PolicyOther, Protocol,
    RateLimit, RelayDenied, RemoteSystem, Reputation, ReverseDns, SenderDomain, Smtputf8, Tls,
    UnknownUser,
};
use super::rule::{ReasonKinds, Rule};

/// Raised with every change of a verdict.
pub const TABLE_VERSION: u32 = 1;

const LOCAL: ReasonKinds = ReasonKinds::LOCAL;
const NETWORK: ReasonKinds = ReasonKinds::NETWORK;
const REMOTE: ReasonKinds = ReasonKinds::REMOTE;
/// Shapes whose text somebody else wrote: servers, and local delivery commands.
const SPOKEN: ReasonKinds = ReasonKinds::REMOTE.or(ReasonKinds::LOCAL);

const GOOGLE: &[&str] = &["google.com", "googlemail.com"];
const MICROSOFT: &[&str] = &["outlook.com"];
const YAHOO: &[&str] = &["yahoodns.net", "yahoo.com", "aol.com"];
const APPLE: &[&str] = &["icloud.com", "me.com"];
const COMCAST: &[&str] = &["comcast.net"];
const GMX: &[&str] = &["gmx.net", "gmx.com", "web.de", "kundenserver.de"];
const T_ONLINE: &[&str] = &["t-online.de"];
const FRENCH: &[&str] =
    &["orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net", "smtp-in.orange.fr"];
const NETEASE: &[&str] = &["163.com", "126.com", "netease.com", "yeah.net"];
const QQ: &[&str] = &["qq.com"];
const RUSSIAN: &[&str] = &["mail.ru", "yandex.ru", "yandex.net"];
const MIMECAST: &[&str] = &["mimecast.com", "mimecast.co.za", "mimecast-offshore.com"];
const PROOFPOINT: &[&str] = &["pphosted.com", "ppe-hosted.com"];
const CLOUDMARK: &[&str] = &["cloudmark.com", "cloudfilter.net"];

const fn row(id: &'static str, class: super::Class) -> Rule<'static> {
    Rule::new(id, class)
}

/// The built-in rows, in the order in which they are tried.
pub static RULES: &[Rule<'static>] = &[
    // Postfix's own words.
    row("local.admin-expired", AdminExpired)
        .shapes(LOCAL)
        .phrases(&["message is administratively expired"]),
    row("local.loop", Loop).shapes(LOCAL).phrases(&[
        "too many hops",
        "mail forwarding loop",
        "alias database loop",
        "loops back to myself",
    ]),
    row("local.unknown-user", UnknownUser).shapes(LOCAL).phrases(&["unknown user:"]),
    row("local.moved", Moved).shapes(LOCAL).phrases(&["user has moved to "]),
    row("local.too-big", MessageTooBig).shapes(LOCAL).phrases(&[
        "exceeds size limit",
        "message file too big",
        "message too large",
    ]),
    row("local.smtputf8", Smtputf8).shapes(LOCAL).phrases(&["smtputf8"]),
    row("local.auth-out", AuthOut).shapes(LOCAL).phrases(&["sasl authentication failed"]),
    row("local.tls-unavailable", Tls).shapes(LOCAL).phrases(&["tls engine is unavailable"]),
    row("local.quota", MailboxFull).shapes(LOCAL).phrases(&[
        "disk quota exceeded",
        "quota exceeded",
        "mailbox full",
        "mailbox size limit exceeded",
        "mailfolder is full",
        "over quota",
    ]),
    row("local.disk-full", LocalDisk).shapes(LOCAL).phrases(&[
        "no space left on device",
        "insufficient system storage",
        "queue file write error",
    ]),
    row("local.too-old", Expired).shapes(LOCAL).phrases(&["delivery time expired"]),
    row("local.transport", LocalConfig).shapes(LOCAL).phrases(&[
        "mail transport unavailable",
        "unknown mail transport error",
        "service failure",
        "bad transport",
    ]),
    row("local.deferred-transport", LocalConfig).shapes(LOCAL).phrases(&["deferred transport"]),
    row("local.configuration", LocalConfig).shapes(LOCAL).phrases(&[
        "configuration error",
        "mail system configuration error",
        "server configuration problem",
        "local configuration error",
        "alias database unavailable",
        "user lookup error",
        "map lookup problem",
        "temporary lookup failure",
    ]),
    row("local.mailbox", LocalDisk).shapes(LOCAL).phrases(&[
        "cannot update mailbox",
        "delivery failed to mailbox",
        "create maildir file",
        "error writing message",
        "destination /",
    ]),
    row("command.user-unknown", UnknownUser).shapes(LOCAL).phrases(&["user unknown"]),
    // The network.
    row("net.timeout", NetTimeout).shapes(NETWORK).phrases(&[
        "timed out",
        "connection timed out",
        "operation timed out",
    ]),
    row("net.refused", NetRefused).shapes(NETWORK).phrases(&["connection refused"]),
    row("net.unreachable", NetUnreachable).shapes(NETWORK).phrases(&[
        "no route to host",
        "network is unreachable",
        "host is unreachable",
        "network is down",
        "host is down",
    ]),
    row("net.reset", NetReset)
        .shapes(NETWORK)
        .phrases(&["connection reset by peer", "broken pipe"]),
    row("net.lost", LostConnection).shapes(NETWORK).phrases(&["lost connection"]),
    row("net.local", LocalConfig).shapes(NETWORK).phrases(&[
        "no such file or directory",
        "permission denied",
        "cannot assign requested address",
        "address family not supported",
        "too many open files",
    ]),
    row("net.other", NetUnreachable).shapes(NETWORK),
    row("dns.any", Dns).shapes(ReasonKinds::DNS),
    row("tls.any", Tls).shapes(ReasonKinds::TLS),
    row("auth-out.refused", AuthOut).shapes(ReasonKinds::LOGIN),
    // Providers. They change their words; see the module's documentation.
    row("google.too-fast", RateLimit).shapes(REMOTE).hosts(GOOGLE).phrases(&[
        "receiving mail at a rate",
        "receiving mail too quickly",
        "unusual rate",
        "daily user sending limit",
        "daily smtp relay limit",
    ]),
    row("google.flood", RateLimit).shapes(REMOTE).hosts(GOOGLE).status(&[(0, 7, 28, 28)]),
    row("google.auth", AuthDmarc).shapes(REMOTE).hosts(GOOGLE).status(&[
        (0, 7, 26, 27),
        (0, 7, 30, 30),
        (0, 7, 32, 32),
    ]),
    row("google.reputation", Reputation).shapes(REMOTE).hosts(GOOGLE).phrases(&[
        "likely unsolicited",
        "low reputation",
        "very low reputation",
        "suspicious due to",
    ]),
    row("google.attachment", ContentSpam)
        .shapes(REMOTE)
        .hosts(GOOGLE)
        .codes(&[552])
        .status(&[(5, 7, 0, 0)]),
    row("google.system", RemoteSystem).shapes(REMOTE).hosts(GOOGLE).status(&[(4, 3, 0, 0)]),
    row("microsoft.throttled", Reputation)
        .shapes(REMOTE)
        .hosts(MICROSOFT)
        .status(&[(4, 7, 650, 651)]),
    row("microsoft.rate", RateLimit).shapes(REMOTE).hosts(MICROSOFT).status(&[(4, 7, 500, 699)]),
    row("microsoft.concurrent", RateLimit).shapes(REMOTE).hosts(MICROSOFT).status(&[(4, 3, 2, 2)]),
    row("microsoft.banned", Reputation)
        .shapes(REMOTE)
        .hosts(MICROSOFT)
        .status(&[(5, 7, 511, 511), (5, 7, 606, 649)]),
    row("microsoft.listed", Reputation)
        .shapes(REMOTE)
        .hosts(MICROSOFT)
        .phrases(&["s3140", "s3150"]),
    row("microsoft.edge", UnknownUser).shapes(REMOTE).hosts(MICROSOFT).status(&[(5, 4, 1, 1)]),
    row("microsoft.auth", AuthDmarc)
        .shapes(REMOTE)
        .hosts(MICROSOFT)
        .status(&[(5, 7, 509, 509), (5, 7, 515, 515)]),
    row("microsoft.relay", RelayDenied).shapes(REMOTE).hosts(MICROSOFT).status(&[(5, 7, 64, 64)]),
    row("microsoft.login", AuthOut).shapes(REMOTE).hosts(MICROSOFT).status(&[(5, 7, 57, 57)]),
    row("microsoft.policy", PolicyOther)
        .shapes(REMOTE)
        .hosts(MICROSOFT)
        .status(&[(5, 7, 520, 520)]),
    row("yahoo.deferred", Reputation).shapes(REMOTE).hosts(YAHOO).phrases(&["[tss", "[ts0"]),
    row("yahoo.listed", Blocklist).shapes(REMOTE).hosts(YAHOO).phrases(&["[bl"]),
    row("yahoo.unknown", UnknownUser).shapes(REMOTE).hosts(YAHOO).phrases(&[
        "dd user",
        "dd requested mail action",
        "dd this user",
        "this user doesn't have",
    ]),
    row("yahoo.auth", AuthDmarc).shapes(REMOTE).hosts(YAHOO).status(&[(5, 7, 9, 9)]),
    row("yahoo.resources", RemoteSystem).shapes(REMOTE).hosts(YAHOO).phrases(&["resources"]),
    row("apple.reputation", Reputation).shapes(REMOTE).hosts(APPLE).phrases(&["[ip"]),
    row("apple.rate", RateLimit)
        .shapes(REMOTE)
        .hosts(APPLE)
        .status(&[(4, 7, 0, 999)])
        .phrases(&["[hm"]),
    row("apple.content", ContentSpam).shapes(REMOTE).hosts(APPLE).phrases(&["[cs", "[hm"]),
    row("comcast.rate", RateLimit).shapes(REMOTE).hosts(COMCAST).phrases(&["rl0"]),
    row("comcast.listed", Blocklist).shapes(REMOTE).hosts(COMCAST).phrases(&["bl0"]),
    row("gmx.dns", Dns).shapes(REMOTE).hosts(GMX).phrases(&[
        "reject due to domain policy",
        "no mx record",
        "bad dns ptr",
    ]),
    row("gmx.refused", Reputation).shapes(REMOTE).hosts(GMX).phrases(&[
        "transaction failed",
        "ip address is black listed",
        "bad reputation",
    ]),
    row("t-online.site", Reputation).shapes(REMOTE).hosts(T_ONLINE).phrases(&["ip="]),
    row("french.slow-down", RateLimit).shapes(REMOTE).hosts(FRENCH).phrases(&[
        "too many connections, slow down",
        "ofr004",
        "ofr_104",
        "lpn007",
    ]),
    row("french.reputation", Reputation)
        .shapes(REMOTE)
        .hosts(FRENCH)
        .phrases(&["ofr_", "ofr0", "lpn"]),
    row("netease.content", ContentSpam)
        .shapes(REMOTE)
        .hosts(NETEASE)
        .phrases(&["dt:spm", "mi:spb"]),
    row("netease.reputation", Reputation)
        .shapes(REMOTE)
        .hosts(NETEASE)
        .phrases(&["hl:rep", "rp:ban"]),
    row("netease.rate", RateLimit).shapes(REMOTE).hosts(NETEASE).phrases(&["rp:", "ip:", "mi:"]),
    row("qq.rate", RateLimit)
        .shapes(REMOTE)
        .hosts(QQ)
        .phrases(&["frequency limited", "connection frequency limited"]),
    row("qq.content", ContentSpam).shapes(REMOTE).hosts(QQ).phrases(&["content denied"]),
    row("qq.unknown", UnknownUser).shapes(REMOTE).hosts(QQ).phrases(&["mailbox not found"]),
    row("russian.later", Greylist)
        .shapes(REMOTE)
        .hosts(RUSSIAN)
        .codes(&[450, 451])
        .phrases(&["try again later"]),
    row("russian.content", ContentSpam)
        .shapes(REMOTE)
        .hosts(RUSSIAN)
        .phrases(&["spam message rejected"]),
    row("mimecast.greylist", Greylist).shapes(REMOTE).hosts(MIMECAST).phrases(&[
        "greylisting",
        "internal resources temporarily unavailable",
        "internal resources are temporarily unavailable",
    ]),
    row("mimecast.policy", PolicyOther).shapes(REMOTE).hosts(MIMECAST).phrases(&[
        "envelope blocked",
        "local policy",
        "administrative prohibition",
    ]),
    row("proofpoint.throttled", RateLimit).shapes(REMOTE).hosts(PROOFPOINT).codes(&[421, 451]),
    row("proofpoint.blocked", Reputation).shapes(REMOTE).hosts(PROOFPOINT).phrases(&["blocked"]),
    row("cloudmark.reputation", Reputation)
        .shapes(REMOTE)
        .hosts(CLOUDMARK)
        .phrases(&["blocked", "csi"]),
    row("exchange.unknown", UnknownUser).shapes(REMOTE).phrases(&["resolver.adr"]),
    row("exchange.quota", MailboxFull)
        .shapes(REMOTE)
        .phrases(&["mapiexceptionshutoffquotaexceeded", "storedrv.deliver; mailbox full"]),
    row("cisco.reputation", Reputation).shapes(REMOTE).phrases(&["senderbase", "sbrs"]),
    row("cloudmark.csi", Reputation)
        .shapes(REMOTE)
        .phrases(&["(cloudmark)", "cloudmark sender intelligence"]),
    // Phrases, in replies and in the output of local delivery commands.
    row("phrase.sender-domain", SenderDomain).shapes(SPOKEN).phrases(&[
        "sender address rejected: domain not found",
        "sender address rejected: malformed dns server reply",
        "domain of sender address",
        "sender domain not found",
        "sender domain does not exist",
        "sender domain must exist",
        "sender domain must resolve",
        "sender verify failed",
        "unresolvable sender domain",
    ]),
    row("phrase.relay-denied", RelayDenied).shapes(SPOKEN).phrases(&[
        "relay access denied",
        "relaying denied",
        "relay denied",
        "relaying not allowed",
        "relay not permitted",
        "relaying is prohibited",
        "unable to relay",
        "not permitted to relay",
        "we do not relay",
        "not a relay",
    ]),
    row("phrase.dmarc", AuthDmarc).shapes(SPOKEN).phrases(&[
        "dmarc",
        "unauthenticated mail is",
        "unauthenticated email",
    ]),
    row("phrase.arc", AuthArc).shapes(SPOKEN).phrases(&[
        "arc validation",
        "arc failure",
        "arc seal",
    ]),
    row("phrase.spf", AuthSpf).shapes(SPOKEN).phrases(&["spf"]),
    row("phrase.dkim", AuthDkim).shapes(SPOKEN).phrases(&["dkim"]),
    row("phrase.reverse-dns", ReverseDns).shapes(SPOKEN).phrases(&[
        "cannot find your hostname",
        "cannot find your reverse hostname",
        "cannot find your",
        "reverse dns",
        "reverse hostname",
        "reverse lookup",
        "reverse mapping",
        "ptr record",
        "ptr",
        "rdns",
        "no reverse",
    ]),
    row("phrase.smtputf8", Smtputf8).shapes(SPOKEN).phrases(&["smtputf8"]),
    row("phrase.greylist", Greylist).shapes(SPOKEN).phrases(&[
        "greylist",
        "graylist",
        "grey-list",
        "gray-list",
        "grey list",
        "gray list",
        "postgrey",
        "come back later",
        "please come back",
        "try again in",
        "retry in",
        "please try later",
    ]),
    row("phrase.first-contact", Greylist)
        .shapes(REMOTE)
        .codes(&[450])
        .status(&[(4, 3, 2, 2)])
        .phrases(&["service currently unavailable"]),
    row("phrase.blocklist", Blocklist).shapes(SPOKEN).phrases(&[
        "blocked using",
        "blacklist",
        "black list",
        "black-list",
        "blocklist",
        "block list",
        "block-list",
        "denylist",
        "listed at",
        "listed by",
        "listed in",
        "listed on",
        "is listed",
        "rbl",
        "dnsbl",
        "spamhaus",
        "spamcop",
        "barracudacentral",
        "sorbs",
        "uceprotect",
        "zen.",
        "sbl.",
        "xbl.",
        "pbl.",
        "dbl.",
    ]),
    row("phrase.rate-limit", RateLimit).shapes(SPOKEN).phrases(&[
        "too many connections",
        "too many concurrent",
        "too many sessions",
        "too many messages",
        "too many recipients",
        "too many emails",
        "too many mails",
        "too many errors",
        "too much mail",
        "rate limit",
        "rate-limit",
        "ratelimit",
        "rate exceeded",
        "throttl",
        "exceeded the",
        "exceeded your",
        "slow down",
        "concurrent connection",
        "connection limit",
        "sending limit",
        "message limit",
        "limit exceeded for",
        "mail flood",
        "try again later, too",
    ]),
    row("phrase.service-limit", RateLimit)
        .shapes(REMOTE)
        .status(&[(4, 3, 2, 2)])
        .phrases(&["limit"]),
    row("phrase.mailbox-full", MailboxFull).shapes(SPOKEN).phrases(&[
        "quota",
        "over quota",
        "overquota",
        "mailbox full",
        "mailbox is full",
        "mail box full",
        "mailbox has exceeded",
        "mailbox size limit",
        "inbox is full",
        "storage limit",
        "out of storage",
        "not enough storage",
    ]),
    row("phrase.too-big", MessageTooBig).shapes(SPOKEN).phrases(&[
        "message size exceeds",
        "message exceeds",
        "size limit",
        "fixed limit",
        "too large",
        "too big",
        "maximum message size",
        "maximum allowed size",
    ]),
    row("phrase.reputation", Reputation).shapes(SPOKEN).phrases(&[
        "reputation",
        "banned",
        "ip address has been blocked",
        "your ip",
        "blocked for abuse",
    ]),
    row("phrase.content", ContentSpam).shapes(SPOKEN).phrases(&[
        "spam",
        "junk",
        "unsolicited",
        "content rejected",
        "content filter",
        "message content",
        "suspicious",
        "phish",
        "virus",
        "malware",
        "attachment",
        "infected",
        "blocked url",
        "bad url",
        "listed url",
    ]),
    row("phrase.auth-out", AuthOut).shapes(SPOKEN).phrases(&[
        "authentication required",
        "authentication is required",
        "must authenticate",
        "authenticate first",
        "must be authenticated",
        "not authenticated",
        "client was not authenticated",
        "authentication failed",
        "authentication credentials",
        "not logged in",
    ]),
    row("phrase.loop", Loop).shapes(SPOKEN).phrases(&[
        "too many hops",
        "loops back to",
        "mail loop",
        "mail forwarding loop",
        "routing loop",
        "loop detected",
        "hop count exceeded",
        "too many received",
    ]),
    row("phrase.moved", Moved).shapes(SPOKEN).phrases(&["has moved", "user has moved", "moved to"]),
    row("phrase.disabled", Disabled).shapes(SPOKEN).phrases(&[
        "account disabled",
        "account is disabled",
        "account has been disabled",
        "account that you tried to reach is disabled",
        "user disabled",
        "mailbox disabled",
        "mailbox is disabled",
        "mailbox inactive",
        "account inactive",
        "account is inactive",
        "account suspended",
        "account has been suspended",
        "is disabled",
        "inactive user",
        "inactive mailbox",
        "inactive account",
    ]),
    row("phrase.recipient-domain", Dns).shapes(SPOKEN).phrases(&[
        "recipient address rejected: domain not found",
        "recipient address rejected: malformed dns server reply",
        "name service error",
        "host not found",
        "domain not found",
        "does not accept mail (nullmx)",
        "null mx",
        "nullmx",
        "no mx record",
    ]),
    row("phrase.remote-configuration", RemoteSystem).shapes(REMOTE).phrases(&[
        "server configuration error",
        "server configuration problem",
        "temporary lookup",
    ]),
    row("phrase.recipient-policy", PolicyOther).shapes(SPOKEN).phrases(&[
        "recipient address rejected: access denied",
        "recipient address rejected: policy",
        "recipient address rejected: service unavailable",
        "recipient address rejected: try again later",
    ]),
    row("phrase.unknown-user", UnknownUser).shapes(SPOKEN).phrases(&[
        "user unknown",
        "unknown user",
        "no such user",
        "no such recipient",
        "no such mailbox",
        "no such address",
        "no such account",
        "no such person",
        "no mailbox",
        "no user",
        "user not found",
        "user does not exist",
        "user doesn't exist",
        "user doesn't have",
        "does not exist",
        "doesn't exist",
        "account does not exist",
        "mailbox unavailable",
        "mailbox not found",
        "mailbox does not exist",
        "mailbox unknown",
        "unknown mailbox",
        "unknown recipient",
        "unknown address",
        "unknown local part",
        "unknown or illegal alias",
        "unrouteable address",
        "unroutable address",
        "invalid recipient",
        "invalid mailbox",
        "invalid address",
        "invalid user",
        "recipient not found",
        "recipient unknown",
        "recipient invalid",
        "recipient rejected",
        "address unknown",
        "address not found",
        "bad destination mailbox",
        "bad recipient",
        "not our customer",
        "undeliverable address",
        "unverified address",
    ]),
    row("phrase.tls", Tls).shapes(SPOKEN).phrases(&[
        "starttls",
        "tls is required",
        "tls required",
        "requires tls",
        "requiretls",
        "certificate",
        "session encryption is required",
        "encryption required",
        "encrypted connection",
    ]),
    row("phrase.protocol", Protocol).shapes(SPOKEN).phrases(&[
        "pipelining",
        "bare lf",
        "bare <lf>",
        "bare newline",
        "line too long",
        "syntax error",
        "bad sequence",
        "command not recognized",
        "command not implemented",
        "command unrecognized",
        "command rejected: invalid",
        "command rejected: need",
        "unrecognized command",
        "need fully-qualified",
        "bad command",
        "invalid helo",
        "invalid ehlo",
        "multi-recipient bounce",
    ]),
    row("phrase.remote-system", RemoteSystem)
        .shapes(REMOTE)
        .codes(&[421, 431, 432, 441, 442, 450, 451, 452, 454])
        .phrases(&[
            "temporar",
            "system resources",
            "insufficient system",
            "insufficient resources",
            "resources",
            "internal error",
            "internal server error",
            "internal software error",
            "queue file",
            "out of memory",
            "maintenance",
            "local error",
            "local problem",
            "system error",
            "not available, try later",
            "service not available",
            "service unavailable, try",
            "server busy",
            "service busy",
            "system busy",
            "overload",
            "load too high",
            "no space left",
            "disk full",
        ]),
    row("phrase.policy", PolicyOther).shapes(SPOKEN).phrases(&[
        "policy",
        "policies",
        "administrative prohibition",
        "administratively prohibited",
        "not allowed",
        "not permitted",
        "prohibited",
        "access denied",
        "permission denied",
        "not authorized",
        "not accepted",
        "client host rejected",
        "is closed",
    ]),
    // Local delivery commands that said nothing more.
    row("command.failed", LocalConfig).shapes(LOCAL).phrases(&[
        "temporary failure",
        "command died with",
        "command time limit exceeded",
        "internal software error",
        "system resource problem",
        "critical operating system file missing",
        "can't create user output file",
        "input/output error",
        "permission denied",
        "service unavailable",
        "data format error",
        "remote protocol error",
        "command line usage error",
        "system error",
        "unable to create lock file",
    ]),
    row("command.host-unknown", Dns).shapes(LOCAL).phrases(&["host name unknown"]),
    // Enhanced status codes: the server's own, else that of the line.
    row("status.unknown-user", UnknownUser).shapes(SPOKEN).status(&[
        (0, 1, 1, 1),
        (5, 1, 10, 10),
        (5, 1, 3, 4),
    ]),
    row("status.recipient-domain", Dns).shapes(SPOKEN).status(&[(0, 1, 2, 2)]),
    row("status.moved", Moved).shapes(SPOKEN).status(&[(0, 1, 6, 6)]),
    row("status.sender-domain", SenderDomain).shapes(SPOKEN).status(&[(0, 1, 7, 8)]),
    row("status.disabled", Disabled).shapes(SPOKEN).status(&[(0, 2, 1, 1), (0, 7, 13, 13)]),
    row("status.mailbox-full", MailboxFull).shapes(SPOKEN).status(&[(0, 2, 2, 2)]),
    row("status.too-big", MessageTooBig).shapes(SPOKEN).status(&[
        (0, 2, 3, 3),
        (0, 3, 4, 4),
        (0, 7, 16, 16),
    ]),
    row("status.local-disk", LocalDisk).shapes(LOCAL).status(&[(0, 3, 1, 1)]),
    row("status.local-config", LocalConfig).shapes(LOCAL).status(&[
        (0, 3, 0, 0),
        (0, 3, 2, 3),
        (0, 3, 5, 5),
    ]),
    row("status.remote-system", RemoteSystem).shapes(REMOTE).status(&[
        (4, 3, 0, 3),
        (4, 3, 5, 5),
        (4, 4, 5, 5),
    ]),
    row("status.network", LostConnection).shapes(SPOKEN).status(&[(4, 4, 2, 2)]),
    row("status.no-answer", NetTimeout).shapes(SPOKEN).status(&[(4, 4, 1, 1)]),
    row("status.dns", Dns).shapes(SPOKEN).status(&[(0, 4, 3, 4)]),
    row("status.loop", Loop).shapes(SPOKEN).status(&[(0, 4, 6, 6), (5, 4, 0, 0)]),
    row("status.expired", Expired).shapes(SPOKEN).status(&[(0, 4, 7, 7)]),
    row("status.recipients", RateLimit).shapes(REMOTE).status(&[(4, 5, 3, 3)]),
    row("status.protocol", Protocol).shapes(SPOKEN).status(&[(0, 5, 0, 5)]),
    row("status.smtputf8", Smtputf8).shapes(SPOKEN).status(&[(0, 6, 7, 10)]),
    row("status.content", ContentSpam).shapes(SPOKEN).status(&[(5, 6, 0, 6)]),
    row("status.dkim", AuthDkim).shapes(SPOKEN).status(&[(0, 7, 20, 22)]),
    row("status.spf", AuthSpf).shapes(SPOKEN).status(&[(0, 7, 23, 24)]),
    row("status.reverse-dns", ReverseDns).shapes(SPOKEN).status(&[(0, 7, 25, 25)]),
    row("status.dmarc", AuthDmarc).shapes(SPOKEN).status(&[
        (0, 7, 26, 26),
        (0, 7, 509, 509),
        (0, 7, 515, 515),
    ]),
    row("status.null-mx", Dns).shapes(SPOKEN).status(&[(0, 7, 27, 27)]),
    row("status.flood", RateLimit).shapes(SPOKEN).status(&[(0, 7, 28, 28)]),
    row("status.arc", AuthArc).shapes(SPOKEN).status(&[(0, 7, 29, 29)]),
    row("status.tls", Tls).shapes(SPOKEN).status(&[(0, 7, 4, 7), (0, 7, 10, 11), (0, 7, 30, 30)]),
    row("status.login", AuthOut).shapes(REMOTE).status(&[(0, 7, 8, 9), (0, 7, 12, 12)]),
    row("status.login-first", AuthOut).shapes(REMOTE).codes(&[530]).status(&[(5, 7, 0, 0)]),
    row("status.slow-down", RateLimit).shapes(REMOTE).codes(&[421]).status(&[(4, 7, 0, 999)]),
    row("status.greylist", Greylist)
        .shapes(REMOTE)
        .codes(&[450, 451])
        .status(&[(4, 7, 0, 1), (4, 2, 0, 0)]),
    row("status.throttled", RateLimit)
        .shapes(REMOTE)
        .codes(&[450, 451, 452])
        .status(&[(4, 7, 0, 999)]),
    row("status.greeting", Reputation).shapes(ReasonKinds::GREETING).codes(&[554]),
    row("status.policy", PolicyOther).shapes(SPOKEN).status(&[(0, 7, 0, 999)]),
    row("status.disabled-mailbox", Disabled).shapes(SPOKEN).status(&[(5, 2, 0, 0)]),
    row("status.mailbox", UnknownUser).shapes(SPOKEN).status(&[(5, 1, 0, 0)]),
    // SMTP codes without a status.
    row("code.login", AuthOut).shapes(REMOTE).codes(&[530, 534, 535, 538]),
    row("code.protocol", Protocol).shapes(REMOTE).codes(&[500, 501, 502, 503, 504, 555]),
    row("code.tls", Tls).shapes(REMOTE).codes(&[454, 523]),
    row("code.dns", Dns).shapes(REMOTE).codes(&[521, 556]),
    row("code.moved", Moved).shapes(REMOTE).codes(&[551]),
    row("code.mailbox-full", MailboxFull).shapes(REMOTE).codes(&[552]),
    row("code.remote-system", RemoteSystem).shapes(REMOTE).codes(&[421, 431, 432, 450, 451, 452]),
    row("code.policy", PolicyOther).shapes(REMOTE).codes(&[550, 553, 554]),
];
