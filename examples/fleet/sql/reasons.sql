-- The reasons of deferrals and bounces of `summary`, by class and text.
select
    case when status = 'bounced' then 'bounced' else 'deferred' end as outcome_is,
    class as reason_class,
    pattern as reason_text,
    sum(coalesce(repeat, 1)) as deliveries
from events
where event = 'delivery' and status in ('bounced', 'deferred', 'SOFTBOUNCE')
group by case when status = 'bounced' then 'bounced' else 'deferred' end, class, pattern
order by outcome_is, reason_class, reason_text
