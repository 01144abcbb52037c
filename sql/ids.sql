-- The ids of the suspect hours: A, those of the archive, against J, those of the journals. A row per hour ('hour'), a row per
-- minute of each counter that drifts or that A∖J adds to ('minute'), and the totals row ('totals'), always.
with winners as (
  select
    type,
    subject,
    event_hour,
    slice,
    substr(
      to_hex(sha256(to_utf8(
        source || chr(10) || id || chr(10) || type || chr(10) || subject || chr(10)
        || coalesce(partitionkey, type || '/' || subject)
      ))),
      1,
      32
    ) as identity,
    min(value) as value_min,
    max(value) as value_max,
    min_by(value, receivedat || ' ' || chunk || ' ' || lpad(cast(position as varchar), 10, '0')) as value,
    min_by(event_minute, receivedat || ' ' || chunk || ' ' || lpad(cast(position as varchar), 10, '0')) as event_minute
  from staged
  where is_event and event_hour in (select event_hour from suspect_hours)
  group by source, id, type, subject, partitionkey, event_hour, slice
), journaled as (
  select event_hour, slice, identity
  from journal_ids
  where event_hour in (select event_hour from suspect_hours)
), matched as (
  select
    coalesce(winners.event_hour, journaled.event_hour) as event_hour,
    winners.event_minute,
    winners.type,
    winners.subject,
    winners.value,
    winners.value_min,
    winners.value_max,
    winners.slice is not null as is_archived,
    journaled.slice is not null as is_journaled
  from winners
  full outer join journaled
    on winners.slice = journaled.slice and winners.identity = journaled.identity
), increments as (
  select *, type as counter from matched where is_archived
  union all
  select *, type || '/' || subject as counter from matched where is_archived and subject <> ''
), counter_hours as (
  select counter, event_hour
  from increments
  group by counter, event_hour
  having count(*) filter (where not is_journaled) > 0
  union
  select counter, event_hour from drift
)
select
  'minute' as kind,
  counter,
  event_hour,
  event_minute,
  cast(sum(value) as bigint) as archived_value,
  count(*) as archived_events,
  cast(sum(value_min) as bigint) as archived_value_min,
  cast(sum(value_max) as bigint) as archived_value_max,
  cast(coalesce(sum(case when not is_journaled then value end), 0) as bigint) as missing_value,
  count(*) filter (where not is_journaled) as missing_events,
  cast(0 as bigint) as extra_count
from increments
inner join counter_hours using (counter, event_hour)
group by counter, event_hour, event_minute
union all
select
  case when grouping(event_hour) = 0 then 'hour' else 'totals' end as kind,
  '' as counter,
  event_hour,
  '' as event_minute,
  0 as archived_value,
  count(*) filter (where is_archived) as archived_events,
  0 as archived_value_min,
  0 as archived_value_max,
  0 as missing_value,
  count(*) filter (where is_archived and not is_journaled) as missing_events,
  count(*) filter (where is_journaled and not is_archived) as extra_count
from matched
group by grouping sets ((event_hour), ())
