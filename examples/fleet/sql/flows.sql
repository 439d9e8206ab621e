-- `flows --by relay`: attempts by outcome, and recipients whose end no delivery line tells, which belong to the server
-- of their last deferral.
select
    server,
    sum(sent) as sent,
    sum(bounced) as bounced,
    sum(deferred) as deferred,
    sum(throttled) as throttled,
    sum(expired) as expired,
    sum(waiting) as waiting
from (
    select
        server,
        case when status = 'sent' then 1 else 0 end as sent,
        case when status = 'bounced' then 1 else 0 end as bounced,
        case when status in ('deferred', 'SOFTBOUNCE') then 1 else 0 end as deferred,
        case when status in ('deferred', 'SOFTBOUNCE') and class in ('rate_limit', 'reputation') then 1 else 0 end as throttled,
        0 as expired,
        0 as waiting
    from events
    where event = 'delivery' and queue_id is not null
    union all
    select
        coalesce(deferral.server, '(unknown)') as server,
        0 as sent,
        0 as bounced,
        0 as deferred,
        0 as throttled,
        case when ends.fate = 'expired' then 1 else 0 end as expired,
        case when ends.fate = 'still_deferred' then 1 else 0 end as waiting
    from (
        select
            fates.host, fates.final_host, fates.final_instance, fates.final_queue_id, fates."to", fates.orig_to,
            fates.generation, fates.fate, max(tries.line) as line
        from fates
        left join (
            select host, coalesce(log_host, '') as log_host, coalesce(instance, '') as instance, queue_id, "to", line
            from events
            where event = 'delivery' and status in ('deferred', 'SOFTBOUNCE')
        ) as tries
            on tries.host = fates.host and tries.log_host = fates.final_host
            and tries.instance = fates.final_instance and tries.queue_id = fates.final_queue_id and tries."to" = fates."to"
            and tries.line <= fates.line
        where fates.fate in ('expired', 'still_deferred') and not fates.hop and fates."to" is not null
        group by
            fates.host, fates.final_host, fates.final_instance, fates.final_queue_id, fates."to", fates.orig_to,
            fates.generation, fates.fate
    ) as ends
    left join (select host, line, server from events where event = 'delivery') as deferral
        on deferral.host = ends.host and deferral.line = ends.line
) as parts
group by server
order by server
