//! Every line that a real Postfix writes is typed: clients that connect, are rejected, authenticate
//! and fail, negotiate TLS, pass postscreen and do not.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use postfix_log::{Event, lines};

use crate::Test;
use crate::support::{Instance, checked, free_port, smtp_sink, wait_until};

pub(crate) const TESTS: &[Test] = &[("every_line_of_a_busy_day_is_typed", busy_day)];

/// What the log must hold at the end.
const EXPECTED: &[&str] = &[
    "auth_failure",
    "connect",
    "connect_failure",
    "delivery",
    "disconnect",
    "master",
    "message_id",
    "notification",
    "policy_action access filter",
    "policy_action access hold",
    "policy_action access info",
    "policy_action access reject",
    "policy_action access warn",
    "policy_action header reject",
    "policy_action header warning",
    "policy_action postscreen reject",
    "postscreen connect",
    "postscreen disconnect",
    "postscreen hangup",
    "postscreen pass_new",
    "postscreen pass_old",
    "postscreen pregreet",
    "protocol_violation",
    "queue_active",
    "queue_admin",
    "queue_start",
    "removed",
    "session_abort",
    "tls_failure",
    "tls_session client",
    "tls_session server",
];

fn busy_day() -> Result<()> {
    let files = tempfile::tempdir()?;
    certificate(files.path())?;
    let at = |name: &str| files.path().join(name).display().to_string();
    fs::write(at("headers"), "/^Subject: refuse/ REJECT not here\n/^Subject: warn/ WARN seen\n")?;
    fs::write(
        at("access"),
        "/^hold@/ HOLD\n/^info@/ INFO noted\n/^warn@/ WARN watched\n/^filter@/ FILTER discard:\n\
         /^no@/ 550 5.7.1 go away\n",
    )?;
    let (_sink, sink) = smtp_sink(&["-q", "QUIT"])?;
    let (secure, screen, silent) = (free_port()?, free_port()?, free_port()?);
    let login = format!("inet:127.0.0.1:{}", login_server()?);
    let services = format!(
        "127.0.0.1:{screen} inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n\
         dnsblog unix - - n - 0 dnsblog\ntlsproxy unix - - n - 0 tlsproxy\n\
         127.0.0.1:{secure} inet n - n - - smtpd\n -o syslog_name=postfix/secure\n \
         -o smtpd_tls_security_level=may -o smtpd_sasl_auth_enable=yes\n"
    );
    let transports = format!(
        "/@secure.test$/ smtp:[127.0.0.1]:{secure}\n/@closed.test$/ smtp:[127.0.0.1]:{silent}\n\
         /@gone.test$/ error:5.1.1 nobody here\n/./ smtp:[127.0.0.1]:{sink}\n"
    );
    fs::write(at("transports"), transports)?;
    let instance = Instance::start_with(
        &[
            ("transport_maps", &format!("regexp:{}", at("transports"))),
            ("header_checks", &format!("regexp:{}", at("headers"))),
            (
                "smtpd_recipient_restrictions",
                &format!(
                    "check_recipient_access regexp:{}, permit_mynetworks, reject",
                    at("access")
                ),
            ),
            ("smtpd_sasl_type", "dovecot"),
            ("smtpd_sasl_path", &login),
            ("smtpd_tls_cert_file", &at("cert.pem")),
            ("smtpd_tls_key_file", &at("key.pem")),
            ("smtpd_tls_loglevel", "1"),
            ("smtp_tls_loglevel", "1"),
            ("smtp_tls_security_level", "may"),
            ("postscreen_greet_action", "enforce"),
            ("postscreen_greet_wait", "1s"),
            ("postscreen_access_list", ""),
        ],
        &services,
    )?;
    clients(instance.port(), secure, screen).with_context(|| instance.log_tail())?;
    instance.output("postsuper", &["-r", "ALL", "hold"])?;
    wait_until("deliveries, notices and postscreen", || {
        let log = fs::read(instance.log())?;
        Ok(EXPECTED.iter().all(|kind| kinds(&log).contains(*kind)))
    })
    .or_else(|_| {
        let log = fs::read(instance.log())?;
        let found = kinds(&log);
        let missing: Vec<_> = EXPECTED.iter().filter(|kind| !found.contains(**kind)).collect();
        ensure!(
            missing.is_empty(),
            "not in the log: {missing:?}\n{}",
            String::from_utf8_lossy(&log)
        );
        Ok(())
    })?;
    instance.postfix("reload")?;
    instance.postfix("stop")?;
    instance.postfix("start")?;
    typed(&fs::read(instance.log())?)
}

