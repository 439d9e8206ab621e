//! Bytes in and out, each within its time.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::Answer;

/// Bytes of a head.
const MAX_HEAD: usize = 8 << 10;

/// Time for a whole head, however slowly it comes.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// Time for a whole answer.
const ANSWER_TIME: Duration = Duration::from_secs(20);

/// What came.
pub(super) enum Received {
    Head(Vec<u8>),
    Nothing,
    TooLong,
    TooSlow,
    Torn,
}

/// Reads up to the empty line that ends a head.
pub(super) fn read_head(stream: &mut TcpStream) -> io::Result<Received> {
    let deadline = Instant::now() + HEAD_TIME;
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let Some(left) = left(deadline) else { return Ok(Received::TooSlow) };
        stream.set_read_timeout(Some(left))?;
        let count = match stream.read(&mut buffer) {
            Ok(0) if head.is_empty() => return Ok(Received::Nothing),
            Ok(0) => return Ok(Received::Torn),
            Ok(count) => count,
            Err(error) if is_retried(&error) => continue,
            Err(error) => return Err(error),
        };
        // The end may lie across two reads.
        let from = head.len().saturating_sub(3);
        head.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if let Some(end) = end(head.get(from..).unwrap_or_default()) {
            head.truncate(from + end);
            return Ok(if head.len() > MAX_HEAD {
                Received::TooLong
            } else {
                Received::Head(head)
            });
        }
        if head.len() > MAX_HEAD {
            return Ok(Received::TooLong);
        }
    }
}

/// Where the first empty line ends.
fn end(text: &[u8]) -> Option<usize> {
    let crlf = text.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4);
    let lf = text.windows(2).position(|end| end == b"\n\n").map(|at| at + 2);
    crlf.into_iter().chain(lf).min()
}

/// Writes an answer and closes the connection.
pub(super) fn write(mut stream: TcpStream, answer: &Answer, with_body: bool) -> io::Result<()> {
    let head = head(answer);
    let body = if with_body { answer.body.as_bytes() } else { &[] };
    let deadline = Instant::now() + ANSWER_TIME;
    for mut rest in [head.as_bytes(), body] {
        while !rest.is_empty() {
            let Some(left) = left(deadline) else { return Err(io::ErrorKind::TimedOut.into()) };
            stream.set_write_timeout(Some(left))?;
            match stream.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if is_retried(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
    stream.shutdown(Shutdown::Write)?;
    // To close before the client has said all would take the answer back: the kernel resets the connection.
    let deadline = Instant::now() + Duration::from_secs(1);
    let (mut buffer, mut taken) = ([0; 4096], 0);
    while let Some(left) = left(deadline).filter(|_| taken < 64 << 10) {
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => taken += count,
        }
    }
    Ok(())
}

/// Says no without waiting for anything: it is too busy for that.
pub(super) fn turn_away(mut stream: TcpStream, answer: &Answer) {
    let text = [head(answer).as_str(), answer.body.as_str()].concat();
    // The few bytes have room in the buffer of a new connection.
    let _ = stream.set_nonblocking(true).and_then(|()| stream.write(text.as_bytes()));
}

fn head(answer: &Answer) -> String {
    let allow = if answer.allow { "Allow: GET, HEAD\r\n" } else { "" };
    format!(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{allow}Connection: close\r\n\r\n",
        answer.status,
        answer.kind,
        answer.body.len()
    )
}

fn left(deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

/// Interruptions, and timeouts: the deadline decides.
fn is_retried(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}
