//! Mail that passes through content filters: one row for each recipient, with what each hop knows.
#![cfg(feature = "lifecycle")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use postfix_log::lifecycle::{Flag, Limits};
use postfix_log::{Lifecycle, Tracker};

mod tracked;

use tracked::{ACTIVE, START, delivery, log, run, text, told};

const FIRST: &str = "1E24013C03E";
const SECOND: &str = "0AAAA13C040";
const THIRD: &str = "0BBBB13C050";

/// The start of a message that a filter sends back.
fn back(time: &str, id: &str) -> String {
    format!("{time} smtpd {id}: client=localhost[127.0.0.1]\n")
}

/// `to`, with `orig_to` after a comma, given to a filter that returns it as `child`.
fn handed(time: &str, id: &str, to: &str, child: &str) -> String {
    let reply =
        format!("250 2.0.0 from MTA(smtp:[127.0.0.1]:10026): 250 2.0.0 Ok: queued as {child}");
    format!("{time} smtp {}\n", line(id, to, "sent", &reply, "127.0.0.1[127.0.0.1]:10025"))
}

fn end(time: &str, id: &str, to: &str, status: &str) -> String {
    format!("{time} smtp {}\n", line(id, to, status, "x", "mx.b.example[192.0.2.9]:25"))
}

fn line(id: &str, to: &str, status: &str, why: &str, relay: &str) -> String {
    let (to, orig_to) = to.split_once(',').unwrap_or((to, ""));
    let mut line =
        delivery(to, status, why).replace(FIRST, id).replace("mx.b.example[192.0.2.9]:25", relay);
    if !orig_to.is_empty() {
        line = line.replace(">, relay=", &format!(">, orig_to=<{orig_to}>, relay="));
    }
    line
}

/// `id>id>id to fate …` of each row, as the tracker gives them.
fn chains(text: &str) -> Vec<String> {
    run(&log(text)).iter().map(chain).collect()
}

fn chain(row: &Lifecycle) -> String {
    let mut ids = vec![text(&row.message.queue_id)];
    ids.extend(row.chain.iter().map(|hop| text(&hop.queue_id)));
    let told = told(row);
    match row.orig_to.as_deref() {
        Some(orig_to) => format!("{} {told} from {}", ids.join(">"), text(orig_to)),
        None => format!("{} {told}", ids.join(">")),
    }
}

/// The first filter expands an alias, so that the second one gets a recipient whose first name is only in `orig_to`.
#[test]
fn two_filters_and_a_name_that_changes() {
    let first = format!("{START}11:00:00 {ACTIVE}");
    let text = |second: &str, last: &str| {
        let mut text = first.clone();
        text += &handed("11:00:01", FIRST, "team@b.example", SECOND);
        text += &back("11:00:01", SECOND);
        text += &handed("11:00:02", SECOND, second, THIRD);
        text += &back("11:00:02", THIRD);
        text + &end("11:00:03", THIRD, last, "sent")
    };
    let whole = format!("{FIRST}>{SECOND}>{THIRD} team@b.example delivered end=11:00:03");
    for (second, last) in [
        ("team@b.example", "team@b.example"),
        ("Team@B.example", "team@b.example"),
        ("bob@b.example,team@b.example", "bob@b.example"),
        ("bob@b.example,TEAM@b.example", "bob@b.example"),
        ("bob@b.example,team@b.example", "eve@b.example,bob@b.example"),
    ] {
        assert_eq!(chains(&text(second, last)), core::slice::from_ref(&whole), "{second} {last}");
    }
    // The lines of the second hop may come last.
    let mut late = first;
    late += &back("11:00:01", SECOND);
    late += &back("11:00:02", THIRD);
    late += &end("11:00:03", THIRD, "bob@b.example", "sent");
    late += &handed("11:00:03", FIRST, "team@b.example", SECOND);
    late += &handed("11:00:03", SECOND, "bob@b.example,team@b.example", THIRD);
    assert_eq!(chains(&late), [whole]);
}

