//! The words that public enums are shown as: those of Postfix, and those of the room `json`.

use postfix_log::event::{
    AbortReason, MasterKind, NotificationKind, QueueAction, RemovedWhy, TlsRole,
};

#[test]
fn words_of_events() {
    for (reason, word) in [
        (AbortReason::LostConnection, "lost connection"),
        (AbortReason::Timeout, "timeout"),
        (AbortReason::TooManyErrors, "too many errors"),
        (AbortReason::Other, "other"),
    ] {
        assert_eq!(reason.as_str(), word);
    }
    for (kind, word) in [
        (NotificationKind::SenderNonDelivery, "sender_non_delivery"),
        (NotificationKind::SenderDeliveryStatus, "sender_delivery_status"),
        (NotificationKind::SenderDelay, "sender_delay"),
        (NotificationKind::PostmasterNonDelivery, "postmaster_non_delivery"),
        (NotificationKind::PostmasterDeliveryStatus, "postmaster_delivery_status"),
        (NotificationKind::PostmasterDelay, "postmaster_delay"),
    ] {
        assert_eq!(kind.as_str(), word);
    }
    for (action, word) in [
        (QueueAction::Removed, "removed"),
        (QueueAction::Requeued, "requeued"),
        (QueueAction::Held, "held"),
        (QueueAction::Released, "released"),
        (QueueAction::Expired, "expired"),
        (QueueAction::Renamed, "renamed"),
    ] {
        assert_eq!(action.as_str(), word);
    }
    assert_eq!(RemovedWhy::Canceled.as_str(), "canceled");
    assert_eq!(RemovedWhy::Discarded.as_str(), "discarded");
    assert_eq!((TlsRole::Client.as_str(), TlsRole::Server.as_str()), ("client", "server"));
    for (kind, word) in [
        (MasterKind::Start, "start"),
        (MasterKind::Reload, "reload"),
        (MasterKind::Stop, "stop"),
        (MasterKind::Exit, "exit"),
        (MasterKind::Throttle, "throttle"),
        (MasterKind::ProcessLimit, "process_limit"),
        (MasterKind::Script, "script"),
    ] {
        assert_eq!(kind.as_str(), word);
    }
}

#[cfg(feature = "lifecycle")]
#[test]
fn words_of_rows() {
    use postfix_log::Fate;
    use postfix_log::Status;
    use postfix_log::lifecycle::{Evicted, OriginKind};

    for (status, word, deferral) in [
        (Status::Sent, "sent", false),
        (Status::Deferred, "deferred", true),
        (Status::Bounced, "bounced", false),
        (Status::SoftBounce, "SOFTBOUNCE", true),
        (Status::Deliverable, "deliverable", false),
        (Status::Undeliverable, "undeliverable", false),
        (Status::UndeliverableNotCached, "undeliverable-but-not-cached", false),
        (Status::Other, "other", false),
    ] {
        assert_eq!((status.as_str(), status.is_deferral()), (word, deferral));
    }
    for (kind, word) in [
        (OriginKind::Notification, "notification"),
        (OriginKind::Forward, "forward"),
        (OriginKind::Requeue, "requeue"),
        (OriginKind::Filter, "filter"),
        (OriginKind::Proxy, "proxy"),
    ] {
        assert_eq!(kind.as_str(), word);
        assert_eq!(serde_json::to_value(kind).ok(), Some(word.into()));
    }
    let words = Evicted::ALL.iter().map(|why| why.as_str()).collect::<Vec<_>>();
    assert_eq!(words, ["idle", "budget", "id_reused", "recipients", "sites"]);
    for why in Evicted::ALL {
        assert_eq!(serde_json::to_value(why).ok(), Some(why.as_str().into()));
    }
    let words = Fate::ALL.iter().map(|fate| fate.as_str()).collect::<Vec<_>>();
    assert!(words.iter().all(|word| words.iter().filter(|other| *other == word).count() == 1));
    for fate in Fate::ALL {
        assert_eq!(serde_json::to_value(fate).ok(), Some(fate.as_str().into()));
    }
}
