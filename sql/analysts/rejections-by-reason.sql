-- What counting could not count, by reason. The row without a reason is the total. Parameter: first dt, the day of rejection.
select
  reason,
  count(*) as rejections,
  min(rejected_at_ms) as first_at_ms,
  max(rejected_at_ms) as last_at_ms
from rejected_lines
where dt >= ?
group by grouping sets ((reason), ())
order by rejections desc, reason