/// A filter that changes the recipient: if one is left on each side, it is the same one.
#[test]
fn recipients_that_a_filter_renames() {
    let two = |ends: &str| {
        let mut text = format!("{START}11:00:00 {ACTIVE}");
        text += &handed("11:00:01", FIRST, "b@b.example", SECOND);
        text += &handed("11:00:01", FIRST, "c@b.example", SECOND);
        chains(&format!("{text}{}{ends}", back("11:00:01", SECOND)))
    };
    let one = |ends: &str| {
        let text = handed("11:00:01", FIRST, "b@b.example", SECOND);
        chains(&format!("{START}11:00:00 {ACTIVE}{text}{}{ends}", back("11:00:01", SECOND)))
    };
    let row = |to: &str, rest: &str| format!("{FIRST}>{SECOND} {to}@b.example {rest}");
    assert_eq!(
        one(&end("11:00:02", SECOND, "z@b.example", "bounced")),
        [row("b", "bounced end=11:00:02")]
    );
    // By its own name first, then by its former one.
    let crossed = end("11:00:02", SECOND, "c@b.example,b@b.example", "sent")
        + &end("11:00:03", SECOND, "b@b.example", "bounced");
    assert_eq!(
        two(&crossed),
        [row("c", "delivered end=11:00:02"), row("b", "bounced end=11:00:03")]
    );
    let third = end("11:00:04", SECOND, "x@b.example", "bounced");
    let rows = two(&(end("11:00:02", SECOND, "y@b.example", "sent")
        + &end("11:00:03", SECOND, "z@b.example", "sent")
        + &third));
    for name in ["b", "c"] {
        assert!(rows.contains(&row(name, "unknown")), "{rows:?}");
    }
    // Of two strangers it is known who they were only if both fared alike.
    let strangers = |first: &str, second: &str| {
        two(&(end("11:00:02", SECOND, "y@b.example", first)
            + &end("11:00:03", SECOND, "z@b.example", second)))
    };
    let fates = |rows: Vec<String>, name: &str| {
        let name = format!(" {name}@b.example ");
        let row = rows.iter().find(|row| row.contains(&name)).cloned();
        row.map(|row| row.split(' ').skip(2).collect::<Vec<_>>().join(" "))
    };
    for name in ["b", "c"] {
        assert_eq!(fates(strangers("sent", "sent"), name).as_deref(), Some("delivered ambiguous"));
        assert_eq!(
            fates(strangers("bounced", "bounced"), name).as_deref(),
            Some("bounced ambiguous")
        );
        assert_eq!(fates(strangers("sent", "bounced"), name).as_deref(), Some("unknown"));
    }
}

/// What the row of a chain takes from its first hop, and what from its last.
#[test]
fn each_hop_gives_its_part() {
    let deferred = end("11:00:01", FIRST, "b@b.example,team@b.example", "deferred");
    let second_active = format!(
        "11:10:00 qmgr {SECOND}: from=<srs0=a@c.example>, size=999, nrcpt=3 (queue active)\n"
    );
    let handed = handed("11:10:00", FIRST, "b@b.example,team@b.example", SECOND);
    let again = end("11:20:00", SECOND, "b@b.example", "deferred");
    let sent = end("11:40:00", SECOND, "b@b.example", "sent");
    let text = format!(
        "{START}11:00:00 {ACTIVE}{deferred}{handed}{}{second_active}{again}{sent}",
        back("11:10:00", SECOND)
    );
    let all = run(&log(&text));
    let [row] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        chain(row),
        format!(
            "{FIRST}>{SECOND} b@b.example delivered_after_deferral first=11:00:01 end=11:40:00 wait=2399 from team@b.example"
        )
    );
    assert_eq!(row.message.from.as_deref(), Some(&b"a@a.example"[..]));
    assert_eq!((row.message.size, row.message.nrcpt), (Some(418), Some(1)));
    assert_eq!(row.message.message_id.as_deref(), Some(&b"<x@a.example>"[..]));
    assert_eq!(row.attempt_count, 2);
    let first_seen = row.message.first_seen.map(|time| time.to_string());
    assert_eq!(first_seen.as_deref(), Some("2026-11-22T11:00:00"));
    // Refused at the last hop, after the deferral at the first one.
    let bounced = end("11:10:30", SECOND, "b@b.example", "bounced");
    let early = text.replace(&again, &bounced).replace(&sent, "");
    assert_eq!(
        chains(&early),
        [format!(
            "{FIRST}>{SECOND} b@b.example late_bounce first=11:00:01 end=11:10:30 wait=629 from team@b.example"
        )]
    );
    // Without a deferral at the first hop, the one at the last counts.
    let all = chains(&text.replace(&deferred, ""));
    assert_eq!(
        all,
        [format!(
            "{FIRST}>{SECOND} b@b.example delivered_after_deferral first=11:20:00 end=11:40:00 wait=1200 from team@b.example"
        )]
    );
}

