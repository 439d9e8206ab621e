//! Enhanced mail system status codes (RFC 3463; registry of RFC 5248).

use core::fmt;
use core::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::words::stored_as_text;

/// An enhanced status code, `class.subject.detail`, for example `4.7.1`.
///
/// Unknown details are kept as numbers: some providers use private ones such as `4.7.650`.
///
/// ```
/// use postfix_log::Dsn;
///
/// let dsn: Dsn = "4.7.1".parse()?;
/// assert_eq!((dsn.class(), dsn.subject(), dsn.detail()), (4, 7, 1));
/// assert_eq!(dsn.to_string(), "4.7.1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Dsn {
    class: u8,
    subject: u16,
    detail: u16,
}

impl Dsn {
    /// Makes a code from its three numbers. `None` unless the class is 2, 4 or 5 and the others are at most 999.
    ///
    /// ```
    /// use postfix_log::Dsn;
    /// assert_eq!(Dsn::new(4, 7, 1).map(|dsn| dsn.to_string()), Some("4.7.1".to_string()));
    /// assert_eq!(Dsn::new(9, 7, 1), None);
    /// ```
    #[must_use]
    pub const fn new(class: u8, subject: u16, detail: u16) -> Option<Self> {
        match (class, subject, detail) {
            (2 | 4 | 5, 0..=999, 0..=999) => Some(Self { class, subject, detail }),
            _ => None,
        }
    }

    /// The class: 2 for success, 4 for a persistent transient failure, 5 for a permanent failure.
    #[must_use]
    pub const fn class(self) -> u8 {
        self.class
    }

    /// The subject of the code, 0 to 999; see [`subject_name`](Self::subject_name).
    #[must_use]
    pub const fn subject(self) -> u16 {
        self.subject
    }

    /// The detail within the subject, 0 to 999; see [`detail_name`](Self::detail_name).
    #[must_use]
    pub const fn detail(self) -> u16 {
        self.detail
    }

