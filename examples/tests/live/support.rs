//! A private Postfix instance in a temporary directory, and the programs around it.

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

/// A running Postfix with its own configuration and queue, stopped when dropped.
///
/// It accepts mail on `127.0.0.1:port()`, logs through postlogd into `log()`, looks nothing up in
/// the DNS, and sends every domain to the transport that `main.cf` names.
pub(crate) struct Instance {
    dir: TempDir,
    port: u16,
}

impl Instance {
    /// Starts an instance with these `main.cf` settings on top of the suite's own.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Result<Self> {
        Self::start_with(settings, "")
    }

    /// As [`Instance::start`], with more lines for `master.cf`.
    pub(crate) fn start_with(settings: &[(&str, &str)], services: &str) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("postfix-live-").tempdir()?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
        let instance = Self { dir, port: free_port()? };
        instance.configure(settings, services)?;
        instance.postfix("start")?;
        let ready = SocketAddr::from(([127, 0, 0, 1], instance.port));
        wait_until("smtpd to listen", || Ok(TcpStream::connect(ready).is_ok()))
            .with_context(|| instance.log_tail())?;
        Ok(instance)
    }

    /// The port that smtpd listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `127.0.0.1:port`, as smtp-source wants it.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The configuration directory, for `-c`.
    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("etc")
    }

    /// The queue directory.
    pub(crate) fn spool(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    /// The mail log.
    pub(crate) fn log(&self) -> PathBuf {
        self.dir.path().join("log/mail.log")
    }

    /// A place for a test's own files.
    pub(crate) fn scratch(&self) -> &Path {
        self.dir.path()
    }

    /// A Postfix command for this instance, such as `postqueue` or `postsuper`.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.env("MAIL_CONFIG", self.config());
        command
    }

    /// What a Postfix command printed; its failure is an error.
    pub(crate) fn output(&self, name: &str, arguments: &[&str]) -> Result<Vec<u8>> {
        Ok(checked(self.command(name).args(arguments))?.stdout)
    }

    /// `postfix ACTION`: `start`, `stop`, `reload`, `logrotate`.
    pub(crate) fn postfix(&self, action: &str) -> Result<()> {
        checked(self.command("postfix").arg("-c").arg(self.config()).arg(action)).map(drop)
    }

    /// The end of the log, for error messages.
    pub(crate) fn log_tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let tail = log.rsplit(|&b| b == b'\n').take(30).map(|line| String::from_utf8_lossy(line));
        let mut lines: Vec<_> = tail.collect();
        lines.reverse();
        lines.join("\n")
    }

    fn configure(&self, settings: &[(&str, &str)], services: &str) -> Result<()> {
        for name in ["etc", "spool", "data", "log"] {
            fs::create_dir(self.dir.path().join(name))?;
        }
        checked(Command::new("chown").arg("postfix:").arg(self.dir.path().join("data")))?;
        let root = self.dir.path().display();
        let mut main = format!(
            "compatibility_level = 3.6\nqueue_directory = {root}/spool\ndata_directory = {root}/data\n\
             maillog_file = {root}/log/mail.log\nmaillog_file_prefixes = {root}\n\
             myhostname = mx.live.test\nmydomain = live.test\nmydestination =\nalias_maps =\n\
             mynetworks = 127.0.0.0/8\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             smtp_dns_support_level = disabled\nsmtp_host_lookup = native\nsmtp_address_preference = ipv4\n\
             default_process_limit = 20\nlocal_transport = error:none here\n"
        );
        for (name, value) in settings {
            main.push_str(&format!("{name} = {value}\n"));
        }
        fs::write(self.config().join("main.cf"), main)?;
        let mut master = fs::File::create(self.config().join("master.cf"))?;
        writeln!(master, "127.0.0.1:{} inet n - n - - smtpd", self.port)?;
        master.write_all(MASTER_CF.as_bytes())?;
        master.write_all(services.as_bytes())?;
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.postfix("stop").or_else(|_| self.postfix("abort"));
    }
}

/// The services that every instance has.
const MASTER_CF: &str = "\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

/// A program that is killed when dropped.
pub(crate) struct Background(Child);

impl Background {
    /// Starts `command` without standard streams.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(quiet.spawn().with_context(|| format!("cannot start {command:?}"))?))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An smtp-sink with these options on a free port: what it refuses is its options' affair.
pub(crate) fn smtp_sink(options: &[&str]) -> Result<(Background, u16)> {
    let port = free_port()?;
    let mut command = Command::new("smtp-sink");
    command.args(["-u", "postfix"]).args(options).arg(format!("127.0.0.1:{port}")).arg("64");
    let sink = Background::spawn(&mut command)?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    wait_until("smtp-sink to listen", || Ok(TcpStream::connect(address).is_ok()))?;
    Ok((sink, port))
}

/// Runs a command to its end; a status other than zero is an error with what it said.
pub(crate) fn checked(command: &mut Command) -> Result<Output> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot run {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}: {said}", output.status);
    Ok(output)
}

/// Waits for something to become true; after five minutes it never will, however busy the machine is.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !done()? {
        if start.elapsed() > Duration::from_secs(300) {
            bail!("waited five minutes for {what}");
        }
        sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// A loopback port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

pub(crate) const TESTS: &[crate::Test] = &[("an_instance_defers_and_logs", defers_and_logs)];

fn defers_and_logs() -> Result<()> {
    let (_sink, port) = smtp_sink(&["-r", "RCPT"])?;
    let relay = format!("[127.0.0.1]:{port}");
    let instance = Instance::start(&[("relayhost", &relay)])?;
    checked(
        instance
            .command("smtp-source")
            .args(["-m", "3", "-f", "a@s.test", "-t", "b@r.test"])
            .arg(instance.address()),
    )?;
    wait_until("three deferrals", || {
        let log = fs::read(instance.log())?;
        Ok(String::from_utf8_lossy(&log).matches("status=deferred").count() >= 3)
    })?;
    let listing = instance.output("postqueue", &["-j"])?;
    ensure!(listing.iter().filter(|&&b| b == b'\n').count() == 3);
    ensure!(
        instance.spool().join("deferred").is_dir()
            && instance.scratch().is_dir()
            && instance.port() > 0
    );
    Ok(())
}
