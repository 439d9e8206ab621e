-- What was refused, as `summary` counts it: by program, stage, class, client and text.
select
    coalesce(program, '') as refused_by,
    coalesce(stage, '') as at_stage,
    coalesce(class, '') as reason,
    coalesce(client_addr, '') as client,
    pattern as what,
    count(*) as rejects
from events
where event = 'policy_action' and outcome in ('refused', 'deferred')
group by coalesce(program, ''), coalesce(stage, ''), coalesce(class, ''), coalesce(client_addr, ''), pattern
order by refused_by, at_stage, reason, client, what
