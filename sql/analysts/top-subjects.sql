-- The subjects of a type with the highest values on a day of event time. Parameters: first dt, the day, the type, how many.
with identities as (
  select
    subject,
    min_by(value, receivedat || ' ' || chunk || ' ' || lpad(cast(position as varchar), 10, '0')) as value
  from events
  where dt >= ? and event_day = ? and type = ?
  group by subject, source, id, partitionkey, slice
), sums as (
  select grouping(subject) as is_totals, subject, count(*) as events, cast(coalesce(sum(value), 0) as bigint) as value
  from identities
  group by grouping sets ((subject), ())
), ranked as (
  select *, row_number() over (order by is_totals desc, value desc, subject) - 1 as place
  from sums
)
select place, subject, value, events
from ranked
where place <= ?
order by place
