-- What counting could not count, with its reason. A view over raw_rejected(line, dt), by the day of rejection.
create or replace view rejected_lines as
select
  dt,
  json_extract_scalar(line, '$.reason') as reason,
  json_extract_scalar(line, '$.message') as message,
  try_cast(json_extract_scalar(line, '$.rejectedAtMs') as bigint) as rejected_at_ms,
  json_extract_scalar(line, '$.line') as rejected_line
from raw_rejected
