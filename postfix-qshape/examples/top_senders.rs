//! The largest senders of a stream in bounded memory, with a bound on what each row can have missed.
use core::time::Duration;
use postfix_qshape::{Buckets, Name, TopShape};

fn main() -> Result<(), postfix_qshape::Error> {
    // Messages and bytes. At least 100 rows are kept and at most 200, however many senders come.
    let mut top: TopShape<Name, (u64, u64)> = TopShape::new(Buckets::default(), 100)?;
    for mail in 0..50_000_u64 {
        // Every other message has a sender that never comes again, as in a flood of forged addresses.
        let sender = match mail % 8 {
            0 | 2 => "news@example.com".to_owned(),
            4 => "billing@example.com".to_owned(),
            6 => format!("user{}@example.com", mail % 5),
            _ => format!("{mail}@forged.example"),
        };
        let age = Duration::from_secs(mail % 1_000);
        top.extend_ref([(sender.as_bytes(), age, (1, 2_000 + mail % 7))]);
    }
    println!("{:<22}{:>9}{:>12}{:>9}", "sender", "messages", "bytes", "missed");
    for row in top.rows().take(3) {
        let (messages, bytes) = row.total();
        println!("{:<22}{messages:>9}{bytes:>12}{:>9}", row.key().to_string(), row.missed());
    }
    let (messages, bytes) = top.total().total();
    println!("{:<22}{messages:>9}{bytes:>12}", "all, exactly");
    println!("A sender without a row has sent at most {} messages.", top.floor());
    Ok(())
}
