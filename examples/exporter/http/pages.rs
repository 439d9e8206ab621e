//! The pages that are being sent: few at a time, however slowly they are taken.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use postfix_qshape::render::Format;

/// Pages in memory at a time.
const MAX_PAGES: usize = 8;

/// Makes pages.
pub(super) struct Pages<F> {
    make: F,
    sent: Mutex<Vec<(Format, Weak<String>)>>,
}

impl<F: Fn(Format) -> String> Pages<F> {
    pub(super) fn new(make: F) -> Self {
        Self { make, sent: Mutex::new(Vec::new()) }
    }

    /// A new page. Where slow readers hold as many as there may be, it is the latest of those in this format.
    pub(super) fn page(&self, format: Format) -> Arc<String> {
        // Whoever panicked has added nothing.
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.retain(|(_, page)| page.strong_count() > 0);
        if sent.len() >= MAX_PAGES {
            let latest = sent.iter().rev().filter(|(of, _)| *of == format);
            if let Some(page) = latest.filter_map(|(_, page)| page.upgrade()).next() {
                return page;
            }
        }
        let page = Arc::new((self.make)(format));
        sent.push((format, Arc::downgrade(&page)));
        page
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn slow_readers_share_a_page() {
        let made = AtomicUsize::new(0);
        let pages = Pages::new(|_| made.fetch_add(1, Ordering::SeqCst).to_string());
        let mut slow: Vec<_> = (0..100).map(|_| pages.page(Format::Text)).collect();
        assert_eq!((slow[7].as_str(), slow[8].as_str(), slow[99].as_str()), ("7", "7", "7"));
        // One more where there is none in the format that is asked for.
        let other = pages.page(Format::OpenMetrics);
        assert_eq!((other.as_str(), pages.page(Format::OpenMetrics).as_str()), ("8", "8"));
        drop(other);
        slow.truncate(7);
        assert_eq!(pages.page(Format::Text).as_str(), "9");
        assert_eq!(pages.page(Format::Text).as_str(), "10");
    }
}
