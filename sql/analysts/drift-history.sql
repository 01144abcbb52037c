-- What each day's audit found, act by act. The row without a day is the total. Parameter: first day of event time.
select
  event_day,
  sequence,
  kind,
  acted_at,
  cast(coalesce(sum(value), 0) as bigint) as value,
  cast(coalesce(sum(events), 0) as bigint) as events,
  cast(coalesce(sum(adjusted_counter_hours), 0) as bigint) as adjusted_counter_hours,
  cast(coalesce(sum(counter_corrupt), 0) as bigint) as counter_corrupt,
  cast(coalesce(sum(never_counted), 0) as bigint) as never_counted,
  cast(coalesce(sum(archive_lost), 0) as bigint) as archive_lost,
  cast(coalesce(sum(over_count), 0) as bigint) as over_count,
  cast(coalesce(sum(conflict), 0) as bigint) as conflict,
  cast(coalesce(sum(increments_corrupt), 0) as bigint) as increments_corrupt,
  count(*) filter (where is_archive_incomplete) as incomplete_archives
from acts
where event_day >= ?
group by grouping sets ((event_day, sequence, kind, acted_at), ())
order by sequence
