-- How many rows of each table, host and day there are, and how many different ones: both are as many as the manifests tell
-- if each file is read once.
select 'events' as part, host, cast(date as varchar) as day, count(*) as found, count(distinct line) as different
from events
group by host, cast(date as varchar)
union all
select 'fates' as part, host, day, sum(found) as found, count(*) as different
from (
    select host, cast(date as varchar) as day, count(*) as found
    from fates
    group by
        host, cast(date as varchar), line, log_host, instance, queue_id, generation, requeued_from, "to", orig_to, final_queue_id
) as distinct_fates
group by host, day
union all
select 'states' as part, host, cast(date as varchar) as day, count(*) as found, count(distinct name) as different
from states
group by host, cast(date as varchar)
order by part, host, day
