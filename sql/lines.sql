-- How many lines were staged, of which kind, and which stripes' markers are among them. One row, always; then one per stripe.
select
  -1 as stripe,
  count(*) as line_count,
  count(*) filter (where is_event) as event_line_count,
  count(*) filter (where not is_event and not is_control) as bad_line_count
from staged
union all
select
  try_cast(split_part(subject, '/', 2) as bigint) as stripe,
  count(*) as line_count,
  0 as event_line_count,
  0 as bad_line_count
from staged
where is_control
group by 1
