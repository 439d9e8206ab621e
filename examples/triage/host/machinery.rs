//! What a host's programs report about themselves: starts and stops, fatal errors, warnings.

use postfix_log::Header;
use postfix_log::event::MasterKind;
use postfix_log::reason::pattern;

use super::{Dying, Host, KINDS, Kind, Program};

impl Host {
    pub(super) fn master(
        &mut self,
        time: i64,
        kind: MasterKind,
        service: Option<&[u8]>,
        text: &[u8],
    ) {
        match kind {
            MasterKind::Start | MasterKind::Reload | MasterKind::Stop => {
                if self.master.len() >= KINDS {
                    self.master.drain(..KINDS / 2);
                }
                self.master.push((time, kind));
            }
            MasterKind::Exit | MasterKind::Throttle => {
                let path = service.unwrap_or_default();
                let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                self.dies(time, name, text, false);
            }
            _ => {}
        }
    }

    pub(super) fn works(&mut self, time: i64, program: &[u8]) {
        if let Some(known) = self.program(program) {
            known.well = Some(time);
            known.dying = None;
        }
    }

    /// Records that a program died. Its own message says more than that of master.
    pub(super) fn dies(&mut self, time: i64, program: &[u8], text: &[u8], own: bool) {
        let Some(known) = self.program(program) else { return };
        let text = text.get(..300).unwrap_or(text);
        match &mut known.dying {
            Some(dying) => {
                dying.last = time;
                dying.count += u64::from(own);
                if own {
                    dying.text = text.to_vec();
                }
            }
            None => {
                let count = u64::from(own);
                known.dying = Some(Dying { first: time, last: time, count, text: text.to_vec() });
            }
        }
    }

    fn program(&mut self, name: &[u8]) -> Option<&mut Program> {
        if self.programs.len() >= 64 && !self.programs.contains_key(name) {
            return None;
        }
        if !self.programs.contains_key(name) {
            self.programs.insert(name.get(..64).unwrap_or(name).to_vec(), Program::default());
        }
        self.programs.get_mut(name)
    }

    pub(super) fn warn(&mut self, time: i64, header: &Header<'_>) {
        let program = header.program().unwrap_or_default();
        let mut key = program.to_vec();
        key.extend(pattern(header.text()));
        if self.warnings.len() >= KINDS && !self.warnings.contains_key(&key) {
            key = b"(other kinds)".to_vec();
        }
        let text = header.text();
        let text = text.get(..300).unwrap_or(text).to_vec();
        let kind = self.warnings.entry(key).or_insert_with(|| Kind {
            count: 0,
            first: time,
            last: time,
            program: program.to_vec(),
            text: Vec::new(),
        });
        (kind.count, kind.last, kind.text) = (kind.count + 1, time, text);
    }
}
