//! An exporter that runs, and what it answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::common::example;
use crate::strict::{self, Metrics};

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// A running exporter, killed when dropped.
pub struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts one on a free port.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        Self::start_with(arguments, Stdio::null())
    }

    pub fn start_with(arguments: &[&str], stdin: Stdio) -> Result<Self> {
        let mut command = example("exporter")?;
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        let mut child = command.stdin(stdin).stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("no stderr")?).lines();
        let mut told = Vec::new();
        while let Some(line) = lines.next().transpose()? {
            if let Some(rest) = line.split_once("listening on http://").map(|(_, rest)| rest) {
                let address = rest.trim_end_matches("/metrics").to_owned();
                // Nobody waits for a reader of what it says later.
                thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, address });
            }
            told.push(line);
        }
        bail!("it did not start: {told:?}")
    }

    pub fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// Sends bytes and reads all that comes back.
    pub fn send(&self, request: &[u8]) -> Result<String> {
        let mut stream = self.connect()?;
        stream.write_all(request)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// The body of a page.
    pub fn page(&self, path: &str, fields: &str) -> Result<String> {
        let answer =
            self.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n").as_bytes())?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no head")?;
        ensure!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        Ok(body.to_owned())
    }

    pub fn metrics(&self) -> Result<Metrics> {
        strict::parse(&self.page("/metrics", "")?)
    }

    /// The metrics once they are as wanted.
    pub fn wait_for(&self, series: &str, want: f64) -> Result<Metrics> {
        let end = Instant::now() + PATIENCE;
        loop {
            let metrics = self.metrics()?;
            if metrics.get(series) == Some(want) {
                return Ok(metrics);
            }
            ensure!(Instant::now() < end, "{series} is {:?}, not {want}", metrics.get(series));
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it with a signal and gives its exit status.
    pub fn end(mut self, signal: &str) -> Result<Option<i32>> {
        Command::new("kill").args([signal, &self.child.id().to_string()]).status()?;
        Ok(self.child.wait()?.code())
    }

    pub fn stdin(&mut self) -> Result<std::process::ChildStdin> {
        self.child.stdin.take().context("no stdin")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
