-- Archive against journals against counter shards, by counter and hour: where they differ, and the totals row (is_totals = 1), always.
--
-- Of two bodies under one identity the smallest (receivedat, chunk, position) wins. Who that is, is asked only where bodies differ:
-- to remember a text for every identity would take more memory than all the rest.
with repeated as (
  -- Lines that may be deliveries of one event: few, so only of these all attributes are compared. A hash that two events share by
  -- chance costs a comparison, and nothing else.
  select xxhash64(to_utf8(source || chr(10) || id)) as fingerprint
  from staged
  where is_event
  group by 1
  having count(*) > 1
), marked as (
  select
    type,
    subject,
    event_hour,
    value,
    fingerprint is not null as is_repeated,
    case when fingerprint is not null then source end as source,
    case when fingerprint is not null then id end as id,
    case when fingerprint is not null then partitionkey end as partitionkey,
    case when fingerprint is not null then slice end as slice
  from staged
  left join repeated on fingerprint = xxhash64(to_utf8(source || chr(10) || id))
  where is_event
), identities as (
  -- A row per event that may have come twice, and one for all the others of a counter's hour.
  select
    type,
    subject,
    event_hour,
    case when is_repeated then 1 else count(*) end as events,
    case when is_repeated then min(value) else sum(value) end as value_min,
    case when is_repeated then max(value) else sum(value) end as value_max
  from marked
  group by type, subject, event_hour, is_repeated, source, id, partitionkey, slice
), pairs as (
  select
    type,
    subject,
    event_hour,
    sum(events) as events,
    sum(value_min) as value_min,
    sum(value_max) as value_max
  from identities
  group by type, subject, event_hour
), disputed as (
  select type, subject, event_hour from pairs where value_min <> value_max
), winners as (
  select
    type,
    subject,
    event_hour,
    min_by(value, receivedat || ' ' || chunk || ' ' || lpad(cast(position as varchar), 10, '0')) as value
  from staged
  inner join disputed using (type, subject, event_hour)
  where is_event
  group by type, subject, event_hour, source, id, partitionkey, slice
), won as (
  select type, subject, event_hour, sum(value) as value from winners group by type, subject, event_hour
), settled as (
  select
    type,
    subject,
    event_hour,
    events,
    value_min,
    value_max,
    coalesce(value, value_min) as value
  from pairs
  left join won using (type, subject, event_hour)
), archived as (
  -- An event is in its type's counter and, if it has a subject, in the subject's: one pass for both.
  select
    case when grouping(subject) = 1 then type else type || '/' || subject end as counter,
    event_hour,
    sum(value) as archived_value,
    sum(events) as archived_events,
    sum(value_min) as archived_value_min,
    sum(value_max) as archived_value_max
  from settled
  group by grouping sets ((type, event_hour), (type, subject, event_hour))
  having grouping(subject) = 1 or subject <> ''
), snapped as (
  select
    counter,
    event_hour,
    sum(journaled_value) as journaled_value,
    sum(journaled_events) as journaled_events,
    sum(counted_value) as counted_value,
    sum(counted_events) as counted_events
  from snapshot
  group by counter, event_hour
), compared as (
  select
    counter,
    event_hour,
    coalesce(archived_value, 0) as archived_value,
    coalesce(archived_events, 0) as archived_events,
    coalesce(archived_value_min, 0) as archived_value_min,
    coalesce(archived_value_max, 0) as archived_value_max,
    coalesce(journaled_value, 0) as journaled_value,
    coalesce(journaled_events, 0) as journaled_events,
    coalesce(counted_value, 0) as counted_value,
    coalesce(counted_events, 0) as counted_events
  from archived
  full outer join snapped using (counter, event_hour)
)
select
  grouping(counter, event_hour) as is_totals,
  counter,
  event_hour,
  count(*) as counter_hour_count,
  cast(coalesce(sum(archived_value), 0) as bigint) as archived_value,
  cast(coalesce(sum(archived_events), 0) as bigint) as archived_events,
  cast(coalesce(sum(archived_value_min), 0) as bigint) as archived_value_min,
  cast(coalesce(sum(archived_value_max), 0) as bigint) as archived_value_max,
  cast(coalesce(sum(journaled_value), 0) as bigint) as journaled_value,
  cast(coalesce(sum(journaled_events), 0) as bigint) as journaled_events,
  cast(coalesce(sum(counted_value), 0) as bigint) as counted_value,
  cast(coalesce(sum(counted_events), 0) as bigint) as counted_events
from compared
group by grouping sets ((counter, event_hour), ())
having
  grouping(counter, event_hour) <> 0
  or sum(archived_value) <> sum(journaled_value)
  or sum(archived_events) <> sum(journaled_events)
  or sum(counted_value) <> sum(journaled_value)
  or sum(counted_events) <> sum(journaled_events)
