//! Shows queue files as Postfix's postcat(1) does, byte for byte with the same flags.

use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{ArgAction, Parser};
use examples::cli::run;
use postfix_queuefile::QueueId;

use self::show::show;

#[path = "postcat/record.rs"]
mod record;
#[path = "postcat/show.rs"]
mod show;

/// What stands below the options in --help.
const EXAMPLES: &str = "\
Examples:
  postcat -q 3F2A1C0DE
  postcat -e /var/spool/postfix/deferred/3/3F2A1C0DE
  postcat -bh -q --spool /var/spool/postfix-out 4kjHfq2sx2z1W8yf";

/// Show queue files; without -b, -e and -h all of each.
#[derive(Parser)]
#[command(disable_help_flag = true, args_override_self = true, after_help = EXAMPLES)]
struct Args {
    /// Show the body.
    #[arg(short)]
    body: bool,
    /// Show the decimal type of each record.
    #[arg(short)]
    decimal: bool,
    /// Show the envelope.
    #[arg(short)]
    envelope: bool,
    /// Show the header.
    #[arg(short)]
    header: bool,
    /// Show the offset of each record.
    #[arg(short)]
    offset: bool,
    /// Accepted and without effect, as in Postfix 3.7 without -v.
    #[arg(short)]
    raw: bool,
    /// The arguments are queue ids.
    #[arg(short, requires = "file")]
    queue: bool,
    /// Where -q looks for them.
    #[arg(long, default_value = "/var/spool/postfix")]
    spool: PathBuf,
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Queue files; stdin when there are none.
    file: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let mut args = Args::parse();
    if !(args.body || args.envelope || args.header) {
        (args.body, args.envelope, args.header) = (true, true, true);
    }
    run(|| {
        let mut out = BufWriter::new(io::stdout().lock());
        // The readable part of a damaged file is shown before the error.
        let result = show_all(&args, &mut out);
        out.flush()?;
        result
    })
}

fn show_all(args: &Args, out: &mut impl Write) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    if args.file.is_empty() {
        io::stdin().read_to_end(&mut bytes)?;
        show(args, "stdin", &bytes, out)?;
    }
    for name in &args.file {
        let path = if args.queue { find(&args.spool, name)? } else { name.clone() };
        bytes = std::fs::read(&path).with_context(|| format!("open {}", path.display()))?;
        show(args, &path.to_string_lossy(), &bytes, out)?;
    }
    Ok(())
}

/// The file of a queue id, whatever the hash depth of its queue.
fn find(spool: &Path, name: &Path) -> anyhow::Result<PathBuf> {
    let id = QueueId::parse(name.as_os_str().as_encoded_bytes())?;
    for queue in ["maildrop", "incoming", "active", "deferred", "hold", "saved"] {
        for depth in 0..=16 {
            let mut path = PathBuf::from(queue);
            path.extend(id.hash_dirs(depth).map(|dir| char::from(dir).to_string()));
            path.push(name);
            if spool.join(&path).is_file() {
                std::env::set_current_dir(spool)?;
                return Ok(path);
            }
        }
    }
    anyhow::bail!("open queue file {id}: No such file or directory")
}
