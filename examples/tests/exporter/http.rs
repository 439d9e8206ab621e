//! What the server answers, and its limits.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use anyhow::{Result, ensure};

use crate::server::Server;

fn serve() -> Result<(tempfile::TempDir, Server)> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("mail.log");
    std::fs::write(&log, "")?;
    let server = Server::start(&["--log", &log.to_string_lossy()])?;
    Ok((dir, server))
}

#[test]
fn pages_and_refusals() -> Result<()> {
    let (_dir, server) = serve()?;
    for (request, status) in [
        ("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
        ("GET /metrics?a=b HTTP/1.0\r\n\r\n", "200"),
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
        ("GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
        ("GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "405"),
        ("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
        ("nonsense\r\n\r\n", "400"),
        ("\x16\x03\x01\x02\r\n\r\n", "400"),
        ("GET / HTTP/3.0\r\n\r\n", "505"),
    ] {
        let answer = server.send(request.as_bytes())?;
        ensure!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
        ensure!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
        ensure!((status == "405") == answer.contains("\r\nAllow: GET, HEAD\r\n"), "{answer}");
    }
    let head = server.send(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n")?;
    ensure!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    ensure!(!head.contains("Content-Length: 0\r\n"), "{head}");
    Ok(())
}

#[test]
fn the_format_that_is_asked_for() -> Result<()> {
    let (_dir, server) = serve()?;
    let ask = |accept: &str| {
        let request = format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{accept}\r\n");
        server.send(request.as_bytes())
    };
    for accept in ["", "Accept: */*\r\n", "Accept: text/plain\r\n", "Accept: application/json\r\n"]
    {
        let answer = ask(accept)?;
        ensure!(answer.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
        ensure!(!answer.contains("# EOF"), "{answer}");
    }
    let prometheus = "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1\r\n";
    let answer = ask(prometheus)?;
    let kind = "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
    ensure!(answer.contains(kind) && answer.ends_with("# EOF\n"), "{answer}");
    Ok(())
}

#[test]
fn heads_without_an_end() -> Result<()> {
    let (_dir, server) = serve()?;
    let long = format!("GET /metrics HTTP/1.1\r\nCookie: {}\r\n\r\n", "x".repeat(60_000));
    ensure!(server.send(long.as_bytes())?.starts_with("HTTP/1.1 431 "));
    // A client that says no more.
    let mut stream = server.connect()?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    // A head that is cut off.
    let mut stream = server.connect()?;
    stream.write_all(b"GET /metrics HT")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    Ok(())
}

#[test]
fn more_connections_than_there_are_places() -> Result<()> {
    let (_dir, server) = serve()?;
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(server.connect()?);
    }
    // Some are turned away at once, the others when their time is over; then there is room again.
    let mut refused = 0;
    for stream in &mut open {
        let mut answer = Vec::new();
        // Where the answer comes before the connection is used, it may be lost.
        let _ = stream.read_to_end(&mut answer);
        refused += usize::from(answer.starts_with(b"HTTP/1.1 503 "));
    }
    ensure!(refused > 0, "nobody was turned away");
    drop(open);
    ensure!(server.page("/healthz", "")? == "ok\n");
    Ok(())
}
