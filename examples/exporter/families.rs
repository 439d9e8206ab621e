//! The families of the log: names, labels and help texts.

use serde::{Deserialize, Serialize};

use crate::histogram::{RANK, RECIPIENTS, SIZE, Scale, TIME};

/// Whose name it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Group {
    /// Our own.
    Own,
    /// That of the exporters that dashboards know: left out with `--compat none`.
    Familiar,
}

/// A family as it is exposed.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) group: Group,
    pub(crate) name: &'static str,
    pub(crate) labels: &'static [&'static str],
    pub(crate) help: &'static str,
}

macro_rules! families {
    ($kind:ident, $table:ident:
        $($id:ident $group:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        /// A family of the table below it.
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
        pub(crate) enum $kind { $(#[serde(rename = $name)] $id),+ }

        pub(crate) const $table: &[($kind, Family)] = &[$((
            $kind::$id,
            Family { group: Group::$group, name: $name, labels: &[$($label),*], help: $help },
        )),+];
    };
}

families! { Counter, COUNTERS:
    LogLines Own "postfix_log_lines_total" ["program", "kind"] "Lines of the log by program and by what they say.";
    Deliveries Own "postfix_deliveries_total" ["service", "status", "class"]
        "Delivery attempts by service, status and class of the reason; retries count again.";
    Recipients Own "postfix_recipients_total" ["fate", "class"]
        "Recipients by what finally became of them and the class of the last failure.";
    Rejects Own "postfix_rejects_total" ["stage", "code", "class"]
        "Clients, commands and messages refused, by stage, SMTP code and class of the reason.";
    Troubles Own "postfix_troubles_total" ["kind"]
        "Warnings and errors about what Postfix needs and does not get, by kind.";
    LogGaps Own "postfix_log_gaps_total" [] "Times that lines were lost because the log was truncated or removed unread.";
    Evictions Own "postfix_recipients_given_up_total" ["reason"]
        "Messages given up before their end is known, for want of room or of news.";

    CleanupProcessed Familiar "postfix_cleanup_messages_processed_total" [] "Messages processed by cleanup.";
    CleanupRejected Familiar "postfix_cleanup_messages_rejected_total" [] "Messages rejected by cleanup.";
    CleanupNotAccepted Familiar "postfix_cleanup_messages_not_accepted_total" []
        "Messages that cleanup rejected or discarded, for itself or for a Milter.";
    QmgrRemoved Familiar "postfix_qmgr_messages_removed_total" [] "Messages removed from the queue.";
    QmgrExpired Familiar "postfix_qmgr_messages_expired_total" [] "Messages that expired and were returned to their senders.";
    SmtpTls Familiar "postfix_smtp_tls_connections_total" ["trust", "protocol", "cipher", "secret_bits", "algorithm_bits"]
        "Outgoing TLS connections.";
    SmtpdTls Familiar "postfix_smtpd_tls_connections_total" ["trust", "protocol", "cipher", "secret_bits", "algorithm_bits"]
        "Incoming TLS connections.";
    SmtpDeferred Familiar "postfix_smtp_deferred_messages_total" []
        "Messages that smtp deferred at least once.";
    SmtpStatusDeferred Familiar "postfix_smtp_status_deferred" [] "Deferred delivery attempts of smtp; retries count again.";
    SmtpProcessed Familiar "postfix_smtp_messages_processed_total" ["status"] "Delivery attempts of smtp by status.";
    SmtpDeferredByDsn Familiar "postfix_smtp_deferred_messages_by_dsn_total" ["dsn"]
        "Deferred delivery attempts of smtp by enhanced status code.";
    SmtpBouncedByDsn Familiar "postfix_smtp_bounced_messages_by_dsn_total" ["dsn"]
        "Bounced recipients of smtp by enhanced status code.";
    SmtpTimedOut Familiar "postfix_smtp_connection_timed_out_total" [] "Outgoing connections that timed out.";
    SmtpdConnects Familiar "postfix_smtpd_connects_total" [] "Incoming connections.";
    SmtpdDisconnects Familiar "postfix_smtpd_disconnects_total" [] "Incoming connections that ended.";
    SmtpdFcrdns Familiar "postfix_smtpd_forward_confirmed_reverse_dns_errors_total" []
        "Clients whose name does not resolve to their address.";
    SmtpdLost Familiar "postfix_smtpd_connections_lost_total" ["after_stage"] "Incoming connections that were lost.";
    SmtpdProcessed Familiar "postfix_smtpd_messages_processed_total" ["sasl_method"] "Messages received by smtpd.";
    SmtpdRejected Familiar "postfix_smtpd_messages_rejected_total" ["code"] "Refusals by smtpd, by SMTP code.";
    SmtpdAuthFailures Familiar "postfix_smtpd_sasl_authentication_failures_total" [] "Failed logins.";
    NonDelivery Familiar "postfix_bounce_non_delivery_notification_total" [] "Non-delivery notifications to senders.";
    VirtualDelivered Familiar "postfix_virtual_delivered_total" [] "Messages delivered by virtual.";
    Unsupported Familiar "postfix_unsupported_log_entries_total" ["service", "level"] "Lines of Postfix that are not understood.";
    PsConnects Familiar "postfix_postscreen_connects_total" [] "Connections to postscreen.";
    PsConnectsRejected Familiar "postfix_postscreen_connects_rejected_total" ["reason"] "Connections that postscreen had no room for.";
    PsPasses Familiar "postfix_postscreen_passes_total" ["type"] "Clients that postscreen let through.";
    PsRejected Familiar "postfix_postscreen_messages_rejected_total" ["code"] "Recipients refused by postscreen.";
    PsTestsFailed Familiar "postfix_postscreen_tests_failed_total" ["test"] "Tests of postscreen that clients failed.";
    PsHangups Familiar "postfix_postscreen_hangups_total" [] "Clients that hung up on postscreen.";
    PsAccess Familiar "postfix_postscreen_access_list_matches_total" ["action"] "Clients on postscreen's access list.";
}

families! { Spread, SPREADS:
    LmtpDelay Familiar "postfix_lmtp_delivery_delay_seconds" ["stage"] "Time that a delivery attempt of lmtp took, by stage.";
    PipeDelay Familiar "postfix_pipe_delivery_delay_seconds" ["relay", "stage"] "Time that a delivery attempt of pipe took, by stage.";
    SmtpDelay Familiar "postfix_smtp_delivery_delay_seconds" ["stage"] "Time that a delivery attempt of smtp took, by stage.";
    Inserted Familiar "postfix_qmgr_messages_inserted_receipients" [] "Recipients of messages when they first became active.";
    InsertedSize Familiar "postfix_qmgr_messages_inserted_size_bytes" [] "Sizes of messages when they first became active.";
    PsRank Familiar "postfix_postscreen_dnsbl_rank" [] "Scores of DNS lists that postscreen acted on.";
}

/// What the fork calls [`Spread::Inserted`]: the same numbers stand under both names.
pub(crate) const INSERTED: &str = "postfix_qmgr_messages_inserted_recipients";

impl Spread {
    /// The classes of the family.
    pub(crate) fn scale(self) -> &'static Scale {
        match self {
            Self::LmtpDelay | Self::PipeDelay | Self::SmtpDelay => &TIME,
            Self::Inserted => &RECIPIENTS,
            Self::InsertedSize => &SIZE,
            Self::PsRank => &RANK,
        }
    }
}
