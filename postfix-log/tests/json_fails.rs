//! A writer that fails in the middle: the error comes through, and nothing more is written.
#![allow(clippy::expect_used, reason = "the helpers of a test fail as the test does")]
#![cfg(feature = "serde")]

use std::io;

use postfix_log::json::{self, Object};
use postfix_log::{Line, LogLine};

/// Fails once, at one of its calls.
struct Once {
    calls: usize,
    bad: usize,
}

impl io::Write for Once {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls == self.bad { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_error_is_not_forgotten() {
    for line in [
        &b"Nov 22 11:00:01 mx1 postfix/smtpd[9]: disconnect from a\xff[192.0.2.1] ehlo=1 r\xffcpt=1/3 commands=2/4"[..],
        b"Nov 22 11:00:01 mx1 postfix/scache[9]: statistics: max simultaneous domains=1 addresses=2 connection=3",
        b"Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b>, relay=none, delay=1.5, delays=1/0/0.5/0, dsn=4.4.1, status=deferred (x)",
    ] {
        let borrowed = json::Line::new(&LogLine::new(Line::new(line, 0), 1), None);
        let owned = Object::from(&borrowed);
        let write = |writer: &mut Once, is_owned: bool| match is_owned {
            true => serde_json::to_writer(writer, &owned),
            false => serde_json::to_writer(writer, &borrowed),
        };
        for is_owned in [true, false] {
            let mut whole = Once { calls: 0, bad: 0 };
            write(&mut whole, is_owned).expect("no error");
            for bad in 1..=whole.calls {
                let mut writer = Once { calls: 0, bad };
                assert!(write(&mut writer, is_owned).is_err_and(|error| error.is_io()));
                assert_eq!(writer.calls, bad, "nothing after the error");
            }
        }
    }
}
