-- Every line of the archive, with its fixed attributes. A view over raw_events(line, dt, hour): one string column, because a
-- JSON reader that meets a bad line is not to be trusted with the others.
--
-- is_event: an event of a producer. is_control: a line of Tally's own. Neither: a line that can't be read.
create or replace view archive_lines as
with extracted as (
  select
    dt,
    line,
    json_extract_scalar(line, '$.id') as id,
    json_extract_scalar(line, '$.source') as source,
    json_extract_scalar(line, '$.type') as type,
    json_extract_scalar(line, '$.subject') as subject,
    json_extract_scalar(line, '$.partitionkey') as partitionkey,
    json_extract_scalar(line, '$.time') as time,
    json_extract_scalar(line, '$.value') as value_text,
    json_extract_scalar(line, '$.receivedat') as receivedat,
    json_extract_scalar(line, '$.chunk') as chunk,
    json_extract_scalar(line, '$.position') as position_text
  from raw_events
), read as (
  select
    *,
    try_cast(value_text as bigint) as value,
    try_cast(position_text as bigint) as position,
    -- Minute of the hour; a slice is five of them.
    try_cast(substr(time, 15, 2) as bigint) as minute_of_hour
  from extracted
), checked as (
  select
    *,
    coalesce(
      id <> '' and source <> '' and type <> '' and subject is not null and partitionkey <> '' and chunk <> ''
      and length(time) = 24 and length(receivedat) = 24 and minute_of_hour between 0 and 59
      -- A cast may round ('1.5') or be generous ('1e3'): what is written back as it was read is an integer.
      and cast(value as varchar) = value_text and cast(position as varchar) = position_text,
      false
    ) as is_archive_line
  from read
)
select
  dt,
  line,
  id,
  source,
  type,
  subject,
  partitionkey,
  time,
  value,
  receivedat,
  chunk,
  position,
  substr(time, 1, 10) as event_day,
  substr(time, 1, 13) as event_hour,
  substr(time, 1, 16) as event_minute,
  substr(time, 1, 15) || case when substr(time, 16, 1) < '5' then '0' else '5' end as slice,
  is_archive_line and substr(type, 1, 1) <> '$' as is_event,
  is_archive_line and substr(type, 1, 1) = '$' as is_control
from checked
