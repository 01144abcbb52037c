-- Events that were sent with different bodies under one identity. Parameter: first dt.
select
  type,
  subject,
  source,
  id,
  slice,
  count(*) as deliveries,
  min(value) as value_min,
  max(value) as value_max,
  min_by(value, receivedat || ' ' || chunk || ' ' || lpad(cast(position as varchar), 10, '0')) as value_sealed
from events
where dt >= ?
group by type, subject, source, id, partitionkey, slice
having min(value) <> max(value) or min(event_minute) <> max(event_minute)
union all
select '(total)', '', '', '', '', count(*), min(value), max(value), null
from events
where dt >= ?
