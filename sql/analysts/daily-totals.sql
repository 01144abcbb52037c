-- Distinct events and their value by day of event time and type, over what arrived since a day. Parameter: first dt.
with identities as (
  select
    event_day,
    type,
    min_by(value, receivedat || ' ' || chunk || ' ' || lpad(cast(position as varchar), 10, '0')) as value
  from events
  where dt >= ?
  group by event_day, type, source, id, subject, partitionkey, slice
)
select event_day, type, count(*) as events, cast(sum(value) as bigint) as value
from identities
group by grouping sets ((event_day, type), ())
order by event_day, type
