//! Builds queue files with a real structure and hostile numbers.

use arbitrary::{Arbitrary, Result, Unstructured};

/// Types that matter to some reader. Other bytes are used occasionally.
const KINDS: &[u8] = b"CTcFILSDRO/WVA>KMNwXLprePE<ionfdm\0";

/// Attribute texts with a meaning, and broken ones.
const ATTRIBUTES: &[&str] = &[
    "create_time=1700000000",
    "create_time=0",
    "create_time=-1",
    "create_time=x",
    "notify_flags=2",
    "notify_flags=1",
    "notify_flags=3",
    "notify_flags=14",
    "notify_flags=30",
    "notify_flags=",
    "dsn_orig_rcpt=rfc822;a@b",
    "dsn_orig_rcpt=",
    "envelope_id=id",
    "ret_flags=1",
    "ret_flags=2",
    "ret_flags=3",
    "encoding=8bit",
    "encoding=",
    " rewrite_context = remote ",
    "sasl_username=u",
    "log_client_name=c",
    "client_name=d",
    "log_client_address=192.0.2.1",
    "client_port=25",
    "trace_flags=4",
    "=",
    "=x",
    "name",
    "na me=x",
    "",
];

/// A piece of a file that is being built.
enum Piece {
    Bytes(Vec<u8>),
    /// A pointer to the piece with this number, and the width of its digits.
    Pointer {
        to: usize,
        width: usize,
    },
}

/// A whole file from the bytes of the fuzzer: mostly well-formed records, pointers to the starts of other
/// records, a size record that is right, or wrong in one field.
pub fn file(data: &[u8]) -> Vec<u8> {
    let mut u = Unstructured::new(data);
    make(&mut u).unwrap_or_default()
}

fn make(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let shaped = u.ratio(3, 4)?;
    let mut pieces = Vec::new();
    if shaped {
        if u.ratio(7, 8)? {
            pieces.push(Piece::Bytes(record(b'C', &[b' '; 95], u)?));
        }
        pieces.push(Piece::Bytes(record(b'T', b"1700000000 123", u)?));
        pieces.push(Piece::Bytes(record(b'S', b"sender@a.example", u)?));
    }
    let mut marks = [None; 3];
    while !u.is_empty() && pieces.len() < 120 {
        let kind = match u.int_in_range(0..=19_u8)? {
            0 => u.arbitrary()?,
            1..=4 => b'R',
            5..=7 => b'p',
            8 => b'N',
            9 if marks[0].is_none() => b'M',
            10 if marks[1].is_none() => b'X',
            _ => *u.choose(KINDS)?,
        };
        for (mark, letter) in marks.iter_mut().zip(*b"MXE") {
            if kind == letter && mark.is_none() {
                *mark = Some(pieces.len());
            }
        }
        if kind == b'p' {
            let to = u.int_in_range(0..=pieces.len() + 12)?;
            pieces.push(Piece::Pointer { to, width: *u.choose(&[1, 2, 4, 15])? });
            continue;
        }
        let text = payload(kind, u)?;
        pieces.push(Piece::Bytes(record(kind, &text, u)?));
    }
    if shaped {
        for (slot, letter) in b"MXE".iter().enumerate() {
            if marks[slot].is_none() {
                marks[slot] = Some(pieces.len());
                pieces.push(Piece::Bytes(vec![*letter, 0]));
            }
        }
    }
    Ok(assemble(&pieces, marks, shaped))
}

fn payload(kind: u8, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    Ok(match kind {
        b'A' => u.choose(ATTRIBUTES)?.as_bytes().to_vec(),
        b'T' | b'c' | b'W' => {
            u.choose(&["0", "-1", "1700000000", "1700000000 5", "x", ""])?.as_bytes().to_vec()
        }
        b'n' | b'<' => u.choose(&["1", "2", "3", "14", "x", ""])?.as_bytes().to_vec(),
        b'C' => u.choose(&["1 2 3", "5 5 1 0 0 0", "-1 -1 -1 -1 -1 0", "7"])?.as_bytes().to_vec(),
        b'M' | b'X' | b'E' if u.ratio(15, 16)? => Vec::new(),
        _ => {
            let length = u.int_in_range(0..=12_usize)?;
            u.bytes(length.min(u.len()))?.to_vec()
        }
    })
}

/// A record. Occasionally its length takes more bytes than necessary, or is false.
pub fn record(kind: u8, data: &[u8], u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut out = vec![kind];
    let mut length = data.len();
    let mut extra = 0;
    match u.int_in_range(0..=63_u8)? {
        0 => length = length.wrapping_add(u.arbitrary::<u8>()?.into()),
        1 => extra = u.int_in_range(1..=4)?,
        _ => {}
    }
    loop {
        let low = (length % 128) as u8;
        length /= 128;
        if length == 0 && extra == 0 {
            out.push(low);
            break;
        }
        out.push(low | 0x80);
        if length == 0 {
            extra -= 1;
        }
    }
    out.extend_from_slice(data);
    Ok(out)
}

/// Joins the pieces. The targets of pointers and the numbers of the size record are known once every piece has its place.
fn assemble(pieces: &[Piece], marks: [Option<usize>; 3], shaped: bool) -> Vec<u8> {
    let mut starts = vec![0];
    for piece in pieces {
        let length = match piece {
            Piece::Bytes(bytes) => bytes.len(),
            Piece::Pointer { width, .. } => 2 + width,
        };
        starts.push(starts.last().unwrap_or(&0) + length);
    }
    let start = |piece: usize| starts.get(piece).copied();
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
            Piece::Pointer { to, width } => {
                let text = format!("{:>width$}", start(*to).unwrap_or(99_999));
                // Too wide for its place, so it is cut and leads somewhere else.
                let text = &text.as_bytes()[..*width];
                out.extend_from_slice(&[b'p', *width as u8]);
                out.extend_from_slice(text);
            }
        }
    }
    if let (true, Some(m), Some(x), true) = (shaped, marks[0], marks[1], out.starts_with(b"C\x5f"))
    {
        let content = start(m + 1).unwrap_or(0);
        let size = start(x).unwrap_or(0).saturating_sub(content);
        let fields = [size, content, 1, 0, 0, 0].map(|n| format!("{n:>15}")).join(" ");
        out[2..97].copy_from_slice(fields.as_bytes());
    }
    out
}

/// A list of records that must survive encoding and decoding.
#[derive(Arbitrary, Debug)]
pub struct Plain {
    /// Type, data, and how often the data is repeated, to get long ones from few bytes.
    pub records: Vec<(u8, Vec<u8>, u8)>,
}
