-- The subjects with the highest values of each type, and a totals row (rank 0), always. Parameter: how many per type.
with summands as (
  select counter, journaled_value as value, journaled_events as events from snapshot
  union all
  select counter, value, events from corrections
), subjects as (
  select
    split_part(counter, '/', 1) as type,
    substr(counter, strpos(counter, '/') + 1) as subject,
    sum(value) as value,
    sum(events) as events
  from summands
  where strpos(counter, '/') > 0
  group by counter
  having sum(value) <> 0 or sum(events) <> 0
), ranked as (
  select *, row_number() over (partition by type order by value desc, subject) as place
  from subjects
)
select 0 as place, '' as type, '' as subject, cast(0 as bigint) as value, count(*) as events from subjects
union all
select place, type, subject, cast(value as bigint) as value, cast(events as bigint) as events
from ranked
where place <= ?
order by type, place
