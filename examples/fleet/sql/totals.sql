-- The totals of `summary`.
select
    (select count(*) from mail where event = 'queue_start') as received,
    (select sum(times) from mail where status = 'sent' and reason not like 'forwarded as %') as delivered,
    (select coalesce(sum(times), 0) from mail where status = 'sent' and reason like 'forwarded as %') as forwarded,
    (select coalesce(sum(times), 0) from mail where status in ('deferred', 'SOFTBOUNCE')) as deferrals,
    (
        select count(*) from (
            select distinct host, log_host, instance, queue_id, life, "to", coalesce(orig_to, '') as orig_to from mail
            where status in ('deferred', 'SOFTBOUNCE')
        ) as recipients
    ) as deferred,
    (
        select count(*) from (
            select distinct host, log_host, instance, queue_id, life from mail where status in ('deferred', 'SOFTBOUNCE')
        ) as messages
    ) as deferred_messages,
    (select coalesce(sum(times), 0) from mail where status = 'bounced') as bounced,
    (select count(*) from events where event = 'expired') as expired,
    (select count(*) from events where event = 'policy_action' and outcome in ('refused', 'deferred')) as rejects,
    (
        select count(*) from events
        where event = 'policy_action' and action in ('reject_warning', 'warn', 'warning')
    ) as reject_warnings,
    (select count(*) from events where event = 'policy_action' and outcome = 'held') as held,
    (select count(*) from events where event = 'policy_action' and outcome = 'discarded') as discarded,
    (
        select coalesce(sum(known_size), 0) from mail
        where event = 'queue_active' and activations = 1 and is_received = 1
    ) as bytes_received,
    (
        select coalesce(sum(coalesce(known_size, 0) * times), 0) from mail
        where status = 'sent' and reason not like 'forwarded as %'
    ) as bytes_delivered
