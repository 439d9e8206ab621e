//! Words that name mailboxes but also occur in any log.

/// Words that Postfix, its table of programs, or the replies of servers use. Sorted.
///
/// Such a word is left alone in the middle of a sentence: if it were replaced there, the sentence would reveal which
/// name the pseudonym stands for.
#[rustfmt::skip]
const WORDS: &[&[u8]] = &[
    b"abuse", b"access", b"account", b"accounts", b"action", b"active", b"address", b"admin", b"again",
    b"alias", b"aliases", b"all", b"allowed", b"already", b"also", b"amavis", b"an", b"and", b"any",
    b"are", b"as", b"at", b"attempt", b"auth", b"backup", b"bad", b"be", b"because", b"been", b"before",
    b"better", b"bin", b"blocked", b"bounce", b"bounced", b"bounces", b"bulk", b"but", b"by", b"called",
    b"cannot", b"change", b"check", b"cleanup", b"client", b"closed", b"code", b"come", b"command",
    b"configuration", b"connect", b"connection", b"contact", b"content", b"could", b"cyrus", b"daemon",
    b"data", b"database", b"day", b"days", b"deferred", b"delay", b"delayed", b"delete", b"delivered",
    b"delivery", b"denied", b"device", b"disabled", b"discard", b"disk", b"dkim", b"dns", b"does",
    b"domain", b"double-bounce", b"dovecot", b"down", b"during", b"empty", b"end", b"error", b"event",
    b"exceeded", b"exist", b"expired", b"failed", b"failure", b"fatal", b"file", b"filter", b"find",
    b"first", b"for", b"forward", b"found", b"free", b"from", b"full", b"get", b"go", b"gone", b"good",
    b"google", b"greylisted", b"greylisting", b"had", b"has", b"have", b"helo", b"help", b"here",
    b"host", b"hostmaster", b"hour", b"hours", b"http", b"https", b"id", b"if", b"in", b"inbox",
    b"info", b"invalid", b"invalid-user", b"is", b"it", b"key", b"large", b"last", b"later", b"limit",
    b"list", b"lists", b"lmtp", b"local", b"localhost", b"locked", b"long", b"look", b"lookup", b"loop",
    b"made", b"mail", b"mailbox", b"maildir", b"mailer", b"mailer-daemon", b"mailman", b"mails",
    b"make", b"many", b"maximum", b"may", b"message", b"messages", b"milter", b"minute", b"minutes",
    b"more", b"much", b"must", b"mx", b"name", b"need", b"net", b"network", b"news", b"next", b"no",
    b"nobody", b"none", b"noreply", b"not", b"now", b"null", b"number", b"of", b"office", b"ok", b"old",
    b"on", b"one", b"only", b"open", b"or", b"other", b"our", b"out", b"over", b"password", b"per",
    b"permission", b"permitted", b"pickup", b"pipe", b"plain", b"please", b"policy", b"postfix",
    b"postmaster", b"postscreen", b"problem", b"problems", b"procmail", b"property", b"protocol",
    b"proxy", b"qmgr", b"queue", b"queued", b"quota", b"rate", b"reached", b"read", b"reason",
    b"received", b"recipient", b"recipients", b"refused", b"reject", b"rejected", b"relay", b"relaying",
    b"remote", b"reply", b"requested", b"resolve", b"response", b"retry", b"return", b"root", b"route",
    b"rule", b"run", b"said", b"sales", b"same", b"sasl", b"second", b"seconds", b"secure", b"see",
    b"send", b"sender", b"sent", b"server", b"service", b"session", b"should", b"showq", b"site",
    b"size", b"smtp", b"smtpd", b"so", b"some", b"space", b"spam", b"spamd", b"start", b"status",
    b"status-ok", b"still", b"stop", b"store", b"such", b"support", b"sure", b"system", b"table",
    b"temporary", b"test", b"that", b"the", b"their", b"them", b"then", b"there", b"these", b"they",
    b"this", b"time", b"timed", b"timeout", b"times", b"tls", b"to", b"too", b"transport", b"trouble",
    b"trusted", b"try", b"two", b"type", b"unable", b"unavailable", b"unknown", b"until", b"unverified",
    b"up", b"update", b"use", b"user", b"users", b"using", b"vacation", b"value", b"verify", b"very",
    b"virtual", b"wait", b"warning", b"was", b"we", b"web", b"webmaster", b"were", b"when", b"where",
    b"which", b"while", b"who", b"why", b"will", b"with", b"within", b"without", b"work", b"write",
    b"wrong", b"www", b"yes", b"yet", b"you", b"your",
];

/// True if a name cannot be distinguished from ordinary text: a word of [`WORDS`], one or two bytes, or a number of
/// three digits or fewer (such as a reply code).
pub(super) fn is_common(name: &[u8]) -> bool {
    let number = name.len() <= 3 && name.iter().all(u8::is_ascii_digit);
    name.len() <= 2 || number || WORDS.binary_search(&&*name.to_ascii_lowercase()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        assert!(WORDS.is_sorted());
        for word in ["Postmaster", "INFO", "info", "250", "1", "al", "x", "", "\u{fc}"] {
            assert!(is_common(word.as_bytes()), "{word}");
        }
        for name in ["bob", "infos", "inf", "1234", "25a", "a-b", "\u{fc}b"] {
            assert!(!is_common(name.as_bytes()), "{name}");
        }
    }
}
