//! The table of reasons.
//!
//! The order matters: first the kinds of reasons that Postfix itself writes, then the codes of particular providers,
//! then phrases, then enhanced status codes, then SMTP codes. Among the phrases, the more specific come first:
//! `Greylisted` in a text that also says `rejected` is greylisting, and a faulty sender is not an unknown recipient.

use super::class::Class::{
    self, AdminExpired, AuthArc, AuthDkim, AuthDmarc, AuthOut, AuthSpf, Blocklist, ContentSpam,
    Disabled, Dns, Expired, Greylist, LocalConfig, LocalDisk, Loop, LostConnection, MailboxFull,
    MessageTooBig, Moved, NetRefused, NetReset, NetTimeout, NetUnreachable, PolicyOther, Protocol,
    RateLimit, RelayDenied, RemoteSystem, Reputation, ReverseDns, SenderDomain, Smtputf8, Tls,
    UnknownUser,
};
use super::kinds::ReasonKinds;
use super::rule::{Row, Rule};
use super::words;

const LOCAL: ReasonKinds = ReasonKinds::LOCAL;
const NETWORK: ReasonKinds = ReasonKinds::NETWORK;
const REMOTE: ReasonKinds = ReasonKinds::REMOTE;
/// Texts that Postfix itself did not write: those of servers, of local delivery commands, and of this site's own
/// policy.
const SPOKEN: ReasonKinds = ReasonKinds::REMOTE.or(ReasonKinds::LOCAL).or(ReasonKinds::CONTENT);

const GOOGLE: &[&str] = &["google.com", "googlemail.com", "gmail.com"];
const MICROSOFT: &[&str] = &["outlook.com", "hotmail.com", "office365.com", "live.com"];
const YAHOO: &[&str] = &["yahoodns.net", "yahoo.com", "aol.com"];
const APPLE: &[&str] = &["icloud.com", "me.com"];
const COMCAST: &[&str] = &["comcast.net"];
const GMX: &[&str] = &["gmx.net", "gmx.com", "web.de", "kundenserver.de"];
const T_ONLINE: &[&str] = &["t-online.de"];
const FRENCH: &[&str] = &["orange.fr", "wanadoo.fr", "laposte.net"];
const NETEASE: &[&str] = &["163.com", "126.com", "netease.com", "yeah.net"];
const RUSSIAN: &[&str] = &["mail.ru", "yandex.ru", "yandex.net"];
const MIMECAST: &[&str] = &["mimecast.com", "mimecast.co.za", "mimecast-offshore.com"];
const PROOFPOINT: &[&str] = &["pphosted.com", "ppe-hosted.com"];
const CLOUDMARK: &[&str] = &["cloudmark.com", "cloudfilter.net"];

