//! Lists the queue as JSON lines: what `postqueue -j` says, plus each recipient's own reason, the
//! next retry, the expiry and warnings; or exactly what a given Postfix release lists.

use std::io::{self, BufWriter, Seek as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use examples::cli::run;
use examples::config::main_cf;
use examples::time;
use postfix_queuefile::spool::Logs;
use postfix_queuefile::{Entry, Queue, Spool, Timestamp};
use tempfile::SpooledTempFile;

use self::release::Release;
use self::select::Selection;
use self::showq::{Listed, Mail, Unlisted};
use self::site::Site;

#[path = "mailq/deviations.rs"]
mod deviations;
#[path = "mailq/json.rs"]
mod json;
#[path = "mailq/own.rs"]
mod own;
#[path = "mailq/release.rs"]
mod release;
#[path = "mailq/select.rs"]
mod select;
#[path = "mailq/showq.rs"]
mod showq;
#[path = "mailq/site.rs"]
mod site;
#[path = "mailq/text.rs"]
mod text;

/// What stands below the options in --help, with what a list is most often made for.
const EXAMPLES: &str = "\
Examples:
  mailq --domain example.com --older-than 4h
  mailq --queue deferred --class mailbox_full | jq -r .queue_id
  mailq -p
  mailq --compat 3.7.11 --spool /var/spool/postfix-out

To delete what a selection lists, look at the list first, then hand over the queue ids:

  mailq --sender '*@spam.example' >list
  jq -r .queue_id list | postsuper -d -

A short queue id can be given to another message once the first one has left the queue. Where mail moves fast, put it on hold
first (postsuper -h -), list the queue hold with the same selection, and delete what that lists: nothing leaves hold by itself.";

/// How many bytes of a list are kept in memory as long as messages that come first may still be found.
const WAITING: usize = 1024 * 1024;

/// List the mail queue, one JSON object per message and line.
///
/// Messages that the queue manager dies of come first.
#[derive(Parser)]
#[command(after_help = EXAMPLES)]
struct Args {
    /// The queue directory [default: what -c says, else /var/spool/postfix].
    #[arg(long)]
    spool: Option<PathBuf>,
    /// The configuration directory: where the queue is, how it is hashed, when mail expires.
    #[arg(short)]
    config: Option<PathBuf>,
    /// The time that counts as now, in seconds since the epoch; it decides which mail is overdue.
    #[arg(long)]
    now: Option<u64>,
    /// List exactly what this release of Postfix lists, such as 3.7.11 or 3.12.
    #[arg(long, value_name = "VERSION")]
    compat: Option<Release>,
    /// Print the text of `postqueue -p`, as of 3.7.11 or the release of --compat.
    #[arg(short)]
    page: bool,
    #[command(flatten)]
    selection: Selection,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run(|| {
        let config = args.config.as_deref().map(main_cf).transpose()?;
        let site = Site::new(config.as_ref())?;
        let spool = Spool::locate(args.spool.as_deref(), config.as_ref())?;
        let now = args.now.unwrap_or_else(|| time::now().try_into().unwrap_or(0));
        let mut out = BufWriter::new(io::stdout().lock());
        let mut list = List::new(&args, &spool, &site, Timestamp::new(now, 0));
        list.write(&spool, &mut out)?;
        out.flush()?;
        list.complete()
    })
}

/// A listing in progress.
struct List<'a> {
    args: &'a Args,
    site: &'a Site,
    now: Timestamp,
    defer: Logs,
    bounce: Logs,
    /// The number of unreadable directories, which may contain any number of messages.
    unread: u64,
}

impl<'a> List<'a> {
    fn new(args: &'a Args, spool: &Spool, site: &'a Site, now: Timestamp) -> Self {
        let (defer, bounce) = (spool.logs(Queue::Defer), spool.logs(Queue::Bounce));
        Self { args, site, now, defer, bounce, unread: 0 }
    }

    fn write(&mut self, spool: &Spool, out: &mut impl Write) -> anyhow::Result<()> {
        let queues = self.args.selection.queues();
        let release = self.args.compat.or(self.args.page.then_some(Release::DEBIAN_12));
        let mut page = text::Page::new(self.site.long_ids);
        // What does not come first waits here: in memory, and above a certain size in an unnamed file.
        let mut rest = BufWriter::new(SpooledTempFile::new(WAITING));
        let mut entries = spool.entries(&queues);
        for entry in &mut entries {
            match (entry, release) {
                (Ok(entry), None) if entry.kills_queue_manager() => self.own(&entry, out)?,
                (Ok(entry), None) => self.own(&entry, &mut rest)?,
                (Ok(entry), Some(release)) => self.compat(&entry, release, &mut page, out)?,
                (Err(error), _) => eprintln!("mailq: {error}"),
            }
        }
        let mut rest = rest.into_inner()?;
        rest.rewind()?;
        io::copy(&mut rest, out)?;
        if self.args.page {
            page.end(out)?;
        }
        let report = entries.report();
        for (reason, count) in report.skipped() {
            eprintln!("mailq: {count} files not listed: {reason}");
        }
        self.unread = report.unreadable_directories();
        Ok(())
    }

    fn own(&mut self, entry: &Entry, out: &mut impl Write) -> io::Result<()> {
        let (defer, bounce) = (log(&mut self.defer, entry), log(&mut self.bounce, entry));
        let mail = Mail { entry, defer: &defer, bounce: &bounce };
        if self.args.selection.has(mail, self.now) {
            own::list(mail, self.site, self.now, out)?;
        }
        Ok(())
    }

    fn compat(
        &mut self,
        entry: &Entry,
        release: Release,
        page: &mut text::Page,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let (defer, bounce) = (log(&mut self.defer, entry), log(&mut self.bounce, entry));
        let mail = Mail { entry, defer: &defer, bounce: &bounce };
        if !self.args.selection.has(mail, self.now) {
            return Ok(());
        }
        match Listed::new(mail, self.site, release) {
            Ok(listed) if self.args.page => page.message(entry, &listed, out)?,
            Ok(listed) => json::compat(entry, &listed, release, out)?,
            Err(Unlisted::Unseen) => {}
            Err(Unlisted::Fatal) => {
                eprintln!(
                    "mailq: {entry}: the list of Postfix {release} ends here, but this one continues"
                );
            }
        }
        Ok(())
    }

    fn complete(&self) -> anyhow::Result<()> {
        let unread = self.unread;
        anyhow::ensure!(
            unread == 0,
            "{unread} directories could not be read: the list is not complete"
        );
        Ok(())
    }
}

/// The log of a message; empty if there is none, or if it cannot be read, which is reported.
fn log(logs: &mut Logs, entry: &Entry) -> Vec<u8> {
    let log = logs.read(entry.id());
    log.unwrap_or_else(|error| {
        eprintln!("mailq: {error}");
        None
    })
    .unwrap_or_default()
}