    /// Parses text that consists of one code.
    ///
    /// ```
    /// use postfix_log::Dsn;
    /// assert_eq!(Dsn::parse(b"4.7.1"), Dsn::new(4, 7, 1));
    /// assert_eq!(Dsn::parse(b"4.7.1 "), None);
    /// assert_eq!(Dsn::parse(b"3.0.0"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        match Self::split_prefix(text)? {
            (dsn, []) => Some(dsn),
            _ => None,
        }
    }

    /// Takes a code off the front of `text`; the code must be followed by the end of the text or a
    /// byte that is neither a digit nor a dot.
    #[inline]
    pub(crate) fn split_prefix(text: &[u8]) -> Option<(Self, &[u8])> {
        let (class, rest) = match text {
            [class @ (b'2' | b'4' | b'5'), b'.', rest @ ..] => (class.wrapping_sub(b'0'), rest),
            _ => return None,
        };
        let (subject, rest) = number(rest)?;
        let (detail, rest) = match rest {
            [b'.', rest @ ..] => number(rest)?,
            _ => return None,
        };
        match rest {
            [b'0'..=b'9' | b'.', ..] => None,
            _ => Some((Self::new(class, subject, detail)?, rest)),
        }
    }

    /// The registry's name of the class: `success`, `persistent transient failure` or `permanent failure`.
    #[must_use]
    pub fn class_name(self) -> &'static str {
        match self.class {
            2 => "success",
            4 => "persistent transient failure",
            _ => "permanent failure",
        }
    }

    /// The name of the subject (RFC 3463 section 3), `None` for subjects above 7.
    #[must_use]
    pub fn subject_name(self) -> Option<&'static str> {
        Some(match self.subject {
            0 => "other or undefined",
            1 => "addressing",
            2 => "mailbox",
            3 => "mail system",
            4 => "network and routing",
            5 => "mail delivery protocol",
            6 => "message content or media",
            7 => "security or policy",
            _ => return None,
        })
    }

    /// The meaning of subject and detail in the registry, `None` where it has no entry.
    ///
    /// ```
    /// use postfix_log::Dsn;
    /// let meaning = Dsn::new(5, 1, 1).and_then(Dsn::detail_name);
    /// assert_eq!(meaning, Some("bad destination mailbox address"));
    /// assert_eq!(Dsn::new(4, 7, 650).and_then(Dsn::detail_name), None);
    /// ```
    #[must_use]
    pub fn detail_name(self) -> Option<&'static str> {
        Some(match (self.subject, self.detail) {
            (0, 0) => "other undefined status",
            (1, 0) => "other address status",
            (1, 1) => "bad destination mailbox address",
            (1, 2) => "bad destination system address",
            (1, 3) => "bad destination mailbox address syntax",
            (1, 4) => "destination mailbox address ambiguous",
            (1, 5) => "destination address valid",
            (1, 6) => "destination mailbox has moved, no forwarding address",
            (1, 7) => "bad sender's mailbox address syntax",
            (1, 8) => "bad sender's system address",
            (1, 9) => "message relayed to non-compliant mailer",
            (1, 10) => "recipient address has null MX",
            (2, 0) => "other or undefined mailbox status",
            (2, 1) => "mailbox disabled, not accepting messages",
            (2, 2) => "mailbox full",
            (2, 3) => "message length exceeds administrative limit",
            (2, 4) => "mailing list expansion problem",
            (3, 0) => "other or undefined mail system status",
            (3, 1) => "mail system full",
            (3, 2) => "system not accepting network messages",
            (3, 3) => "system not capable of selected features",
            (3, 4) => "message too big for system",
            (3, 5) => "system incorrectly configured",
            (3, 6) => "requested priority was changed",
            (4, 0) => "other or undefined network or routing status",
            (4, 1) => "no answer from host",
            (4, 2) => "bad connection",
            (4, 3) => "directory server failure",
            (4, 4) => "unable to route",
            (4, 5) => "mail system congestion",
            (4, 6) => "routing loop detected",
            (4, 7) => "delivery time expired",
            (5, 0) => "other or undefined protocol status",
            (5, 1) => "invalid command",
            (5, 2) => "syntax error",
            (5, 3) => "too many recipients",
            (5, 4) => "invalid command arguments",
            (5, 5) => "wrong protocol version",
            (5, 6) => "authentication exchange line is too long",
            (6, 0) => "other or undefined media error",
            (6, 1) => "media not supported",
            (6, 2) => "conversion required and prohibited",
            (6, 3) => "conversion required but not supported",
            (6, 4) => "conversion with loss performed",
            (6, 5) => "conversion failed",
            (6, 6) => "message content not available",
            (6, 7) => "non-ASCII addresses not permitted for that sender/recipient",
            (6, 8 | 10) => "UTF-8 string reply is required, but not permitted by the SMTP client",
            (6, 9) => {
                "UTF-8 header message cannot be transferred to one or more recipients, so the message must be rejected"
            }
            (7, 0) => "other or undefined security status",
            (7, 1) => "delivery not authorized, message refused",
            (7, 2) => "mailing list expansion prohibited",
            (7, 3) => "security conversion required but not possible",
            (7, 4) => "security features not supported",
            (7, 5) => "cryptographic failure",
            (7, 6) => "cryptographic algorithm not supported",
            (7, 7) => "message integrity failure",
            (7, 8) => "authentication credentials invalid",
            (7, 9) => "authentication mechanism is too weak",
            (7, 10) => "encryption needed",
            (7, 11) => "encryption required for requested authentication mechanism",
            (7, 12) => "a password transition is needed",
            (7, 13) => "user account disabled",
            (7, 14) => "trust relationship required",
            (7, 15) => "priority level is too low",
            (7, 16) => "message is too big for the specified priority",
            (7, 17) => "mailbox owner has changed",
            (7, 18) => "domain owner has changed",
            (7, 19) => "RRVS test cannot be completed",
            (7, 20) => "no passing DKIM signature found",
            (7, 21) => "no acceptable DKIM signature found",
            (7, 22) => "no valid author-matched DKIM signature found",
            (7, 23) => "SPF validation failed",
            (7, 24) => "SPF validation error",
            (7, 25) => "reverse DNS validation failed",
            (7, 26) => "multiple authentication checks failed",
            (7, 27) => "sender address has null MX",
            (7, 28) => "mail flood detected",
            (7, 29) => "ARC validation failure",
            (7, 30) => "REQUIRETLS support required",
            _ => return None,
        })
    }
}

impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// As [`Dsn::parse`].
impl FromStr for Dsn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text.as_bytes()).ok_or_else(|| Error::new(ErrorKind::BadValue, 0))
    }
}

stored_as_text!(Dsn, "an enhanced status code");

/// One to three digits and what follows them.
fn number(text: &[u8]) -> Option<(u16, &[u8])> {
    let mut rest = text;
    let mut value = 0u16;
    let mut digits = 0u8;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        if digits == 3 {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(u16::from(digit.wrapping_sub(b'0')));
        digits = digits.wrapping_add(1);
        rest = tail;
    }
    (digits > 0).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_bounded() {
        assert_eq!(Dsn::parse(b"5.999.999"), Dsn::new(5, 999, 999));
        for bad in
            [&b"5.1000.1"[..], b"5.1", b"5..1", b"5.1.", b"1.1.1", b"", b"5.1.1.1", b"51.1.1"]
        {
            assert_eq!(Dsn::parse(bad), None, "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn prints_what_it_parsed() {
        for text in ["2.0.0", "4.7.650", "5.1.10"] {
            assert_eq!(Dsn::parse(text.as_bytes()).unwrap().to_string(), text);
        }
    }

    /// The sample texts of the registry (RFC 3463, 3886, 4468, 4954, 6531, 6710, 7293, 7372, 7505,
    /// 8689 and later), in its own spelling.
    const REGISTRY: &str = "\
0.0 Other undefined Status
1.0 Other address status
1.1 Bad destination mailbox address
1.2 Bad destination system address
1.3 Bad destination mailbox address syntax
1.4 Destination mailbox address ambiguous
1.5 Destination address valid
1.6 Destination mailbox has moved, No forwarding address
1.7 Bad sender's mailbox address syntax
1.8 Bad sender's system address
1.9 Message relayed to non-compliant mailer
1.10 Recipient address has null MX
2.0 Other or undefined mailbox status
2.1 Mailbox disabled, not accepting messages
2.2 Mailbox full
2.3 Message length exceeds administrative limit
2.4 Mailing list expansion problem
3.0 Other or undefined mail system status
3.1 Mail system full
3.2 System not accepting network messages
3.3 System not capable of selected features
3.4 Message too big for system
3.5 System incorrectly configured
3.6 Requested priority was changed
4.0 Other or undefined network or routing status
4.1 No answer from host
4.2 Bad connection
4.3 Directory server failure
4.4 Unable to route
4.5 Mail system congestion
4.6 Routing loop detected
4.7 Delivery time expired
5.0 Other or undefined protocol status
5.1 Invalid command
5.2 Syntax error
5.3 Too many recipients
5.4 Invalid command arguments
5.5 Wrong protocol version
5.6 Authentication Exchange line is too long
6.0 Other or undefined media error
6.1 Media not supported
6.2 Conversion required and prohibited
6.3 Conversion required but not supported
6.4 Conversion with loss performed
6.5 Conversion Failed
6.6 Message content not available
6.7 Non-ASCII addresses not permitted for that sender/recipient
6.8 UTF-8 string reply is required, but not permitted by the SMTP client
6.9 UTF-8 header message cannot be transferred to one or more recipients, so the message must be rejected
6.10 UTF-8 string reply is required, but not permitted by the SMTP client
7.0 Other or undefined security status
7.1 Delivery not authorized, message refused
7.2 Mailing list expansion prohibited
7.3 Security conversion required but not possible
7.4 Security features not supported
7.5 Cryptographic failure
7.6 Cryptographic algorithm not supported
7.7 Message integrity failure
7.8 Authentication credentials invalid
7.9 Authentication mechanism is too weak
7.10 Encryption Needed
7.11 Encryption required for requested authentication mechanism
7.12 A password transition is needed
7.13 User Account Disabled
7.14 Trust relationship required
7.15 Priority Level is too low
7.16 Message is too big for the specified priority
7.17 Mailbox owner has changed
7.18 Domain owner has changed
7.19 RRVS test cannot be completed
7.20 No passing DKIM signature found
7.21 No acceptable DKIM signature found
7.22 No valid author-matched DKIM signature found
7.23 SPF validation failed
7.24 SPF validation error
7.25 Reverse DNS validation failed
7.26 Multiple authentication checks failed
7.27 Sender address has null MX
7.28 Mail flood detected
7.29 ARC validation failure
7.30 REQUIRETLS support required";

    #[test]
    fn details_of_the_registry() {
        let mut known = Vec::new();
        for row in REGISTRY.lines() {
            let (code, want) = row.split_once(' ').unwrap();
            let dsn = Dsn::parse(format!("5.{code}").as_bytes()).unwrap();
            let name = dsn.detail_name().unwrap_or_default();
            // Of the longest texts only the start is given.
            let start = want.get(..name.len()).unwrap_or_default();
            assert!(start.eq_ignore_ascii_case(name), "{code}: {name}");
            assert!(start == want || dsn.subject == 6 && dsn.detail >= 8, "{code}: {name}");
            known.push((dsn.subject, dsn.detail));
        }
        // And no others, whatever the class.
        for (subject, detail) in (0..12).flat_map(|subject| (0..64).map(move |at| (subject, at))) {
            for class in [2, 4, 5] {
                let name = Dsn::new(class, subject, detail).and_then(Dsn::detail_name);
                assert_eq!(
                    name.is_some(),
                    known.contains(&(subject, detail)),
                    "{subject}.{detail}"
                );
            }
        }
    }

    #[test]
    fn classes_and_subjects() {
        // The headings of RFC 3463, sections 2 and 3.
        let classes = [
            (2, Some("Success")),
            (4, Some("Persistent Transient Failure")),
            (5, Some("Permanent Failure")),
            (3, None),
        ];
        for (class, want) in classes {
            let name = Dsn::new(class, 0, 0).map(Dsn::class_name);
            assert_eq!(name, want.map(str::to_lowercase).as_deref());
        }
        let subjects = [
            "Other or Undefined Status",
            "Addressing Status",
            "Mailbox Status",
            "Mail System Status",
            "Network and Routing Status",
            "Mail Delivery Protocol Status",
            "Message Content or Media Status",
            "Security or Policy Status",
        ];
        for (subject, want) in (0..).zip(subjects) {
            let name = Dsn::new(4, subject, 0)
                .and_then(Dsn::subject_name)
                .map(|name| format!("{name} status"));
            assert_eq!(name, Some(want.to_lowercase()));
        }
        assert_eq!(Dsn::new(4, 8, 0).and_then(Dsn::subject_name), None);
    }

    #[test]
    fn a_code_ends_at_another_byte() {
        let split = |text: &'static str| Dsn::split_prefix(text.as_bytes());
        assert_eq!(split("4.7.1 try later"), Dsn::new(4, 7, 1).zip(Some(&b" try later"[..])));
        assert_eq!(split("5.1.1, status="), Dsn::new(5, 1, 1).zip(Some(&b", status="[..])));
        assert_eq!(split("2.0.0"), Dsn::new(2, 0, 0).zip(Some(&b""[..])));
        assert_eq!(Dsn::parse(b"4.7.1 "), None);
    }

    #[test]
    fn numbers_of_no_code() {
        for (class, subject, detail) in
            [(0, 0, 0), (3, 1, 1), (9, 1, 1), (4, 1000, 0), (5, 0, 1000)]
        {
            assert_eq!(Dsn::new(class, subject, detail), None);
        }
        let dsn = Dsn::new(5, 7, 999).unwrap();
        assert_eq!((dsn.class(), dsn.subject(), dsn.detail()), (5, 7, 999));
        assert_eq!("5.7.999".parse(), Ok(dsn));
        assert_eq!("5.7".parse::<Dsn>().unwrap_err().kind(), ErrorKind::BadValue);
    }
}
