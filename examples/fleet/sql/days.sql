-- The days and hours of `summary`, on the clock of each host's zone.
select
    cast(cast(wall_time as date) as varchar) as day,
    extract(hour from wall_time) as hour,
    sum(case when event = 'queue_start' then 1 else 0 end) as received,
    sum(case when status = 'sent' and reason not like 'forwarded as %' then times else 0 end) as delivered,
    sum(case when status in ('deferred', 'SOFTBOUNCE') then times else 0 end) as deferrals,
    sum(case when status = 'bounced' then times else 0 end) as bounced,
    sum(
        case when event = 'queue_active' and activations = 1 and is_received = 1 then known_size else 0 end
    ) as bytes
from mail
where wall_time is not null
group by cast(cast(wall_time as date) as varchar), extract(hour from wall_time)
order by day, hour
