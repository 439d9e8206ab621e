//! An alarm for bursts: which client had more than 20 failed logins within the last ten minutes, and since when?
use core::time::Duration;
use postfix_qshape::{Name, Rates};

/// Failed logins of a log, as a second and a client: one fails now and then, the other guesses passwords.
fn failures() -> impl Iterator<Item = (u64, &'static str)> {
    (0..7_200).filter_map(|second| match second {
        _ if second % 900 == 0 => Some((second, "192.0.2.7")),
        3_000..3_400 if second % 10 == 0 => Some((second, "198.51.100.23")),
        _ => None,
    })
}

fn main() -> Result<(), postfix_qshape::Error> {
    // Ten windows of a minute each move along with the time of the log; at most 2,000 clients have a row.
    let mut failed: Rates<Name> = Rates::new(Duration::from_secs(60), 10, 1_000)?;
    let mut loud = false;
    for (second, client) in failures() {
        failed.add_ref(client.as_bytes(), Duration::from_secs(second));
        let Some(row) = failed.rows().next() else { continue };
        let (client, count) = (row.key(), row.total());
        let was_loud = core::mem::replace(&mut loud, count > 20);
        if loud && !was_loud {
            // The oldest window with something in it.
            let oldest = row.counts().iter().rposition(|count| count > 0);
            let since = oldest.and_then(|bucket| failed.start(bucket)).unwrap_or_default();
            println!("{second} s: {client} failed {count} times since {} s", since.as_secs());
        } else if was_loud && !loud {
            println!("{second} s: the burst is over, {count} is the largest count");
        }
    }
    Ok(())
}
