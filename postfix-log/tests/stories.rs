//! Lives of messages, each a short log with the rows that a mail engineer would sign: `data/stories.txt`.
#![cfg(feature = "lifecycle")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod tracked;

use postfix_log::lifecycle::Limits;
use postfix_log::{Lifecycle, Tracker, lines};

struct Story {
    name: String,
    year: i32,
    wanted: Vec<String>,
    log: String,
}

fn stories() -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    let text = include_str!("data/stories.txt");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(title) = line.strip_prefix("== ") {
            let (name, year) = title.split_once(' ').expect("a name and a year");
            let year = year.parse().expect("a year");
            stories.push(Story { name: name.into(), year, wanted: Vec::new(), log: String::new() });
            continue;
        }
        let story = stories.last_mut().expect("a title first");
        match line.strip_prefix("> ") {
            Some(wanted) => story.wanted.push(wanted.into()),
            None => story.log += &format!("{line}\n"),
        }
    }
    stories
}

fn rows(story: &Story) -> Vec<Lifecycle> {
    let mut tracker = Tracker::new().with_year(story.year);
    let mut rows = Vec::new();
    for line in lines(story.log.as_bytes()) {
        let header = line.header().expect("a log line");
        rows.extend(tracker.push(&header, &header.event()));
    }
    rows.extend(tracker.drain());
    rows.retain(|row| !row.is_hop());
    rows
}

fn either(wanted: &str, found: &str) -> bool {
    wanted.split('|').any(|one| one == found)
}

/// Whether a row is the one that a line of the story asks for.
fn fits(row: &Lifecycle, wanted: &str) -> bool {
    let mut words = wanted.split(' ');
    let [id, to, fate] = [(); 3].map(|()| words.next().expect("id, recipient and fate"));
    let named = row.to.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    if row.message.queue_id != id.as_bytes() || named != to || !either(fate, row.fate.as_str()) {
        return false;
    }
    words.all(|word| {
        if let Some(flag) = word.strip_prefix('+') {
            return row.flags.contains(flag.parse().expect("a flag"));
        }
        if let Some(flag) = word.strip_prefix('-') {
            return !row.flags.contains(flag.parse().expect("a flag"));
        }
        let (name, value) = word.split_once('=').expect("a member");
        let last = row.attempts.last();
        match name {
            "attempts" => row.attempt_count.to_string() == value,
            "hold" => row.waited().is_some_and(|hold| hold.as_secs().to_string() == value),
            "generation" => row.message.generation.to_string() == value,
            "evicted" => row.evicted.is_some_and(|why| why.as_str() == value),
            "requeued_from" => row.requeued_from.as_ref().is_some_and(|id| id.to_string() == value),
            "servers" => last.is_some_and(|one| one.servers.to_string() == value),
            "failure" => last.is_some_and(|one| {
                one.failures.iter().any(|failure| failure.class.as_str() == value)
            }),
            other => panic!("{other}?"),
        }
    })
}

#[test]
fn every_story_is_told_right() {
    let stories = stories();
    assert!(stories.len() >= 54, "{}", stories.len());
    let mut wrong = Vec::new();
    for story in &stories {
        let rows = rows(story);
        let counted = story.wanted.iter().filter_map(|wanted| wanted.strip_prefix("count "));
        let counted: Vec<(&str, usize)> = counted
            .filter_map(|count| count.split_once(' '))
            .map(|(fate, number)| (fate, number.parse().expect("a number")))
            .collect();
        let right = if counted.is_empty() {
            let mut left: Vec<&Lifecycle> = rows.iter().collect();
            let found = story.wanted.iter().all(|wanted| {
                let at = left.iter().position(|row| fits(row, wanted));
                at.map(|at| left.remove(at)).is_some()
            });
            found && left.is_empty()
        } else {
            let count = |fate| rows.iter().filter(|row| row.fate.as_str() == fate).count();
            counted.iter().all(|(fate, number)| count(*fate) == *number)
        };
        if !right {
            wrong.push(format!("{}: wanted {:#?}, got {rows:#?}", story.name, story.wanted));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A tracker that is saved and resumed after each line tells the same story.
#[test]
fn every_story_is_told_alike_by_a_tracker_that_is_saved() {
    for story in &stories() {
        let mut tracker = Tracker::new().with_year(story.year);
        let mut rows = Vec::new();
        for line in lines(story.log.as_bytes()) {
            let header = line.header().expect("a log line");
            rows.extend(tracker.push(&header, &header.event()));
            tracker = tracked::resume(Limits::default(), &tracked::save(&tracker))
                .expect("the state was just saved");
        }
        rows.extend(tracker.drain());
        rows.retain(|row| !row.is_hop());
        // The rows of what is open at the end come in no certain order.
        let sorted = |rows: &[Lifecycle]| {
            let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            rows.sort_unstable();
            rows
        };
        assert_eq!(sorted(&rows), sorted(&self::rows(story)), "{}", story.name);
    }
}
