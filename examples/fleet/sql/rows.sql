-- How many lines of each host and day there are: as many as the manifests tell, if each file is read once.
select host, cast(date as varchar) as day, count(*) as events, count(distinct line) as lines
from events
group by host, cast(date as varchar)
order by host, day
