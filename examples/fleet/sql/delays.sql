-- `flows --by relay`: the delays of attempts by server, in microseconds. A quantile q of n delays is the one at rank
-- ⌊q · (n − 1)⌋, the smallest having rank 0.
select
    server,
    max(n) as attempts,
    max(case when place = floor(0.5 * (n - 1)) then delay_us end) as p50,
    max(case when place = floor(0.95 * (n - 1)) then delay_us end) as p95,
    max(case when place = floor(0.99 * (n - 1)) then delay_us end) as p99
from (
    select
        server,
        delay_us,
        row_number() over (partition by server order by delay_us) - 1 as place,
        count(*) over (partition by server) as n
    from events
    where event = 'delivery' and queue_id is not null and status in ('sent', 'bounced', 'deferred', 'SOFTBOUNCE')
) as ranked
group by server
order by server