/// With three hops, the first deferral of all is that of the first hop that had one.
#[test]
fn the_first_deferral_of_three_hops() {
    let text = |first: bool, second: bool| {
        let mut text = format!("{START}11:00:00 {ACTIVE}");
        if first {
            text += &end("11:00:01", FIRST, "b@b.example", "deferred");
        }
        text += &handed("11:10:00", FIRST, "b@b.example", SECOND);
        text += &back("11:10:00", SECOND);
        if second {
            text += &end("11:10:01", SECOND, "b@b.example", "deferred");
        }
        text += &handed("11:20:00", SECOND, "b@b.example", THIRD);
        text += &back("11:20:00", THIRD);
        chains(&(text + &end("11:20:01", THIRD, "b@b.example", "sent")))
    };
    let row = |rest: &str| [format!("{FIRST}>{SECOND}>{THIRD} b@b.example {rest}")];
    assert_eq!(text(false, false), row("delivered end=11:20:01"));
    for (first, second, time, wait) in [
        (true, false, "11:00:01", 1200),
        (true, true, "11:00:01", 1200),
        (false, true, "11:10:01", 600),
    ] {
        let rest = format!("delivered_after_deferral first={time} end=11:20:01 wait={wait}");
        assert_eq!(text(first, second), row(&rest));
    }
}

/// Notifications, missing starts and doubts over a chain.
#[test]
fn flags_and_notifications_of_a_chain() {
    let notice = |time: &str, id: &str, child: &str| {
        format!("{time} bounce {id}: sender delivery status notification: {child}\n")
    };
    let parts = |start: &str, first: &str, second_start: &str, last: &str| {
        let handed = handed("11:00:01", FIRST, "b@b.example", SECOND);
        let text = format!(
            "{start}11:00:00 {ACTIVE}{first}{handed}{second_start}{}{last}",
            end("11:00:03", SECOND, "b@b.example", "sent")
        );
        let all = chains(&text);
        let [row] = all.as_slice() else { panic!("{all:?}") };
        row.trim_start_matches(&format!("{FIRST}>{SECOND} b@b.example delivered end=11:00:03"))
            .to_owned()
    };
    let second = back("11:00:02", SECOND);
    let none =
        format!("11:00:02 qmgr {SECOND}: from=<a@a.example>, size=518, nrcpt=1 (queue active)\n");
    assert_eq!(parts(START, "", &second, ""), "");
    // The start of the first hop counts; that of the last is the filter's.
    assert_eq!(parts("", "", &second, ""), " partial_start");
    assert_eq!(parts(START, "", &none, ""), "");
    assert_eq!(parts("", "", &none, ""), " partial_start");
    let last = notice("11:00:04", SECOND, "0CCCC13C060");
    assert_eq!(parts(START, "", &second, &last), " told=0CCCC13C060");
    // A report of the first hop, sent before the second one began, stands where the last hop has none.
    let first = notice("11:00:01", FIRST, "0DDDD13C061");
    let late = format!("{first}{second}");
    assert_eq!(parts(START, "", &late, ""), " told=0DDDD13C061");
    assert_eq!(parts(START, "", &late, &last), " told=0CCCC13C060");
    // Renamed queue files leave the first hop in doubt.
    let renamed = "11:00:00 postsuper Renamed to match inode number: 1 message\n";
    assert_eq!(parts(START, renamed, &second, ""), " ambiguous");
}

