//! The configuration that `-c` names, and the spool that `--spool` and `-c` mean together.

use std::path::Path;

use postfix_queuefile::Spool;
use postfix_queuefile::config::MainCf;
use postfix_queuefile::spool::SpoolError;

/// Reads `main.cf` in a configuration directory and tells it the name of this host, as a Postfix on it knows it.
pub fn main_cf(directory: &Path) -> Result<MainCf, SpoolError> {
    let mut config = MainCf::read(directory)?;
    config.set_host_name(rustix::system::uname().nodename().to_bytes());
    Ok(config)
}

/// Opens the spool: `--spool`, else what `main.cf` says, else Postfix's default. The layout is that of `main.cf`.
pub fn open_spool(spool: Option<&Path>, directory: Option<&Path>) -> Result<Spool, SpoolError> {
    let config = directory.map(main_cf).transpose()?;
    Spool::locate(spool, config.as_ref())
}