const fn row(id: &'static str, class: Class) -> Row<'static> {
    Row::new(id, class)
}

/// The built-in rules, in the order in which they are tried.
#[rustfmt::skip]
pub static RULES: &[Rule<'static>] = &[
    // Postfix's own words.
    row("local.admin-expired", AdminExpired).kinds(LOCAL).phrases(&["message is administratively expired"]).rule(),
    row("local.loop", Loop).kinds(LOCAL).phrases(&["too many hops", "mail forwarding loop", "alias database loop", "mail for loops back to myself", "loops back to myself"]).rule(),
    row("local.unknown-user", UnknownUser).kinds(LOCAL).phrases(&["unknown user"]).rule(),
    row("local.moved", Moved).kinds(LOCAL).phrases(&["user has moved to"]).rule(),
    row("local.too-big", MessageTooBig).kinds(LOCAL).phrases(&["exceeds size limit", "message file too big", "message too large"]).rule(),
    row("local.smtputf8", Smtputf8).kinds(LOCAL).phrases(&["smtputf8"]).rule(),
    row("local.auth-out", AuthOut).kinds(LOCAL).phrases(&["sasl authentication failed", "sasl [cached authentication failed"]).rule(),
    row("local.tls-unavailable", Tls).kinds(LOCAL).phrases(&["tls engine is unavailable"]).rule(),
    row("local.protocol", Protocol).kinds(LOCAL).phrases(&["protocol error"]).rule(),
    row("local.quota", MailboxFull).kinds(LOCAL).phrases(words::MAILBOX_FULL).rule(),
    row("local.disk-full", LocalDisk).kinds(LOCAL).phrases(&["no space left on device", "insufficient system storage", "queue file write error"]).rule(),
    row("local.too-old", Expired).kinds(LOCAL).phrases(&["delivery time expired"]).rule(),
    row("local.transport", LocalConfig).kinds(LOCAL).phrases(&["mail transport unavailable", "unknown mail transport error", "bounce or trace service failure", "service failure", "bad transport"]).rule(),
    row("local.deferred-transport", LocalConfig).kinds(LOCAL).phrases(&["deferred transport"]).rule(),
    row("local.configuration", LocalConfig).kinds(LOCAL).phrases(&["configuration error", "mail system configuration error", "server configuration problem", "local configuration error", "alias database unavailable", "user lookup error", "map lookup problem", "temporary lookup failure", "local data error", "network address conversion failed"]).rule(),
    row("local.mailbox", LocalDisk).kinds(LOCAL).phrases(&["cannot update mailbox", "delivery failed to mailbox", "maildir delivery failed", "create maildir file", "error writing message"]).rule(),
    row("command.user-unknown", UnknownUser).kinds(LOCAL).phrases(&["user unknown"]).rule(),
    // The network.
    row("net.timeout", NetTimeout).kinds(NETWORK).phrases(&["timed out", "connection timed out", "operation timed out"]).rule(),
    row("net.refused", NetRefused).kinds(NETWORK).phrases(&["connection refused"]).rule(),
    row("net.unreachable", NetUnreachable).kinds(NETWORK).phrases(&["no route to host", "network is unreachable", "host is unreachable", "network is down", "host is down"]).rule(),
    row("net.reset", NetReset).kinds(NETWORK).phrases(&["connection reset by peer", "broken pipe"]).rule(),
    row("net.lost", LostConnection).kinds(NETWORK).phrases(&["lost connection", "server dropped connection"]).rule(),
    row("net.local", LocalConfig).kinds(NETWORK).phrases(&["no such file or directory", "permission denied", "cannot assign requested address", "address family not supported", "too many open files", "all network protocols are disabled"]).rule(),
    row("net.other", NetUnreachable).kinds(NETWORK).rule(),
    row("dns.any", Dns).kinds(ReasonKinds::DNS).rule(),
    row("tls.any", Tls).kinds(ReasonKinds::TLS).rule(),
    row("auth-out.refused", AuthOut).kinds(ReasonKinds::LOGIN).rule(),
    // Codes and fixed texts of particular providers.
    row("google.auth", AuthDmarc).kinds(REMOTE).hosts(GOOGLE).status(&[(0, 7, 26, 27), (0, 7, 30, 30), (0, 7, 32, 32)]).rule(),
    row("google.reverse-dns", ReverseDns).kinds(REMOTE).hosts(GOOGLE).status(&[(0, 7, 23, 23), (0, 7, 25, 25)]).rule(),
    row("google.tls", Tls).kinds(REMOTE).hosts(GOOGLE).status(&[(0, 7, 29, 29)]).rule(),
    row("google.flood", RateLimit).kinds(REMOTE).hosts(GOOGLE).status(&[(0, 7, 28, 28), (0, 4, 5, 5)]).rule(),
    row("google.too-fast", RateLimit).kinds(REMOTE).hosts(GOOGLE).phrases(&["receiving mail at a rate", "receiving mail too quickly", "unusual rate", "daily user sending", "daily smtp relay", "peak smtp relay"]).rule(),
    row("google.reputation", Reputation).kinds(REMOTE).hosts(GOOGLE).phrases(&["low reputation", "very low reputation", "likely unsolicited"]).rule(),
    row("google.format", Protocol).kinds(REMOTE).hosts(GOOGLE).phrases(&["rfc 5322 compliant"]).rule(),
    row("google.direct", PolicyOther).kinds(REMOTE).hosts(GOOGLE).phrases(&["not authorized to send email directly"]).rule(),
    row("google.attachment", ContentSpam).kinds(REMOTE).hosts(GOOGLE).codes(&[552]).status(&[(5, 7, 0, 0)]).rule(),
    row("google.system", RemoteSystem).kinds(REMOTE).hosts(GOOGLE).status(&[(4, 3, 0, 0)]).rule(),
    row("microsoft.reputation", Reputation).kinds(REMOTE).hosts(MICROSOFT).status(&[(4, 7, 650, 651), (5, 7, 511, 511), (5, 7, 606, 649), (5, 7, 700, 749)]).rule(),
    row("microsoft.next-hop", RemoteSystem).kinds(REMOTE).hosts(MICROSOFT).status(&[(4, 4, 316, 316)]).rule(),
    row("microsoft.rate", RateLimit).kinds(REMOTE).hosts(MICROSOFT).status(&[(4, 7, 500, 699), (5, 1, 90, 90), (5, 2, 121, 122)]).rule(),
    row("microsoft.listed", Blocklist).kinds(REMOTE).hosts(MICROSOFT).phrases(&["s3140", "as3140", "s3150", "as3150"]).rule(),
    row("microsoft.auth", AuthDmarc).kinds(REMOTE).hosts(MICROSOFT).status(&[(5, 7, 509, 509), (5, 7, 515, 515)]).rule(),
    row("microsoft.relay", RelayDenied).kinds(REMOTE).hosts(MICROSOFT).status(&[(5, 7, 64, 64)]).rule(),
    row("microsoft.login", AuthOut).kinds(REMOTE).hosts(MICROSOFT).status(&[(5, 7, 57, 57)]).rule(),
    row("microsoft.policy", PolicyOther).kinds(REMOTE).hosts(MICROSOFT).status(&[(5, 7, 520, 520), (4, 4, 4, 4)]).rule(),
    row("yahoo.listed", Blocklist).kinds(REMOTE).hosts(YAHOO).phrases(&["[bl"]).rule(),
    row("yahoo.deferred", Reputation).kinds(REMOTE).hosts(YAHOO).phrases(&["[tss", "[ts0", "temporarily deferred", "permanently deferred", "rtr ", "dyn "]).rule(),
    row("yahoo.auth", AuthDmarc).kinds(REMOTE).hosts(YAHOO).status(&[(5, 7, 9, 9)]).rule(),
    row("yahoo.resources", RemoteSystem).kinds(REMOTE).hosts(YAHOO).phrases(&["resources"]).rule(),
    row("apple.reputation", Reputation).kinds(REMOTE).hosts(APPLE).phrases(&["[ip"]).rule(),
    row("apple.rate", RateLimit).kinds(REMOTE).hosts(APPLE).status(&[(4, 7, 0, 999)]).phrases(&["[hm"]).rule(),
    row("apple.content", ContentSpam).kinds(REMOTE).hosts(APPLE).phrases(&["[cs", "[hm"]).rule(),
    row("comcast.rate", RateLimit).kinds(REMOTE).hosts(COMCAST).phrases(&["rl0"]).rule(),
    row("comcast.listed", Blocklist).kinds(REMOTE).hosts(COMCAST).phrases(&["bl0"]).rule(),
    row("gmx.sender", SenderDomain).kinds(REMOTE).hosts(GMX).phrases(&["invalid dns mx"]).rule(),
    row("gmx.domain-policy", AuthDmarc).kinds(REMOTE).hosts(GMX).phrases(&["reject due to domain policy"]).rule(),
    row("gmx.policy", PolicyOther).kinds(REMOTE).hosts(GMX).phrases(&["reject due to policy restrictions"]).rule(),
    row("french.rate", RateLimit).kinds(REMOTE).hosts(FRENCH).phrases(&["103 ", "104 ", "105 ", "109 ", "403 ", "413 ", "418 "]).rule(),
    row("french.listed", Blocklist).kinds(REMOTE).hosts(FRENCH).phrases(&["101 ", "102 ", "108 "]).rule(),
    row("french.spf", AuthSpf).kinds(REMOTE).hosts(FRENCH).phrases(&["401 "]).rule(),
    row("french.sender", SenderDomain).kinds(REMOTE).hosts(FRENCH).phrases(&["405 ", "406 "]).rule(),
    row("french.unknown-user", UnknownUser).kinds(REMOTE).hosts(FRENCH).phrases(&["402 ", "416 "]).rule(),
    row("french.full", MailboxFull).kinds(REMOTE).hosts(FRENCH).phrases(&["417 "]).rule(),
    row("french.archived", Disabled).kinds(REMOTE).hosts(FRENCH).phrases(&["420 "]).rule(),
    row("french.later", RemoteSystem).kinds(REMOTE).hosts(FRENCH).phrases(&["505 "]).rule(),
    row("french.content", ContentSpam).kinds(REMOTE).hosts(FRENCH).phrases(&["506 ", "999 "]).rule(),
    row("french.dmarc", AuthDmarc).kinds(REMOTE).hosts(FRENCH).phrases(&["515 ", "517 "]).rule(),
    row("netease.spf", AuthSpf).kinds(REMOTE).hosts(NETEASE).phrases(&["mi spf"]).rule(),
    row("netease.dmarc", AuthDmarc).kinds(REMOTE).hosts(NETEASE).phrases(&["mi dma"]).rule(),
    row("netease.content", ContentSpam).kinds(REMOTE).hosts(NETEASE).phrases(&["dt spm", "dt sum", "mi spb"]).rule(),
    row("netease.reputation", Reputation).kinds(REMOTE).hosts(NETEASE).phrases(&["hl rep", "hl ipb", "rp ban"]).rule(),
    row("netease.rate", RateLimit).kinds(REMOTE).hosts(NETEASE).phrases(&["hl ", "ip cel", "mi ", "rp "]).rule(),
    row("mimecast.greylist", Greylist).kinds(REMOTE).hosts(MIMECAST).phrases(&["internal resources temporarily unavailable", "internal resources are temporarily unavailable"]).rule(),
    row("mimecast.policy", PolicyOther).kinds(REMOTE).hosts(MIMECAST).phrases(&["envelope blocked", "local policy", "administrative prohibition"]).rule(),
    row("exchange.edge", UnknownUser).kinds(REMOTE).status(&[(5, 4, 1, 1)]).phrases(&["recipient address rejected access denied"]).rule(),
    // Phrases, in replies and in the output of local delivery commands.
    row("phrase.loop", Loop).kinds(SPOKEN).phrases(&["too many hops", "loops back to", "mail loop", "mail forwarding loop", "routing loop", "loop detected", "hop count exceeded", "maximum hop count", "too many received"]).rule(),
    row("phrase.smtputf8", Smtputf8).kinds(SPOKEN).phrases(&["smtputf8", "non ascii", "internationalized", "internationalised"]).rule(),
    row("phrase.greylist", Greylist).kinds(SPOKEN).phrases(&["greylist", "graylist", "grey list", "gray list", "greywall", "postgrey", "new sender triplet", "not yet authorized to deliver mail", "come back later", "please come back"]).rule(),
    row("phrase.helo", Protocol).kinds(SPOKEN).phrases(&["helo command rejected", "ehlo command rejected"]).also(&["host not found", "need fully qualified", "invalid", "malformed", "syntax"]).rule(),
    row("phrase.helo-policy", PolicyOther).kinds(SPOKEN).phrases(&["helo command rejected", "ehlo command rejected"]).rule(),
    row("phrase.sender-domain", SenderDomain).kinds(SPOKEN).phrases(words::SENDER).also(words::SENDER_FAULT).rule(),
    row("phrase.unknown-sender", SenderDomain).kinds(REMOTE).stages(&["MAIL"]).phrases(words::UNKNOWN_USER).rule(),
    row("phrase.not-local", Moved).kinds(REMOTE).codes(&[551]).phrases(&["user not local"]).rule(),
    row("phrase.relay-denied", RelayDenied).kinds(SPOKEN).phrases(words::RELAY).rule(),
    row("phrase.too-many", RateLimit).kinds(SPOKEN).phrases(words::TOO_MANY).rule(),
    row("phrase.queue-quota", RateLimit).kinds(SPOKEN).phrases(&["queue quota", "sending quota", "send quota", "daily quota", "message quota"]).rule(),
    row("phrase.unverified", RemoteSystem).kinds(SPOKEN).codes(&[421, 450, 451]).phrases(&["unverified address"]).rule(),
    row("phrase.unverified-for-good", UnknownUser).kinds(SPOKEN).phrases(&["unverified address"]).rule(),
    row("phrase.disabled", Disabled).kinds(SPOKEN).phrases(words::DISABLED).rule(),
    row("phrase.unknown-user", UnknownUser).kinds(SPOKEN).phrases(words::UNKNOWN_USER).rule(),
    row("phrase.mailbox-full", MailboxFull).kinds(SPOKEN).phrases(words::MAILBOX_FULL).rule(),
    row("phrase.too-big", MessageTooBig).kinds(SPOKEN).phrases(words::TOO_BIG).rule(),
    row("phrase.moved", Moved).kinds(SPOKEN).phrases(&["has moved", "was moved to", "been moved to", "no longer on server"]).rule(),
    row("phrase.rate-limit", RateLimit).kinds(SPOKEN).phrases(words::RATE).rule(),
    row("phrase.dmarc", AuthDmarc).kinds(SPOKEN).phrases(&["dmarc ", "unauthenticated mail", "unauthenticated email", "is unauthenticated", "sender authentication"]).rule(),
    row("phrase.arc", AuthArc).kinds(SPOKEN).phrases(&["arc validation", "arc failure", "arc fail", "arc seal", "arc set", "arc chain"]).rule(),
    row("phrase.spf", AuthSpf).kinds(SPOKEN).phrases(&["spf ", "sender policy framework"]).rule(),
    row("phrase.dkim", AuthDkim).kinds(SPOKEN).phrases(&["dkim ", "domain keys", "domainkeys"]).rule(),
    row("phrase.reverse-dns", ReverseDns).kinds(SPOKEN).phrases(&["cannot find your", "cannot resolve your", "cant resolve your", "could not resolve your", "reverse dns", "reverse hostname", "reverse host", "reverse lookup", "reverse mapping", "reverse name", "reverse record", "ptr ", "ptrs ", "rdns ", "r dns ", "fcrdns ", "fcr dns ", "no reverse", "ip name lookup failed", "generic hostname"]).rule(),
    row("phrase.blocklist", Blocklist).kinds(SPOKEN).phrases(words::BLOCKLIST).rule(),
    row("phrase.spam-before-content", Reputation).kinds(ReasonKinds::GREETING).phrases(&["spam", "junk", "unsolicited"]).rule(),
    row("phrase.spam-sender", Reputation).kinds(REMOTE).stages(&["CONNECT", "HELO", "EHLO", "MAIL"]).phrases(&["spam", "junk", "unsolicited"]).rule(),
    row("phrase.you-spam", Reputation).kinds(SPOKEN).phrases(&["sending spam", "sends spam", "sent spam", "spamming", "spammer", "spam source", "source of spam", "spam ip", "low reputation", "poor reputation", "bad reputation", "reputation service"]).rule(),
    row("phrase.banned-content", ContentSpam).kinds(SPOKEN).stages(&["DATA", "end of DATA", "END"]).phrases(&["banned"]).rule(),
    row("phrase.content", ContentSpam).kinds(SPOKEN).phrases(words::CONTENT).rule(),
    row("phrase.auth-out", AuthOut).kinds(SPOKEN).phrases(words::AUTH_OUT).rule(),
    row("phrase.reputation", Reputation).kinds(SPOKEN).phrases(words::REPUTATION).rule(),
    row("phrase.blocked-see", Blocklist).kinds(REMOTE).codes(&[550]).phrases(&["blocked see"]).rule(),
    row("phrase.recipient-domain", Dns).kinds(SPOKEN).phrases(&["recipient address rejected domain not found", "recipient address rejected malformed dns server reply", "name service error", "host not found", "domain not found", "domain does not exist", "domain unknown", "unknown domain", "does not accept mail nullmx", "null mx", "nullmx", "no mx record", "dns failure", "dns error", "dns lookup", "temporary dns"]).rule(),
    row("phrase.tls", Tls).kinds(SPOKEN).phrases(words::TLS).rule(),
    row("phrase.protocol", Protocol).kinds(SPOKEN).phrases(words::PROTOCOL).rule(),
    row("phrase.timeout", NetTimeout).kinds(REMOTE).codes(&[421]).phrases(&["timeout exceeded", "timed out", "timeout"]).rule(),
    row("phrase.expired", Expired).kinds(SPOKEN).phrases(&["delivery time expired", "message expired", "retry timeout exceeded"]).rule(),
    row("phrase.first-contact", Greylist).kinds(REMOTE).codes(&[450]).status(&[(4, 3, 2, 2)]).phrases(&["service currently unavailable"]).rule(),
    row("phrase.remote-system", RemoteSystem).kinds(REMOTE).codes(&[421, 431, 432, 441, 442, 450, 451, 452, 454]).phrases(words::TROUBLE).rule(),
    row("policy.trouble", RemoteSystem).kinds(ReasonKinds::POLICY).status(&[(4, 3, 0, 999), (4, 7, 1, 1)]).phrases(words::TROUBLE).rule(),
    row("sendmail.milter", RemoteSystem).kinds(REMOTE).codes(&[451]).status(&[(4, 7, 1, 1)]).phrases(&["please try again later"]).rule(),
    row("postscreen.busy", RemoteSystem).kinds(ReasonKinds::POLICY).phrases(&["all server ports busy", "all screening ports busy"]).rule(),
    row("phrase.try-in", Greylist).kinds(SPOKEN).phrases(&["try again in", "try again after", "retry in", "please try later"]).rule(),
    row("phrase.sender-policy", PolicyOther).kinds(SPOKEN).phrases(&["sender address rejected", "sender rejected"]).rule(),
    row("phrase.recipient", UnknownUser).kinds(SPOKEN).status(&[(5, 1, 1, 1)]).phrases(&["recipient address rejected"]).rule(),
    row("phrase.recipient-policy", PolicyOther).kinds(SPOKEN).phrases(&["recipient address rejected", "recipient rejected for policy", "address rejected for policy"]).rule(),
    row("phrase.mailbox", UnknownUser).kinds(SPOKEN).phrases(&["mailbox unavailable", "mailbox is unavailable", "invalid mailbox", "invalid address", "recipient rejected", "address rejected", "does not exist", "doesnt exist", "not exist", "not found", "no mailbox", "no user", "unknown or", "recipient refused"]).rule(),
    row("phrase.policy-reasons", PolicyOther).kinds(SPOKEN).phrases(&["policy reasons", "for policy", "by policy", "local policy", "policy violation", "policy rejection", "policy restriction"]).rule(),
    row("phrase.blocked", Reputation).kinds(SPOKEN).phrases(&["blocked", "connection refused", "connection rejected"]).rule(),
    row("phrase.spam", ContentSpam).kinds(SPOKEN).phrases(&["spam"]).rule(),
    row("phrase.quota", MailboxFull).kinds(SPOKEN).phrases(&["quota", "exceeded storage"]).rule(),
    row("phrase.inactive", Disabled).kinds(SPOKEN).phrases(&["inactive", "suspended", "frozen", "locked", "is disabled", "has been disabled", "has been closed", "deactivated", "terminated"]).rule(),
    row("phrase.policy", PolicyOther).kinds(SPOKEN).phrases(words::POLICY).rule(),
    // Local delivery commands that said nothing more.
    row("command.failed", LocalConfig).kinds(LOCAL).phrases(&["temporary failure", "command died with", "command time limit exceeded", "internal software error", "system resource problem", "critical operating system file missing", "cant create user output file", "input output error", "permission denied", "service unavailable", "data format error", "remote protocol error", "command line usage error", "system error", "unable to create lock file"]).rule(),
    row("command.host-unknown", Dns).kinds(LOCAL).phrases(&["host name unknown"]).rule(),
    // Providers whose texts say less than those above.
    row("gmx.refused", Reputation).kinds(REMOTE).hosts(GMX).phrases(&["transaction failed"]).rule(),
    row("t-online.site", Reputation).kinds(REMOTE).hosts(T_ONLINE).phrases(&["ip "]).rule(),
    row("proofpoint.throttled", RateLimit).kinds(ReasonKinds::GREETING).hosts(PROOFPOINT).codes(&[421, 451]).rule(),
    row("cloudmark.reputation", Reputation).kinds(REMOTE).hosts(CLOUDMARK).phrases(&["csi "]).rule(),
    row("cloudmark.csi", Reputation).kinds(REMOTE).phrases(&["cloudmark"]).rule(),
    row("russian.later", Greylist).kinds(REMOTE).hosts(RUSSIAN).codes(&[450, 451]).phrases(&["try again later"]).rule(),
    // A content check whose text matches nothing above.
    row("check.content", ContentSpam).kinds(ReasonKinds::CONTENT).rule(),
    // Enhanced status codes: the server's own, else that of the line.
    row("status.sender-domain", SenderDomain).kinds(SPOKEN).status(&[(0, 1, 7, 8)]).rule(),
    row("status.sender-address", SenderDomain).kinds(REMOTE).stages(&["MAIL"]).status(&[(0, 1, 0, 9)]).rule(),
    row("status.unknown-user", UnknownUser).kinds(SPOKEN).status(&[(0, 1, 1, 1), (5, 1, 10, 10), (5, 1, 3, 4)]).rule(),
    row("status.recipient-domain", Dns).kinds(SPOKEN).status(&[(0, 1, 2, 2)]).rule(),
    row("status.moved", Moved).kinds(SPOKEN).status(&[(0, 1, 6, 6)]).rule(),
    row("status.disabled", Disabled).kinds(SPOKEN).status(&[(0, 2, 1, 1), (0, 7, 13, 13)]).rule(),
    row("status.mailbox-full", MailboxFull).kinds(SPOKEN).status(&[(0, 2, 2, 2)]).rule(),
    row("status.too-big", MessageTooBig).kinds(SPOKEN).status(&[(0, 2, 3, 3), (0, 3, 4, 4), (0, 7, 16, 16)]).rule(),
    row("status.local-disk", LocalDisk).kinds(LOCAL).status(&[(0, 3, 1, 1)]).rule(),
    row("status.local-config", LocalConfig).kinds(LOCAL).status(&[(0, 3, 0, 0), (0, 3, 2, 3), (0, 3, 5, 5)]).rule(),
    row("status.remote-system", RemoteSystem).kinds(REMOTE).status(&[(4, 3, 0, 3), (4, 3, 5, 5), (4, 4, 5, 5)]).rule(),
    row("status.network", LostConnection).kinds(SPOKEN).status(&[(4, 4, 2, 2)]).rule(),
    row("status.no-answer", NetTimeout).kinds(SPOKEN).status(&[(4, 4, 1, 1)]).rule(),
    row("status.dns", Dns).kinds(SPOKEN).status(&[(0, 4, 3, 4)]).rule(),
    row("status.loop", Loop).kinds(SPOKEN).status(&[(0, 4, 6, 6), (5, 4, 0, 0)]).rule(),
    row("status.expired", Expired).kinds(SPOKEN).status(&[(0, 4, 7, 7)]).rule(),
    row("status.recipients", RateLimit).kinds(REMOTE).status(&[(4, 5, 3, 3)]).rule(),
    row("status.protocol", Protocol).kinds(SPOKEN).status(&[(0, 5, 0, 5)]).rule(),
    row("status.smtputf8", Smtputf8).kinds(SPOKEN).status(&[(0, 6, 7, 10)]).rule(),
    row("status.content", ContentSpam).kinds(SPOKEN).status(&[(5, 6, 0, 6)]).rule(),
    row("status.dkim", AuthDkim).kinds(SPOKEN).status(&[(0, 7, 20, 22)]).rule(),
    row("status.spf", AuthSpf).kinds(SPOKEN).status(&[(0, 7, 23, 24)]).rule(),
    row("status.reverse-dns", ReverseDns).kinds(SPOKEN).status(&[(0, 7, 25, 25)]).rule(),
    row("status.dmarc", AuthDmarc).kinds(SPOKEN).status(&[(0, 7, 26, 26), (0, 7, 509, 509), (0, 7, 515, 515)]).rule(),
    row("status.null-mx", SenderDomain).kinds(SPOKEN).status(&[(0, 7, 27, 27)]).rule(),
    row("status.flood", RateLimit).kinds(SPOKEN).status(&[(0, 7, 28, 28)]).rule(),
    row("status.arc", AuthArc).kinds(SPOKEN).status(&[(0, 7, 29, 29)]).rule(),
    row("status.tls", Tls).kinds(SPOKEN).status(&[(0, 7, 4, 7), (0, 7, 10, 11), (0, 7, 30, 30)]).rule(),
    row("status.login", AuthOut).kinds(REMOTE).status(&[(0, 7, 8, 9), (0, 7, 12, 12)]).rule(),
    row("status.login-first", AuthOut).kinds(REMOTE).codes(&[530]).status(&[(5, 7, 0, 0)]).rule(),
    row("status.slow-down", RateLimit).kinds(REMOTE).codes(&[421]).status(&[(4, 7, 0, 999)]).rule(),
    row("status.greylist", Greylist).kinds(REMOTE).codes(&[450, 451]).status(&[(4, 7, 0, 1), (4, 2, 0, 0)]).rule(),
    row("status.throttled", RateLimit).kinds(REMOTE).codes(&[450, 451, 452]).status(&[(4, 7, 0, 999)]).rule(),
    row("status.greeting", Reputation).kinds(ReasonKinds::GREETING).codes(&[554]).rule(),
    row("status.policy", PolicyOther).kinds(SPOKEN).status(&[(0, 7, 0, 999)]).rule(),
    row("status.disabled-mailbox", Disabled).kinds(SPOKEN).status(&[(5, 2, 0, 0)]).rule(),
    row("status.mailbox", UnknownUser).kinds(SPOKEN).status(&[(5, 1, 0, 0)]).rule(),
    // SMTP codes without a status.
    row("code.login", AuthOut).kinds(REMOTE).codes(&[530, 534, 535, 538]).rule(),
    row("code.protocol", Protocol).kinds(REMOTE).codes(&[500, 501, 502, 503, 504, 555]).rule(),
    row("code.tls", Tls).kinds(REMOTE).codes(&[454, 523]).rule(),
    row("code.dns", Dns).kinds(REMOTE).codes(&[521, 556]).rule(),
    row("code.moved", Moved).kinds(REMOTE).codes(&[551]).rule(),
    row("code.mailbox-full", MailboxFull).kinds(REMOTE).codes(&[552]).rule(),
    row("code.remote-system", RemoteSystem).kinds(REMOTE).codes(&[421, 431, 432, 450, 451, 452]).rule(),
    row("code.policy", PolicyOther).kinds(REMOTE).codes(&[550, 553, 554, 571]).rule(),
];