/// A message is no hop of itself, and a reply from elsewhere makes no chain.
#[test]
fn what_makes_no_chain() {
    let own = handed("11:00:01", FIRST, "b@b.example", FIRST);
    let first = format!("{START}11:00:00 {ACTIVE}{own}11:00:02 qmgr {FIRST}: removed\n");
    let again = START.replace("11:00:0", "12:00:0");
    let all = run(&log(&format!("{first}{again}")));
    let origins: Vec<_> = all.iter().map(|row| (row.chain.len(), &row.message.origin)).collect();
    assert_eq!(origins, [(0, &None), (0, &None)]);
    // A filter that took nothing made nothing, whatever it says.
    for status in ["deferred", "bounced"] {
        let refused = handed("11:00:01", FIRST, "b@b.example", SECOND)
            .replace("status=sent", &format!("status={status}"));
        for (first, named) in [(0, ""), (1, ""), (0, FIRST), (1, FIRST)] {
            let mut start = back("11:00:01", SECOND);
            if !named.is_empty() {
                start = start.replace("0.1]\n", &format!("0.1], orig_queue_id={named}\n"));
            }
            let mut lines = [refused.clone(), start];
            lines.rotate_left(first);
            let text = format!(
                "{START}11:00:00 {ACTIVE}{}{}",
                lines.concat(),
                end("11:00:03", SECOND, "b@b.example", "sent")
            );
            assert_eq!(chains(&text).len(), 2, "{text}");
        }
    }
    // Only a loopback address, a socket or a pipe is on this machine.
    for (relay, rows) in [
        ("127.0.0.1[127.0.0.1]:10025", 1),
        ("localhost[::1]:10025", 1),
        ("filter[127.9.9.9]:10025", 1),
        ("mx1[private/filter]", 1),
        ("filter", 1),
        ("filter[10.0.0.5]:10025", 2),
        ("filter[::ffff:10.0.0.5]:10025", 2),
        ("filter[128.0.0.1]:10025", 2),
        ("filter[::2]:10025", 2),
    ] {
        let reply = format!("250 2.0.0 Ok: queued as {SECOND}");
        let text = format!(
            "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n{}{}",
            line(FIRST, "b@b.example", "sent", &reply, relay),
            back("11:00:02", SECOND),
            end("11:00:03", SECOND, "b@b.example", "sent")
        );
        assert_eq!(chains(&text).len(), rows, "{relay}");
    }
}

/// A recipient that was handed over is the next hop's, whatever a second line says of it.
#[test]
fn a_second_line_about_a_recipient_that_was_handed_over() {
    let text = format!(
        "{START}11:00:00 {ACTIVE}{}{}{}{}",
        handed("11:00:01", FIRST, "b@b.example", SECOND),
        back("11:00:01", SECOND),
        end("11:00:02", FIRST, "b@b.example", "deferred"),
        end("11:00:03", SECOND, "b@b.example", "sent"),
    );
    assert_eq!(chains(&text), [format!("{FIRST}>{SECOND} b@b.example delivered end=11:00:03")]);
}

