-- Lines of messages in the order of each host's log. `life` tells messages with the same queue id apart: it grows after
-- `removed`. `known_size` is the size of the message as far as the log has told it.
create view mail as
select
    host, log_host, instance, queue_id, life, line, event, wall_time, status, reason, "to", orig_to, to_domain, from_domain,
    coalesce(repeat, 1) as times,
    max(case when event = 'queue_active' then size end)
        over (partition by host, log_host, instance, queue_id, life order by line) as known_size,
    max(case when event = 'queue_start' then 1 else 0 end)
        over (partition by host, log_host, instance, queue_id, life order by line) as is_received,
    max(case when event = 'queue_start' then sasl_username end)
        over (partition by host, log_host, instance, queue_id, life order by line) as login,
    sum(case when event = 'queue_active' then 1 else 0 end)
        over (partition by host, log_host, instance, queue_id, life order by line) as activations
from (
    select
        host, log_host, instance, queue_id, line, event, wall_time, status, reason, "to", orig_to, to_domain, from_domain,
        size, repeat, sasl_username,
        sum(case when event = 'removed' then 1 else 0 end)
            over (partition by host, log_host, instance, queue_id order by line)
            - case when event = 'removed' then 1 else 0 end as life
    from events
    where queue_id is not null and event in ('queue_start', 'queue_active', 'delivery', 'removed')
) as lines
