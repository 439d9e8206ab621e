//! Every envelope that loggers put around a message, with damaged and hostile variants. The table is
//! `data/envelopes.txt`: `#` a form of the catalogue, `<` a line, `>` what is read from it.

use postfix_log::Line;

/// `time host tag pid [xREPEAT] payload`, or the error and its place.
fn show(line: &str) -> String {
    let text = |part: Option<&[u8]>| {
        part.map_or("-".into(), |part| String::from_utf8_lossy(part).into_owned())
    };
    match Line::new(line.as_bytes(), 0).header() {
        Ok(header) => format!(
            "{} {} {} {}{} {}",
            header.timestamp().map_or("-".into(), |stamp| stamp.to_string()),
            text(header.host()),
            text(Some(header.tag())),
            header.pid().map_or("-".into(), |pid| pid.to_string()),
            header.repeat().map_or(String::new(), |count| format!(" x{count}")),
            text(Some(header.payload())),
        ),
        Err(error) => format!("{:?} {}", error.kind(), error.offset()),
    }
}

#[test]
fn every_form() {
    let mut rows = 0;
    let mut form = "";
    let mut line = String::new();
    for row in include_str!("data/envelopes.txt").lines().filter(|row| !row.is_empty()) {
        match row.split_at(2) {
            ("# ", title) => form = title,
            ("< ", input) => {
                line = input.replace("\\0", "\0").replace("\\xef\\xbb\\xbf", "\u{feff}")
            }
            ("> ", want) => {
                let want = want.replace("\\0", "\0");
                assert_eq!(show(&line), want, "{form}: {line}");
                rows += 1;
            }
            _ => panic!("row of no kind: {row}"),
        }
    }
    assert!(rows > 60, "{rows} rows");
}