/// A message that was requeued, or one of bounce(8), goes through the filter like any other.
#[test]
fn origins_before_a_filter() {
    let through = |start: &str| {
        let text = format!(
            "{start}11:00:00 {ACTIVE}{}{}{}",
            handed("11:00:01", FIRST, "b@b.example", SECOND),
            back("11:00:01", SECOND),
            end("11:00:03", SECOND, "b@b.example", "sent")
        );
        let all = run(&log(&text));
        let row = all.iter().find(|row| !row.chain.is_empty());
        let row = row.unwrap_or_else(|| panic!("{all:?}"));
        assert!(!row.flags.contains(Flag::PartialStart), "{row:?}");
        row.requeued_from.as_deref().map(tracked::text)
    };
    let pickup =
        format!("11:00:00 pickup {FIRST}: uid=89 from=<a@a.example> orig_id=0CCCC13C060\n");
    assert_eq!(through(&pickup).as_deref(), Some("0CCCC13C060"));
    let notice =
        format!("11:00:00 bounce 0CCCC13C060: sender non-delivery notification: {FIRST}\n");
    assert_eq!(through(&format!("{notice}11:00:00 cleanup {FIRST}: message-id=<q@mx1>\n")), None);
    assert_eq!(through(START), None);
}

/// After sixteen hops between the first and the last, the message goes on under its own id.
#[test]
fn chains_have_an_end() {
    let id = |hop: usize| format!("{hop:05}13C0{hop:02X}");
    let mut text = START.replace(FIRST, &id(0));
    for hop in 0..20 {
        text += &handed("11:00:01", &id(hop), "b@b.example", &id(hop + 1));
        text += &back("11:00:01", &id(hop + 1));
    }
    text += &end("11:00:02", &id(20), "b@b.example", "sent");
    let rows: Vec<_> = run(&log(&text))
        .iter()
        .map(|row| (tracked::text(&row.message.queue_id), row.chain.len()))
        .collect();
    assert_eq!(rows, [(id(0), 17), (id(18), 2)]);
}

/// A chain of as many hops as are kept can be saved, and goes on from there.
#[test]
fn the_longest_chain_is_saved() {
    let id = |hop: usize| format!("{hop:05}13C0{hop:02X}");
    for hops in [16, 17, 18] {
        let mut text = START.replace(FIRST, &id(0));
        for hop in 0..hops {
            text += &handed("11:00:01", &id(hop), "b@b.example", &id(hop + 1));
            text += &back("11:00:01", &id(hop + 1));
        }
        let mut tracker = Tracker::new().with_year(2026);
        let mut rows = tracked::push(&mut tracker, &log(&text));
        let saved = tracked::save(&tracker);
        let mut tracker = tracked::resume(Limits::default(), &saved).expect("the same state");
        let last = end("11:00:02", &id(hops), "b@b.example", "sent");
        rows.extend(tracked::push(&mut tracker, &log(&last)));
        rows.extend(tracker.drain());
        rows.retain(|row| !row.is_hop());
        assert_eq!(rows, run(&log(&(text + &last))), "{hops}");
    }
}

/// What the rows of one child say of the message that each recipient came from: `to id message-id from`.
fn sources(text: &str) -> Vec<String> {
    let show = |text: &Option<postfix_log::lifecycle::Text>| {
        text.as_deref().map_or_else(|| "-".into(), tracked::text)
    };
    run(&log(text))
        .iter()
        .map(|row| {
            let message = &row.message;
            format!(
                "{} {} {} {}",
                show(&row.to),
                tracked::text(&message.queue_id),
                show(&message.message_id),
                show(&message.from)
            )
        })
        .collect()
}

