-- Tables for the JSON lines of `maillog` and of `fates --json --all`, and rollups that grow as lines come in.

-- One row per line of a log. Members without a column are skipped.
create table maillog
(
    host LowCardinality(String),
    time DateTime64(6, 'UTC'),
    line UInt64,
    event LowCardinality(String),
    program LowCardinality(String),
    severity LowCardinality(String),
    queue_id String,
    status LowCardinality(String),
    class LowCardinality(String),
    dsn LowCardinality(String),
    relay String,
    delay Float64,
    `from` String,
    `to` String,
    size UInt64,
    client_addr String,
    outcome LowCardinality(String),
    stage LowCardinality(String),
    reason String,
    text String,
    repeat UInt32 default 1
)
engine = MergeTree
partition by toYYYYMM(time)
order by (host, time, line)
ttl toDateTime(time) + interval 90 day
settings non_replicated_deduplication_window = 1000;

-- One row per recipient. A later row for a recipient replaces an earlier one: that of the next run of `fates --state`.
create table fates
(
    host LowCardinality(String),
    instance LowCardinality(String),
    queue_id String,
    generation UInt32,
    message_id String,
    `from` String,
    `to` String,
    orig_to String,
    size UInt64,
    fate LowCardinality(String),
    attempts Array(Tuple(time DateTime64(6, 'UTC'), status String, dsn String, relay String, class String)),
    first_deferred Nullable(DateTime64(6, 'UTC')),
    resolved Nullable(DateTime64(6, 'UTC')),
    hold_s Float64,
    flags Array(LowCardinality(String)),
    loaded DateTime64(6) default now64(6)
)
engine = ReplacingMergeTree(loaded)
order by (host, instance, queue_id, generation, `to`, orig_to);

-- Deliveries per hour: exact counts, and quantiles of the delay within 1 %.
create table deliveries_hourly
(
    hour DateTime('UTC'),
    host LowCardinality(String),
    relay String,
    status LowCardinality(String),
    class LowCardinality(String),
    attempts SimpleAggregateFunction(sum, UInt64),
    delays AggregateFunction(quantilesDD(0.01, 0.5, 0.95, 0.99), Float64)
)
engine = AggregatingMergeTree
order by (hour, host, relay, status, class)
settings non_replicated_deduplication_window = 1000;

create materialized view deliveries_hourly_of_maillog to deliveries_hourly as
select
    toStartOfHour(toDateTime(time, 'UTC')) as hour,
    host,
    relay,
    status,
    class,
    count() as attempts,
    quantilesDDState(0.01, 0.5, 0.95, 0.99)(delay) as delays
from maillog
where event = 'delivery'
group by hour, host, relay, status, class;

-- What was refused per hour.
create table rejects_hourly
(
    hour DateTime('UTC'),
    host LowCardinality(String),
    stage LowCardinality(String),
    class LowCardinality(String),
    client_addr String,
    rejects UInt64
)
engine = SummingMergeTree
order by (hour, host, stage, class, client_addr)
settings non_replicated_deduplication_window = 1000;

create materialized view rejects_hourly_of_maillog to rejects_hourly as
select toStartOfHour(toDateTime(time, 'UTC')) as hour, host, stage, class, client_addr, count() as rejects
from maillog
where event = 'policy_action' and outcome in ('refused', 'deferred')
group by hour, host, stage, class, client_addr;
