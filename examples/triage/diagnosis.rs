//! What the shape of a queue means, in a line: which domain, arriving or old, down or slow.

use examples::text::printable;
use postfix_log::Class;
use postfix_qshape::Shape;
use postfix_queuefile::Queue;

use crate::spool::{Totals, Waiting};

/// Fewer recipients than this are not congestion.
const FEW: u64 = 20;

/// Classes of age below the fourth edge, 40 minutes: mail that has just arrived. What waits longer
/// than the longest wait between attempts (`maximal_backoff_time`, 4000 s) is old.
const FRESH: usize = 4;
const OLD: usize = 5;

/// A line for each queue that is congested.
pub(crate) fn lines(waiting: &Waiting) -> Vec<String> {
    waiting
        .queues
        .iter()
        .filter(|(_, totals)| totals.recipients() >= FEW)
        .map(|(queue, totals)| format!("{}: {}", queue.as_str(), meaning(*queue, totals, waiting)))
        .collect()
}

fn meaning(queue: Queue, totals: &Totals, waiting: &Waiting) -> String {
    let shape = &totals.shape;
    let worst = worst(shape);
    match queue {
        Queue::Maildrop => match age(shape) {
            Age::Fresh => "a burst of local submissions".into(),
            _ => "pickup does not run, or cannot keep up: locally submitted mail is old".into(),
        },
        Queue::Incoming if waiting.is_active_full() => {
            "new mail waits because the active queue is full".into()
        }
        Queue::Incoming => match age(shape) {
            Age::Fresh => format!("mail arrives faster than the queue manager takes it{worst}"),
            _ => format!("the queue manager takes no mail in, if it runs at all{worst}"),
        },
        Queue::Active => match age(shape) {
            Age::Fresh => format!("fresh mail is being delivered, slowly{worst}"),
            Age::Old => {
                format!("old mail is being tried: a queue run, a mass flush or a restart{worst}")
            }
            Age::Mixed => format!("fresh and old mail compete for delivery{worst}"),
        },
        Queue::Deferred => {
            let when = match age(shape) {
                Age::Fresh => "a problem that has just begun",
                Age::Old => "a backlog",
                Age::Mixed => "a problem that goes on while mail arrives",
            };
            format!("{when}{worst}{}", waiting.main_reason().map_or("", state))
        }
        _ => format!(
            "put on hold by a policy or a person; nothing moves until it is released{worst}"
        ),
    }
}

enum Age {
    Fresh,
    Old,
    Mixed,
}

/// Where two thirds of the mail are.
fn age(shape: &Shape<Vec<u8>>) -> Age {
    let total = shape.total();
    let part = |buckets: &mut dyn Iterator<Item = u64>| buckets.sum::<u64>().saturating_mul(3);
    let most = total.total().saturating_mul(2);
    if part(&mut total.iter().take(FRESH)) >= most {
        Age::Fresh
    } else if part(&mut total.iter().skip(OLD)) >= most {
        Age::Old
    } else {
        Age::Mixed
    }
}

/// The domain that has a third of the queue or more.
fn worst(shape: &Shape<Vec<u8>>) -> String {
    let (Some(row), total) = (shape.rows().next(), shape.total().total()) else {
        return String::new();
    };
    let share = row.total().saturating_mul(100).checked_div(total).unwrap_or(0);
    if share < 33 {
        return format!(", spread over {} domains", shape.len());
    }
    format!(", {share} % of it for {}", printable(row.key()))
}

/// Whether the other side is down, slow, or unwilling.
fn state(class: Class) -> &'static str {
    match class {
        Class::NetTimeout
        | Class::NetRefused
        | Class::NetUnreachable
        | Class::NetReset
        | Class::LostConnection
        | Class::Dns => "; mostly down or unreachable",
        Class::Greylist | Class::RateLimit => "; mostly slowed down by the receiver",
        Class::RemoteSystem | Class::MailboxFull => "; mostly in trouble at the receiver",
        Class::Reputation | Class::Blocklist | Class::ContentSpam => "; mostly unwanted there",
        Class::LocalConfig | Class::LocalDisk => "; mostly trouble on this host",
        _ => "",
    }
}