/// All that clients do in a day.
fn clients(port: u16, secure: u16, screen: u16) -> Result<()> {
    for recipient in [
        "a@out.test",
        "hold@out.test",
        "info@out.test",
        "warn@out.test",
        "filter@out.test",
        "no@out.test",
    ] {
        deliver(port, recipient, "hello")?;
    }
    deliver(port, "a@closed.test", "nobody listens")?;
    deliver(port, "a@gone.test", "comes back")?;
    deliver(port, "b@secure.test", "goes round until it has too many hops")?;
    deliver(port, "a@out.test", "refuse this")?;
    deliver(port, "a@out.test", "warn about this")?;
    // An address that tries to be the rest of a line.
    deliver(port, "\"a>, relay=none, delay=1\"@gone.test", "hostile")?;

    let mut client = Client::connect(port)?;
    client.say("GET / HTTP/1.1")?;
    drop(client);
    let mut client = Client::connect(port)?;
    client.say("EHLO client.test")?;
    drop(client);

    let mut client = Client::connect(secure)?;
    client.say("EHLO client.test")?;
    client.say("AUTH PLAIN AGJhZABiYWQ=")?;
    client.say("AUTH PLAIN *")?;
    client.say("QUIT")?;
    let mut client = Client::connect(secure)?;
    client.say("EHLO client.test")?;
    client.say("AUTH PLAIN AGdvb2QAZ29vZA==")?;
    for line in [
        "MAIL FROM:<good@s.test>",
        "RCPT TO:<a@out.test>",
        "DATA",
        "Subject: x\r\n\r\nx\r\n.",
        "QUIT",
    ] {
        client.say(line)?;
    }
    let mut client = Client::connect(secure)?;
    client.say("EHLO client.test")?;
    client.say("STARTTLS")?;
    client.stream.write_all(b"this is no handshake at all\r\n")?;
    thread::sleep(Duration::from_millis(300));
    drop(client);

    screened(screen)
}

/// No line is malformed, foreign, unrecognized or in doubt.
pub(crate) fn typed(log: &[u8]) -> Result<()> {
    let mut count = 0;
    for line in lines(log) {
        let text = String::from_utf8_lossy(line.header()?.payload()).into_owned();
        let event = line.event()?;
        ensure!(!matches!(event, Event::Unrecognized(_) | Event::Foreign(_)), "{text}: {event:?}");
        ensure!(!event.is_ambiguous() && !event.is_truncated(), "{text}: {event:?}");
        count += 1;
    }
    println!("{count} lines typed");
    Ok(())
}

/// The kinds of events in a log, some with their flavour.
fn kinds(log: &[u8]) -> BTreeSet<String> {
    let kind = |event: Event<'_>| {
        let name = event.name();
        match event {
            Event::PolicyAction(action) => {
                format!("{name} {} {}", action.source.as_str(), action.action.escape_ascii())
            }
            Event::Postscreen(line) => format!("{name} {}", line.kind.as_str()),
            Event::TlsSession(session) => format!("{name} {}", session.role.as_str()),
            _ => name.into(),
        }
    };
    lines(log).filter_map(|line| line.event().ok()).map(kind).collect()
}

/// Clients that talk too early, hang up, and behave.
fn screened(port: u16) -> Result<()> {
    let early = TcpStream::connect(("127.0.0.1", port))?;
    (&early).write_all(b"EHLO early.test\r\n")?;
    thread::sleep(Duration::from_secs(2));
    for line in ["MAIL FROM:<a@s.test>", "RCPT TO:<b@out.test>", "QUIT"] {
        (&early).write_all(format!("{line}\r\n").as_bytes())?;
        thread::sleep(Duration::from_millis(300));
    }
    drop(early);
    drop(TcpStream::connect(("127.0.0.1", port))?);
    // The same address once more: new, then old.
    for _ in 0..2 {
        let mut client = Client::connect(port)?;
        client.say("EHLO client.test")?;
        client.say("QUIT")?;
    }
    Ok(())
}

/// Sends one message. What the server thinks of it is the log's affair.
pub(crate) fn deliver(port: u16, recipient: &str, subject: &str) -> Result<()> {
    let mut client = Client::connect(port)?;
    client.say("EHLO client.test")?;
    client.say("MAIL FROM:<sender@s.test>")?;
    client.say(&format!("RCPT TO:<{recipient}>"))?;
    if client.say("DATA")?.starts_with("354") {
        client.say(&format!("Subject: {subject}\r\n\r\nbody\r\n."))?;
    }
    client.say("QUIT")?;
    Ok(())
}

/// An SMTP client without opinions.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut client = Self { reader: BufReader::new(stream.try_clone()?), stream };
        client.reply()?;
        Ok(client)
    }

    pub(crate) fn say(&mut self, line: &str) -> Result<String> {
        self.stream.write_all(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    /// The last line of a reply, empty when the server hung up.
    fn reply(&mut self) -> Result<String> {
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 || line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line);
            }
        }
    }
}

/// A certificate that nobody trusts.
fn certificate(dir: &Path) -> Result<()> {
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=mx.live.test",
    ]);
    command.arg("-keyout").arg(dir.join("key.pem")).arg("-out").arg(dir.join("cert.pem"));
    checked(&mut command).map(drop)
}

/// A server of Dovecot's authentication protocol that knows one user, `good`.
fn login_server() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || logins(&stream));
        }
    });
    Ok(port)
}

fn logins(stream: &TcpStream) -> Result<()> {
    let mut out = stream;
    out.write_all(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\tx\nDONE\n")?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let Some(request) = line.strip_prefix("AUTH\t") else { continue };
        let id = request.split('\t').next().context("no id")?;
        // The base64 of NUL good NUL good.
        let answer = if request.contains("resp=AGdvb2QAZ29vZA==") {
            format!("OK\t{id}\tuser=good\n")
        } else {
            format!("FAIL\t{id}\tuser=bad\n")
        };
        out.write_all(answer.as_bytes())?;
    }
    Ok(())
}
