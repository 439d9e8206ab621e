//! Strict readers of printed text: what a terminal, a browser and a scraper must be able to rely on.

/// No control character but line feeds, nothing that reorders or hides text.
pub fn harmless(text: &str) {
    for c in text.chars().filter(|&c| c != '\n') {
        assert!(!c.is_control(), "control character {c:?}");
        let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        assert!(!hides, "{c:?} reorders or hides text");
    }
}