/// A filter that collects mail: each recipient keeps the id, the message-id and the sender of its own message, also
/// where the one before differs from it in a single one of them.
#[test]
fn recipients_of_different_messages_in_one_child() {
    let first = format!(
        "{START}11:00:00 {ACTIVE}{}11:00:01 qmgr {FIRST}: removed\n",
        handed("11:00:01", FIRST, "b@b.example", SECOND)
    );
    // The same id once more.
    let again = |from: &str, message_id: &str| {
        format!("{START}11:00:00 {ACTIVE}{}", handed("11:00:01", FIRST, "c@b.example", SECOND))
            .replace("11:00:0", "11:05:0")
            .replace("from=<a@a.example>", &format!("from=<{from}>"))
            .replace("<x@a.example>", message_id)
    };
    let other = again("a@a.example", "<x@a.example>").replace(FIRST, THIRD);
    let ends = end("11:06:00", SECOND, "b@b.example", "sent")
        + &end("11:06:00", SECOND, "c@b.example", "sent");
    for (second, want) in [
        (again("a@a.example", "<y@a.example>"), format!("{FIRST} <y@a.example> a@a.example")),
        (again("d@a.example", "<x@a.example>"), format!("{FIRST} <x@a.example> d@a.example")),
        (again("a@a.example", "<x@a.example>"), format!("{FIRST} <x@a.example> a@a.example")),
        (other, format!("{THIRD} <x@a.example> a@a.example")),
    ] {
        let text = format!("{}{first}{second}{ends}", back("11:00:00", SECOND));
        let own = format!("b@b.example {FIRST} <x@a.example> a@a.example");
        assert_eq!(sources(&text), [own, format!("c@b.example {want}")]);
    }
}

/// The recipients that one message hands over share its texts: however many there are, each text is stored as often as
/// for one.
#[test]
fn recipients_share_the_texts_of_their_message() {
    let stored = |count: usize| {
        let mut text = format!("{}{START}11:00:00 {ACTIVE}", back("11:00:00", SECOND));
        text += &START.replace(FIRST, THIRD);
        text += &handed("11:00:01", THIRD, "other@b.example", SECOND);
        for at in 0..count {
            text += &handed("11:00:01", FIRST, &format!("u{at}@b.example"), SECOND);
        }
        let mut tracker = Tracker::new().with_year(2026);
        assert!(tracked::push(&mut tracker, &log(&text)).is_empty());
        let state: serde_json::Value =
            serde_json::from_str(&tracked::save(&tracker)).expect("a state");
        let messages = state.pointer("/2").and_then(serde_json::Value::as_array).expect("messages");
        let child = messages
            .iter()
            .filter(|message| message.pointer("/upstream/0").is_some())
            .filter_map(|message| message.get("text")?.as_str())
            .next()
            .expect("a message with an earlier hop")
            .to_owned();
        [FIRST, "x@a.example", "a@a.example"].map(|part| child.matches(part).count())
    };
    let one = stored(1);
    assert!(one.iter().all(|count| *count > 0));
    assert_eq!(stored(20), one);
}

/// The later hop of two messages names the first one as its origin.
#[test]
fn the_origin_of_a_child_of_two_messages() {
    let other = format!("{START}11:00:00 {ACTIVE}").replace(FIRST, THIRD);
    let text = format!(
        "{START}11:00:00 {ACTIVE}{other}{}{}{}{}",
        back("11:00:01", SECOND),
        handed("11:00:01", FIRST, "b@b.example", SECOND),
        handed("11:00:01", THIRD, "c@b.example", SECOND),
        end("11:00:02", SECOND, "b@b.example", "sent"),
    );
    let mut tracker = Tracker::new().with_year(2026);
    assert!(tracked::push(&mut tracker, &log(&text)).is_empty());
    let origins: Vec<_> = tracker
        .drain()
        .filter(|row| row.is_hop())
        .filter_map(|row| row.message.origin)
        .map(|origin| (origin.kind, origin.queue_id.as_deref().map(tracked::text)))
        .collect();
    let filter = postfix_log::lifecycle::OriginKind::Filter;
    assert_eq!(origins, [(filter, Some(FIRST.to_owned()))]);
}

