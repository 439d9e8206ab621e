//! TLS handshakes (Postfix `src/tls/tls_misc.c`).

use crate::peer::Relay;

/// Which side of a connection we are.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum TlsRole {
    /// We called: smtp, lmtp.
    Client,
    /// We were called: smtpd.
    Server,
}

impl TlsRole {
    /// `client` or `server`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// An established TLS session.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TlsSession<'a> {
    /// Our side.
    pub role: TlsRole,
    /// `Anonymous`, `Untrusted`, `Trusted` or `Verified`.
    pub trust: &'a [u8],
    /// A cached connection was used again (3.4 and later).
    pub reused: bool,
    /// The other side.
    pub peer: Relay<'a>,
    /// The server name that the client asked for and got (3.4 and later).
    pub sni: Option<&'a [u8]>,
    /// `TLSv1.3`, ...
    pub protocol: &'a [u8],
    /// The cipher suite.
    pub cipher: &'a [u8],
    /// Secret bits in use.
    pub cipher_bits: u64,
    /// Bits of the algorithm.
    pub cipher_algbits: u64,
    /// Key exchange, with the curve or size in parentheses where logged.
    pub key_exchange: Option<&'a [u8]>,
    /// Signature of the server, with curve or size.
    pub server_signature: Option<&'a [u8]>,
    /// Digest of that signature.
    pub server_digest: Option<&'a [u8]>,
    /// Signature of the client, with curve or size.
    pub client_signature: Option<&'a [u8]>,
    /// Digest of that signature.
    pub client_digest: Option<&'a [u8]>,
}

/// A TLS handshake or verification that failed.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TlsFailure<'a> {
    /// Our side, where the line tells.
    pub role: Option<TlsRole>,
    /// The other side, where the line names it.
    pub peer: Option<Relay<'a>>,
    /// What went wrong.
    pub text: &'a [u8],
}
