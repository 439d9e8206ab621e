//! Delay quantiles of two hosts, merged: each host keeps its own, and the sum is what one host would have counted.
use core::time::Duration;
use postfix_qshape::Quantiles;

/// The delays of one host, in seconds. In a real program they come from its log.
fn delays_of(host: u64) -> Quantiles<String> {
    // Every quantile is within 1 % of the true one.
    let mut delays = Quantiles::new(0.01);
    for mail in 1..=1_000 {
        delays.add_ref("mx.a.example", Duration::from_millis(2 * mail + host));
        if mail % 10 == host {
            delays.add_ref("mx.b.example", Duration::from_secs(mail));
        }
    }
    delays
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut all = delays_of(1);
    // The other host sends its state as bytes, for instance once an hour.
    let received = delays_of(2).to_bytes();
    all.merge(&Quantiles::from_bytes(&received)?)?;
    println!("{:<14}{:>7}{:>10}{:>10}{:>10}", "relay", "mails", "p50", "p95", "p99");
    for (relay, count) in all.rows() {
        print!("{relay:<14}{count:>7}");
        for q in [0.5, 0.95, 0.99] {
            let delay = all.quantile(relay, q).unwrap_or_default();
            print!("{:>9.1}s", delay.as_secs_f64());
        }
        println!();
    }
    Ok(())
}
