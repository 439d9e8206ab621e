-- The states of all hosts as one, by the aggregate function that `fleet-engine` adds to Ballista.
select
    name,
    count(*) as hosts,
    merge_state(arrow_cast(name, 'Utf8'), version, arrow_cast(state, 'Binary')) as state
from states
group by name
order by name
