//! The year of each line: at New Year, at the edges of half a year, and where clocks are set back.

use postfix_log::{Calendar, Line, LogTime, QueueId};

fn resolve(calendar: &mut Calendar, stamp: &str) -> Option<String> {
    let line = format!("{stamp} mx1 postfix/smtpd[9]: text");
    let stamp = Line::new(line.as_bytes(), 0).header().ok()?.stamp()?;
    calendar.resolve(&stamp).map(|time| time.to_string())
}

/// Stamps in the order of a log, and the times that they get.
#[track_caller]
fn follow(mut calendar: Calendar, stamps: &[(&str, &str)]) {
    for (stamp, want) in stamps {
        assert_eq!(resolve(&mut calendar, stamp).as_deref(), Some(*want), "{stamp}");
    }
}

#[test]
fn late_lines_after_new_year() {
    follow(
        Calendar::starting_at(2026),
        &[
            ("Dec 31 23:59:58", "2026-12-31T23:59:58"),
            ("Jan  1 00:00:00", "2027-01-01T00:00:00"),
            ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
            ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
            ("Jan  1 00:00:00", "2027-01-01T00:00:00"),
            ("Jan  2 00:00:00", "2027-01-02T00:00:00"),
            // Of a process that was stopped for a day.
            ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
            ("Jan  2 00:00:01", "2027-01-02T00:00:01"),
        ],
    );
    // The first line of a log may be the late one.
    follow(
        Calendar::starting_at(2027),
        &[
            ("Jan  1 00:00:00", "2027-01-01T00:00:00"),
            ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
            ("Jan  1 00:00:01", "2027-01-01T00:00:01"),
        ],
    );
    // A stamp with a year among others sets it for them.
    follow(
        Calendar::new(),
        &[
            ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
            ("2026-12-31T23:59:59Z", "2026-12-31T23:59:59Z"),
            ("Jan  1 00:00:00", "2027-01-01T00:00:00"),
        ],
    );
}

/// A step back of more than 183 days is the next year, one ahead of more than 335 days the year before.
#[test]
fn where_a_year_ends() {
    follow(
        Calendar::starting_at(2026),
        &[("Jul 10 00:00:00", "2026-07-10T00:00:00"), ("Jan  8 00:00:00", "2026-01-08T00:00:00")],
    );
    follow(
        Calendar::starting_at(2026),
        &[("Jul 10 00:00:00", "2026-07-10T00:00:00"), ("Jan  7 23:59:59", "2027-01-07T23:59:59")],
    );
    follow(
        Calendar::starting_at(2026),
        &[("Jan  1 00:00:00", "2026-01-01T00:00:00"), ("Dec  2 00:00:00", "2026-12-02T00:00:00")],
    );
    follow(
        Calendar::starting_at(2026),
        &[("Jan  1 00:00:00", "2026-01-01T00:00:00"), ("Dec  2 00:00:01", "2025-12-02T00:00:01")],
    );
    // What counts is the line before, not the latest one.
    follow(
        Calendar::starting_at(2026),
        &[
            ("Aug  1 00:00:00", "2026-08-01T00:00:00"),
            ("Feb 10 00:00:00", "2026-02-10T00:00:00"),
            ("Jan 20 00:00:00", "2026-01-20T00:00:00"),
        ],
    );
}

#[test]
fn leap_days_near_and_far() {
    follow(
        Calendar::starting_at(2027),
        &[("Dec 31 10:00:00", "2027-12-31T10:00:00"), ("Feb 29 10:00:00", "2028-02-29T10:00:00")],
    );
    follow(
        Calendar::starting_at(2029),
        &[("Feb 20 10:00:00", "2029-02-20T10:00:00"), ("Mar  1 00:00:00", "2029-03-01T00:00:00")],
    );
    // Late in the year after a leap year, none is near.
    let mut calendar = Calendar::starting_at(2029);
    assert!(resolve(&mut calendar, "Aug  1 10:00:00").is_some());
    assert_eq!(resolve(&mut calendar, "Feb 29 10:00:00"), None);
    // A stamp without a place on the time line moves nothing.
    assert_eq!(resolve(&mut calendar, "Aug  2 10:00:00").as_deref(), Some("2029-08-02T10:00:00"));
}

#[test]
fn years_have_four_digits() {
    for (year, want) in [
        (-1, None),
        (0, Some("0000-03-01T10:00:00")),
        (9999, Some("9999-03-01T10:00:00")),
        (10_000, None),
        (i32::MAX, None),
        (i32::MIN, None),
    ] {
        let mut calendar = Calendar::starting_at(year);
        assert_eq!(resolve(&mut calendar, "Mar  1 10:00:00").as_deref(), want, "{year}");
    }
    // Nor does the turn of the last year lead further.
    let mut calendar = Calendar::starting_at(9999);
    assert!(resolve(&mut calendar, "Dec 31 10:00:00").is_some());
    assert_eq!(resolve(&mut calendar, "Jan  1 10:00:00"), None);
}