/// Two aliases of one address: if the second hop sees the address once, both have its fate, but not that of a third hop.
#[test]
fn two_names_that_lead_to_one_address() {
    let first = format!(
        "{START}11:00:00 {ACTIVE}{}{}{}",
        handed("11:00:01", FIRST, "b@b.example,one@b.example", SECOND),
        handed("11:00:01", FIRST, "b@b.example,two@b.example", SECOND),
        back("11:00:01", SECOND),
    );
    let whole = |rest: &str| chains(&format!("{first}{rest}"));
    let row = |chain: &str, orig: &str, rest: &str| {
        format!("{FIRST}>{chain} b@b.example {rest} from {orig}@b.example")
    };
    let two = |rest: &str| {
        let mut rows = whole(rest);
        rows.sort();
        rows
    };
    assert_eq!(
        two(&end("11:00:02", SECOND, "b@b.example", "bounced")),
        [row(SECOND, "one", "bounced end=11:00:02"), row(SECOND, "two", "bounced end=11:00:02"),]
    );
    let third = format!(
        "{}{}{}",
        handed("11:00:02", SECOND, "b@b.example", THIRD),
        back("11:00:02", THIRD),
        end("11:00:03", THIRD, "b@b.example", "bounced")
    );
    let chain = format!("{SECOND}>{THIRD}");
    assert_eq!(
        two(&third),
        [row(&chain, "one", "bounced end=11:00:03"), row(&chain, "two", "bounced end=11:00:03")]
    );
}

/// The first filter renames recipients, and a second filter follows: each row is that of the first name.
#[test]
fn renamed_recipients_behind_a_second_filter() {
    let both = |to: [&str; 2], ends: [&str; 2]| {
        let mut text = format!("{START}11:00:00 {ACTIVE}");
        text += &handed("11:00:01", FIRST, "b@b.example", SECOND);
        text += &handed("11:00:01", FIRST, "c@b.example", SECOND);
        text += &back("11:00:01", SECOND);
        for to in to {
            text += &handed("11:00:02", SECOND, to, THIRD);
        }
        text += &back("11:00:02", THIRD);
        text += &end("11:00:03", THIRD, ends[0], "sent");
        text += &end("11:00:04", THIRD, ends[1], "bounced");
        let mut rows = chains(&text);
        rows.sort();
        rows
    };
    let row = |to: &str, rest: &str| format!("{FIRST}>{SECOND}>{THIRD} {to}@b.example {rest}");
    // By its own name first, then by its former one, whichever line comes first.
    let crossed = ["c@b.example,b@b.example", "b@b.example"];
    for to in [crossed, [crossed[1], crossed[0]]] {
        assert_eq!(
            both(to, ["c@b.example", "b@b.example"]),
            [row("b", "bounced end=11:00:04"), row("c", "delivered end=11:00:03")]
        );
    }
    assert_eq!(
        both(
            ["B@b.example", "x@b.example,C@b.example"],
            ["b@b.example", "x@b.example,c@b.example"]
        ),
        [row("b", "delivered end=11:00:03"), row("c", "bounced end=11:00:04")]
    );
    // The only one on each side is the same one, and of two none is.
    let one = |more: &str| {
        let text = format!(
            "{START}11:00:00 {ACTIVE}{}{}{more}{}{}{}",
            handed("11:00:01", FIRST, "b@b.example", SECOND),
            back("11:00:01", SECOND),
            handed("11:00:02", SECOND, "z@b.example", THIRD),
            back("11:00:02", THIRD),
            end("11:00:03", THIRD, "z@b.example", "bounced")
        );
        let mut rows = chains(&text);
        rows.sort();
        rows
    };
    assert_eq!(one(""), [row("b", "bounced end=11:00:03")]);
    for more in [
        end("11:00:02", SECOND, "y@b.example", "sent"),
        handed("11:00:01", FIRST, "c@b.example", SECOND),
    ] {
        let rows = one(&more);
        let own = format!("{SECOND}>{THIRD} z@b.example bounced end=11:00:03");
        assert!(rows.contains(&own), "{rows:?}");
    }
}

