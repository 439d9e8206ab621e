-- The recipients' domains of `summary`, by deliveries and bytes.
select to_domain as domain, sum(times) as deliveries, sum(coalesce(known_size, 0) * times) as bytes
from mail
where status = 'sent' and reason not like 'forwarded as %'
group by to_domain
order by domain
