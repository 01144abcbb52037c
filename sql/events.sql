-- The archive as analysts see it: every event, once per delivery. Filter by dt (the day of arrival): it is the partition.
-- Distinct events are told apart by (source, id, type, subject, partitionkey, slice).
create or replace view events as
select
  dt,
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
  event_day,
  event_hour,
  event_minute,
  slice,
  line
from archive_lines
where is_event
