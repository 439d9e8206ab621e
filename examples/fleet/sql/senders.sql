-- The senders' domains of `summary`, by messages received and bytes.
select from_domain as domain, count(*) as messages, sum(known_size) as bytes
from mail
where event = 'queue_active' and activations = 1 and is_received = 1
group by from_domain
order by domain
