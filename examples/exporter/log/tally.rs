//! What one line of the log adds to the numbers.

use examples::unread::Unread;
use postfix_log::event::{PolicyAction, PolicyOutcome};
use postfix_log::reason::{Classifier, Recent};
use postfix_log::{Delivery, Event, Fate, Header, Lifecycle, LogLine, Status, Tracker};

use super::familiar;
use super::seen::Seen;
use crate::families::Counter;
use crate::numbers::Numbers;
use crate::series::cut;

/// The program of lines that have none.
const UNKNOWN: &[u8] = b"(unknown)";

/// The program of lines that are not Postfix's.
const FOREIGN: &[u8] = b"(foreign)";

/// All that is kept about the lines read so far.
pub(crate) struct Tally {
    pub(crate) numbers: Numbers,
    pub(crate) tracker: Tracker,
    pub(crate) seen: Seen,
    classifier: Classifier<'static>,
    reasons: Recent<'static>,
    pub(crate) unread: Unread,
}

impl Tally {
    pub(crate) fn new(
        numbers: Numbers,
        tracker: Tracker,
        seen: Seen,
        classifier: Classifier<'static>,
    ) -> Self {
        let reasons = Recent::new(classifier);
        Self { numbers, tracker, seen, classifier, reasons, unread: Unread::default() }
    }

    /// Counts a line.
    pub(crate) fn add(&mut self, line: &LogLine<'_>) {
        let Ok(header) = line.header() else {
            self.unread.add(line);
            self.numbers.add(Counter::LogLines, &[UNKNOWN, b"malformed"], line.lines());
            return;
        };
        let event = header.event();
        let program = match event {
            Event::Foreign(_) => FOREIGN,
            _ => header.program().unwrap_or(UNKNOWN),
        };
        let kind = event.name().as_bytes();
        self.numbers.add(Counter::LogLines, &[program, kind], line.lines());
        if header.is_postfix() {
            self.count(&header, &event);
        }
        for row in self.tracker.push(&header, &event) {
            add_row(&mut self.numbers, &row);
        }
    }

    fn count(&mut self, header: &Header<'_>, event: &Event<'_>) {
        let times = u64::from(header.occurrences());
        match event {
            Event::Delivery(delivery) => self.delivery(header, delivery, times),
            Event::PolicyAction(action) => self.policy(action, times),
            Event::Trouble(trouble) => {
                self.numbers.add(Counter::Troubles, &[trouble.kind.as_str().as_bytes()], times);
            }
            _ => {}
        }
        familiar::count(&mut self.numbers, &mut self.seen, header, event, times);
    }

    fn delivery(&mut self, header: &Header<'_>, delivery: &Delivery<'_>, times: u64) {
        let service = header.service().or_else(|| header.program()).unwrap_or(UNKNOWN);
        let failed = !matches!(delivery.status, Status::Sent | Status::Deliverable);
        let class = match failed {
            true => self.reasons.classify_delivery(delivery).class().as_str(),
            false => "",
        };
        let labels = [service, delivery.status.as_str().as_bytes(), class.as_bytes()];
        self.numbers.add(Counter::Deliveries, &labels, times);
    }

    fn policy(&mut self, action: &PolicyAction<'_>, times: u64) {
        if !is_refusal(action) {
            return;
        }
        let stage = action.stage.unwrap_or(action.source.as_str().as_bytes());
        let class = self.classifier.classify_policy(action).class();
        let code = code(action);
        let labels = [cut(stage), code.as_bytes(), class.as_str().as_bytes()];
        self.numbers.add(Counter::Rejects, &labels, times);
    }

    /// The numbers as they are shown: with the recipients that are done but whose message is still open, or not yet
    /// closed because its last lines may be late. What was shown once is never taken back.
    pub(crate) fn show(&mut self, shown: &mut Numbers) -> Numbers {
        let mut now = self.numbers.clone();
        for row in self.tracker.rows().filter(|row| row.resolved.is_some()) {
            add_row(&mut now, &row);
        }
        for (labels, &count) in
            now.counter(Counter::Recipients).into_iter().flat_map(|all| all.iter())
        {
            let labels: Vec<&[u8]> = labels.iter().map(Vec::as_slice).collect();
            shown.raise(Counter::Recipients, &labels, count);
        }
        for (reason, count) in self.tracker.evictions() {
            now.raise(Counter::Evictions, &[reason.as_str().as_bytes()], count);
        }
        now.replace(Counter::Recipients, shown);
        now
    }
}

/// Counts a recipient whose end is known, or will not be known.
fn add_row(numbers: &mut Numbers, row: &Lifecycle) {
    if row.is_hop() || row.fate == Fate::Probe {
        return;
    }
    let class = row.class().map_or("", |class| class.as_str());
    numbers.add(Counter::Recipients, &[row.fate.as_str().as_bytes(), class.as_bytes()], 1);
}

/// Whether a client, command or message was refused, for now or for good.
pub(super) fn is_refusal(action: &PolicyAction<'_>) -> bool {
    matches!(action.outcome(), Some(PolicyOutcome::Refused | PolicyOutcome::Deferred))
}

/// The SMTP code of a refusal; empty where none is logged.
pub(super) fn code(action: &PolicyAction<'_>) -> String {
    action.code.map(|code| code.to_string()).unwrap_or_default()
}
