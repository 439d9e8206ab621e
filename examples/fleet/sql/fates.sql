-- `fates`: what became of recipients that were deferred, by their domain and the class of the last failure, and for how
-- long they were on hold, in microseconds.
select
    to_domain,
    coalesce(class, '-') as reason,
    fate,
    count(*) as recipients,
    coalesce(sum(hold_us), 0) as held_us
from fates
where not hop and "to" is not null and first_deferred is not null
group by to_domain, coalesce(class, '-'), fate
order by to_domain, reason, fate
