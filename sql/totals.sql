-- The day's totals: what the journals say, corrected as the audit judged. By the counter's UTF-8 bytes, then by hour. The totals
-- row (is_totals = 1) comes first, always.
with summands as (
  select counter, event_hour, journaled_value as value, journaled_events as events from snapshot
  union all
  select counter, event_hour, value, events from corrections
), sums as (
  select counter, event_hour, sum(value) as value, sum(events) as events
  from summands
  group by counter, event_hour
  having sum(value) <> 0 or sum(events) <> 0
)
select
  grouping(counter, event_hour) as is_totals,
  counter,
  event_hour,
  cast(coalesce(sum(value), 0) as bigint) as value,
  cast(coalesce(sum(events), 0) as bigint) as events
from sums
group by grouping sets ((counter, event_hour), ())
order by is_totals desc, counter, event_hour
