-- Receipts against the archive's chunks, by chunk and hour: where they differ, and the totals row (is_totals = 1), always.
-- Parameters: first dt to read, the day, first dt to read.
with positions as (
  -- A file that is there twice holds the same positions twice.
  select chunk, event_hour, position, min(value) as value
  from staged
  where is_event
  group by chunk, event_hour, position
), archived as (
  select chunk, event_hour, count(*) as archived_events, sum(value) as archived_value
  from positions
  group by chunk, event_hour
), receipted as (
  -- A receipt may be delivered twice.
  select chunk, event_hour, max(events) as receipted_events, max(value) as receipted_value
  from receipt_lines
  where dt >= ? and substr(event_hour, 1, 10) = ?
  group by chunk, event_hour
), compared as (
  select
    chunk,
    event_hour,
    receipted_events is null as is_unwitnessed,
    coalesce(receipted_events, 0) as receipted_events,
    coalesce(receipted_value, 0) as receipted_value,
    coalesce(archived_events, 0) as archived_events,
    coalesce(archived_value, 0) as archived_value
  from archived
  full outer join receipted using (chunk, event_hour)
)
select
  grouping(chunk, event_hour) as is_totals,
  chunk,
  event_hour,
  cast(coalesce(sum(receipted_events), 0) as bigint) as receipted_events,
  cast(coalesce(sum(receipted_value), 0) as bigint) as receipted_value,
  cast(coalesce(sum(archived_events), 0) as bigint) as archived_events,
  cast(coalesce(sum(archived_value), 0) as bigint) as archived_value,
  count(distinct case when is_unwitnessed then chunk end) as unwitnessed_chunk_count,
  (select cast(coalesce(sum(failed), 0) as bigint) from receipt_lines where dt >= ?) as failed_receipt_count
from compared
group by grouping sets ((chunk, event_hour), ())
having
  grouping(chunk, event_hour) <> 0
  or (
    not bool_or(is_unwitnessed)
    and (sum(receipted_events) <> sum(archived_events) or sum(receipted_value) <> sum(archived_value))
  )
