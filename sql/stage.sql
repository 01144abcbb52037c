-- What one day's audit needs of the archive, read once: the day's events, its markers, and every line that can't be read.
-- Parameters: first dt to read (the day before the day), the day, the day.
select
  is_event,
  is_control,
  id,
  source,
  type,
  subject,
  -- Mostly the counter's name once more: then it is null, and takes no room.
  nullif(partitionkey, type || '/' || subject) as partitionkey,
  value,
  receivedat,
  chunk,
  position,
  event_hour,
  event_minute,
  slice
from archive_lines
where
  dt >= ?
  and (
    (is_event and event_day = ?)
    or (is_control and type = '$marker' and split_part(subject, '/', 1) = ?)
    or not (is_event or is_control)
  )
