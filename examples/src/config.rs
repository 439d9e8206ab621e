//! The configuration that `-c` names, and the spool that `--spool` and `-c` select.

use std::path::Path;

use postfix_queuefile::Spool;
use postfix_queuefile::config::MainCf;
use postfix_queuefile::spool::SpoolError;

/// Reads `main.cf` in a configuration directory and sets the name of this host, as Postfix would.
pub fn main_cf(directory: &Path) -> Result<MainCf, SpoolError> {
    let mut config = MainCf::read(directory)?;
    config.set_host_name(rustix::system::uname().nodename().to_bytes());
    Ok(config)
}

/// Opens the spool given by `--spool`, or else by `main.cf`, or else Postfix's default. The layout is that of `main.cf`.
pub fn open_spool(spool: Option<&Path>, directory: Option<&Path>) -> Result<Spool, SpoolError> {
    let config = directory.map(main_cf).transpose()?;
    Spool::locate(spool, config.as_ref())
}
