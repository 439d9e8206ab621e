//! A small HTTP server: three pages, one request on each connection, nothing without a limit.

mod head;
mod pages;
mod wire;

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use postfix_qshape::render::Format;

use self::head::{Head, Refusal};
use self::pages::Pages;

/// Connections at a time.
const MAX_CONNECTIONS: usize = 64;

const LANDING: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Postfix exporter</title></head>\n\
    <body><h1>Postfix exporter</h1><ul><li><a href=\"/metrics\">Metrics</a></li><li><a href=\"/healthz\">Health</a></li></ul></body></html>\n";

const HTML: &str = "text/html; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// An answer to a request.
struct Answer {
    status: &'static str,
    kind: &'static str,
    body: Arc<String>,
    /// Whether it says which methods there are.
    allow: bool,
}

impl Answer {
    fn ok(kind: &'static str, body: impl Into<Arc<String>>) -> Self {
        Self { status: "200 OK", kind, body: body.into(), allow: false }
    }

    fn no(status: &'static str) -> Self {
        let allow = status.starts_with("405");
        Self { status, kind: PLAIN, body: format!("{status}\n").into(), allow }
    }
}

/// Answers requests for ever; `metrics` makes the page.
pub(crate) fn serve(
    listener: &TcpListener,
    metrics: impl Fn(Format) -> String + Send + Sync + 'static,
) {
    let pages = Arc::new(Pages::new(metrics));
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // Most likely there is no file descriptor left.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let place = Place::take(&open);
        let pages = Arc::clone(&pages);
        let Some(place) = place else {
            wire::turn_away(stream, &Answer::no("503 Service Unavailable"));
            continue;
        };
        // Where no thread can be had, the connection is closed.
        let _ = thread::Builder::new().name("http".into()).spawn(move || {
            let _place = place;
            // A client that went away is its own affair.
            let _ = converse(stream, &pages);
        });
    }
}

/// One of the connections at a time.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Option<Self> {
        let place = Self(Arc::clone(open));
        (open.fetch_add(1, Ordering::SeqCst) < MAX_CONNECTIONS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn converse(mut stream: TcpStream, pages: &Pages<impl Fn(Format) -> String>) -> io::Result<()> {
    let bytes = match wire::read_head(&mut stream)? {
        wire::Received::Head(bytes) => bytes,
        wire::Received::Nothing => return Ok(()),
        wire::Received::TooLong => {
            return wire::write(stream, &Answer::no("431 Request Header Fields Too Large"), true);
        }
        wire::Received::TooSlow => {
            return wire::write(stream, &Answer::no("408 Request Timeout"), true);
        }
        wire::Received::Torn => return wire::write(stream, &Answer::no("400 Bad Request"), true),
    };
    match Head::parse(&bytes) {
        Ok(head) => wire::write(stream, &answer(&head, pages), !head.is_head),
        Err(Refusal::Malformed) => wire::write(stream, &Answer::no("400 Bad Request"), true),
        Err(Refusal::Method) => wire::write(stream, &Answer::no("405 Method Not Allowed"), true),
        Err(Refusal::Version) => {
            wire::write(stream, &Answer::no("505 HTTP Version Not Supported"), true)
        }
    }
}

fn answer(head: &Head, pages: &Pages<impl Fn(Format) -> String>) -> Answer {
    match head.path.as_str() {
        "/metrics" => {
            let format = Format::from_accept(&head.accept);
            Answer::ok(format.content_type(), pages.page(format))
        }
        "/healthz" => Answer::ok(PLAIN, "ok\n".to_owned()),
        "/" => Answer::ok(HTML, LANDING.to_owned()),
        _ => Answer::no("404 Not Found"),
    }
}
