-- How many deliveries were repetitions, by source. The row without a source is the total. Parameter: first dt.
with identities as (
  select source, count(*) as deliveries
  from events
  where dt >= ?
  group by source, id, type, subject, partitionkey, slice
)
select
  source,
  count(*) as events,
  cast(coalesce(sum(deliveries), 0) as bigint) as deliveries,
  cast(coalesce(sum(deliveries - 1), 0) as bigint) as duplicates
from identities
group by grouping sets ((source), ())
order by duplicates desc, source
