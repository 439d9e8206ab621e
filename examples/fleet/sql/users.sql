-- The users of `summary` who logged in to send, by messages received and bytes.
select login, count(*) as messages, sum(known_size) as bytes
from mail
where event = 'queue_active' and activations = 1 and is_received = 1 and login is not null
group by login
order by login