/// The year that puts the stamp nearest to the arrival in a long queue id.
#[test]
fn ids_on_the_other_side_of_new_year() {
    // The 20th of November 2026.
    let id = QueueId::parse(b"4jW9mx0sf8z9rwp").expect("a queue id");
    let stamp = |text: &str| {
        let line = format!("{text} mx1 postfix/smtpd[9]: text");
        Line::new(line.as_bytes(), 0).header().expect("a log line").stamp().expect("a stamp")
    };
    for (text, want) in [
        ("Feb  5 10:00:00", "2027-02-05T10:00:00"),
        ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
        ("May 21 10:00:00", "2027-05-21T10:00:00"),
        ("May 22 10:00:00", "2026-05-22T10:00:00"),
    ] {
        let time = Calendar::new().resolve_with(&stamp(text), Some(id)).map(|it| it.to_string());
        assert_eq!(time.as_deref(), Some(want), "{text}");
    }
    // Once the year is known, ids say nothing.
    let mut calendar = Calendar::starting_at(2020);
    let time = calendar.resolve_with(&stamp("Feb  5 10:00:00"), Some(id));
    assert_eq!(time.map(|it| it.to_string()).as_deref(), Some("2020-02-05T10:00:00"));
    // A short id tells no year.
    let short = QueueId::parse(b"1E24013C03E").expect("a queue id");
    assert_eq!(Calendar::new().resolve_with(&stamp("Feb  5 10:00:00"), Some(short)), None);
}

/// An hour that comes twice, read twice: what went back far begins anew.
#[cfg(feature = "alloc")]
#[test]
fn an_old_file_has_its_first_hour_again() {
    let berlin =
        |wall: i64| Some(if (1_774_749_600..1_792_897_200).contains(&wall) { 7200 } else { 3600 });
    let once = [
        ("Oct 25 02:30:00", "2026-10-25T02:30:00+02:00"),
        ("Oct 25 02:59:59", "2026-10-25T02:59:59+02:00"),
        ("Oct 25 02:30:00", "2026-10-25T02:30:00+01:00"),
        // Five minutes of disorder are no reason to go back.
        ("Oct 25 02:25:00", "2026-10-25T02:25:00+01:00"),
        ("Oct 25 02:30:00", "2026-10-25T02:30:00+01:00"),
        ("Oct 25 03:00:00", "2026-10-25T03:00:00+01:00"),
    ];
    let again = [("Oct 25 01:00:00", "2026-10-25T01:00:00+02:00")];
    follow(Calendar::starting_at(2026).with_zone(berlin), &[&once[..], &again, &once].concat());
}

/// Fractions count forward from the second below, also before 1970.
#[test]
fn times_before_the_epoch() {
    for (text, micros, seconds) in [
        ("1969-12-31T23:59:59.5Z", -500_000, -1),
        ("1969-12-31T23:59:58.000001Z", -1_999_999, -2),
        ("1970-01-01T00:00:00.25Z", 250_000, 0),
        ("1970-01-01T00:00:00.25+01:00", -3_599_750_000, -3_600),
    ] {
        let time: LogTime = text.parse().expect("a time");
        assert_eq!((time.as_micros(), time.as_seconds()), (micros, seconds), "{text}");
    }
}

/// A time whose zone is not known says nothing of the hour that comes twice.
#[cfg(feature = "alloc")]
#[test]
fn zones_that_are_not_always_known() {
    // London in 2026, before half past one not known.
    let london = |wall: i64| match wall {
        ..1_792_891_800 => None,
        1_792_891_800..1_792_893_600 => Some(3600),
        _ => Some(0),
    };
    follow(
        Calendar::starting_at(2026).with_zone(london),
        &[
            ("Oct 25 01:29:00", "2026-10-25T01:29:00"),
            ("Oct 25 01:31:00", "2026-10-25T01:31:00+01:00"),
            ("Oct 25 01:59:00", "2026-10-25T01:59:00+01:00"),
            ("Oct 25 01:31:00", "2026-10-25T01:31:00Z"),
        ],
    );
}

/// What `Debug` shows of a calendar has its zone.
#[test]
fn a_calendar_shows_its_zone() {
    let shown = format!("{:?}", Calendar::starting_at(2026).with_offset(-3600));
    assert!(shown.contains("Fixed(-3600)") && shown.contains("2026"), "{shown}");
}

/// Five minutes of disorder, to the second, are no second hour, and an hour that comes once is never the second one.
#[cfg(feature = "alloc")]
#[test]
fn disorder_before_the_second_hour() {
    let berlin =
        |wall: i64| Some(if (1_774_749_600..1_792_897_200).contains(&wall) { 7200 } else { 3600 });
    follow(
        Calendar::starting_at(2026).with_zone(berlin),
        &[
            ("Oct 25 02:10:00", "2026-10-25T02:10:00+02:00"),
            ("Oct 25 01:50:00", "2026-10-25T01:50:00+02:00"),
            ("Oct 25 02:59:59", "2026-10-25T02:59:59+02:00"),
            ("Oct 25 02:54:59", "2026-10-25T02:54:59+02:00"),
            ("Oct 25 02:54:58", "2026-10-25T02:54:58+01:00"),
        ],
    );
}

/// A zone that sets its clocks back by three hours, as Casey in Antarctica did in March 2010.
#[cfg(feature = "alloc")]
#[test]
fn three_hours_that_come_twice() {
    // 2010-03-05 02:00 on the clock before.
    let casey = |wall: i64| Some(if wall < 1_267_754_400 { 39_600 } else { 28_800 });
    follow(
        Calendar::starting_at(2010).with_zone(casey),
        &[
            ("Mar  4 23:10:00", "2010-03-04T23:10:00+11:00"),
            ("Mar  5 01:59:59", "2010-03-05T01:59:59+11:00"),
            ("Mar  4 23:10:00", "2010-03-04T23:10:00+08:00"),
            ("Mar  5 01:59:59", "2010-03-05T01:59:59+08:00"),
            ("Mar  5 02:00:00", "2010-03-05T02:00:00+08:00"),
        ],
    );
}
