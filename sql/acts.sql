-- The chain of acts: what was sealed, and what the audit found that day. A view over raw_acts(line).
create or replace view acts as
select
  try_cast(json_extract_scalar(line, '$.sequence') as bigint) as sequence,
  json_extract_scalar(line, '$.kind') as kind,
  json_extract_scalar(line, '$.day') as event_day,
  try_cast(json_extract_scalar(line, '$.runNumber') as bigint) as run_number,
  json_extract_scalar(line, '$.actedAt') as acted_at,
  try_cast(json_extract_scalar(line, '$.totals.value') as bigint) as value,
  try_cast(json_extract_scalar(line, '$.totals.events') as bigint) as events,
  try_cast(json_extract_scalar(line, '$.adjustedCounterHourCount') as bigint) as adjusted_counter_hours,
  json_extract_scalar(line, '$.isArchiveIncomplete') = 'true' as is_archive_incomplete,
  json_extract_scalar(line, '$.trust') as trust,
  coalesce(try_cast(json_extract_scalar(line, '$.findings.counter_corrupt') as bigint), 0) as counter_corrupt,
  coalesce(try_cast(json_extract_scalar(line, '$.findings.never_counted') as bigint), 0) as never_counted,
  coalesce(try_cast(json_extract_scalar(line, '$.findings.archive_lost') as bigint), 0) as archive_lost,
  coalesce(try_cast(json_extract_scalar(line, '$.findings.over_count') as bigint), 0) as over_count,
  coalesce(try_cast(json_extract_scalar(line, '$.findings.conflict') as bigint), 0) as conflict,
  coalesce(try_cast(json_extract_scalar(line, '$.findings.increments_corrupt') as bigint), 0) as increments_corrupt
from raw_acts
