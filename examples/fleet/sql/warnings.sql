-- The warnings and errors of `summary`, by program, severity and text.
select coalesce(program, '') as warned_by, severity as how_severe, warning_pattern as what, count(*) as warnings
from events
where warning_pattern is not null
group by coalesce(program, ''), severity, warning_pattern
order by warned_by, how_severe, what