/// Of a message that a filter took for one recipient, the other ones stay, also where the filter's message comes later.
#[test]
fn recipients_beside_the_filter_stay() {
    let text = format!(
        "{START}11:00:00 {ACTIVE}{}{}{}{}{}",
        handed("11:00:01", FIRST, "b@b.example", SECOND),
        end("11:00:01", FIRST, "c@b.example", "sent"),
        end("11:00:01", FIRST, "d@b.example", "bounced"),
        back("11:00:02", SECOND),
        end("11:00:03", SECOND, "b@b.example", "sent"),
    );
    let mut rows = chains(&text);
    rows.sort();
    assert_eq!(
        rows,
        [
            format!("{FIRST} c@b.example delivered end=11:00:01"),
            format!("{FIRST} d@b.example bounced end=11:00:01"),
            format!("{FIRST}>{SECOND} b@b.example delivered end=11:00:03"),
        ]
    );
}

/// A recipient that only an action at the second hop named, by a name before rewriting, has no row beside the real one.
#[test]
fn a_name_before_rewriting_at_a_later_hop() {
    let hold = format!(
        "11:00:02 cleanup {SECOND}: milter-hold: END-OF-MESSAGE from localhost[127.0.0.1]: why; \
         from=<a@a.example> to=<old@b.example> proto=ESMTP helo=<a.example>\n"
    );
    let released = format!("11:10:00 postsuper {SECOND}: released from hold\n");
    let active =
        format!("11:10:00 qmgr {SECOND}: from=<a@a.example>, size=9, nrcpt=1 (queue active)\n");
    let text = format!(
        "{START}11:00:00 {ACTIVE}{}{}{hold}{released}{active}{}",
        handed("11:00:01", FIRST, "b@b.example", SECOND),
        back("11:00:01", SECOND),
        end("11:10:01", SECOND, "b@b.example", "sent"),
    );
    assert_eq!(chains(&text), [format!("{FIRST}>{SECOND} b@b.example delivered end=11:10:01")]);
}

/// The row of a chain counts the earlier messages with the id of its first hop.
#[test]
fn the_generation_of_the_first_hop() {
    let again = START.replace("11:00:00", "12:00:00");
    let text = format!(
        "{START}11:00:01 qmgr {FIRST}: removed\n{again}12:00:00 {ACTIVE}{}{}{}",
        handed("12:00:01", FIRST, "b@b.example", SECOND),
        back("12:00:01", SECOND),
        end("12:00:02", SECOND, "b@b.example", "sent"),
    );
    let generations: Vec<_> =
        run(&log(&text)).iter().map(|row| (row.message.generation, row.chain.len())).collect();
    assert_eq!(generations, [(0, 0), (1, 1)]);
}

/// A recipient whose chain has reached its end does not end that of another one of the same message.
#[test]
fn the_end_of_one_chain_is_not_that_of_another() {
    let id = |hop: usize| format!("{hop:05}13C0{hop:02X}");
    let mut text = START.replace(FIRST, &id(0)) + START;
    for hop in 0..17 {
        text += &handed("11:00:01", &id(hop), "b@b.example", &id(hop + 1));
        text += &back("11:00:01", &id(hop + 1));
    }
    text += &handed("11:00:01", FIRST, "c@b.example", &id(17));
    for to in ["b@b.example", "c@b.example"] {
        text += &handed("11:00:01", &id(17), to, &id(18));
    }
    text += &back("11:00:01", &id(18));
    for to in ["b@b.example", "c@b.example"] {
        text += &end("11:00:02", &id(18), to, "sent");
    }
    let rows: Vec<_> = chains(&text).into_iter().filter(|row| row.contains(" c@")).collect();
    assert_eq!(rows, [format!("{FIRST}>{}>{} c@b.example delivered end=11:00:02", id(17), id(18))]);
}
