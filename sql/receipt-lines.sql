-- Receipts: what ingest says it stored. A view over raw_receipts(line, dt). Lines that can't be read have no chunk.
create or replace view receipt_lines as
select
  dt,
  json_extract_scalar(line, '$.chunk') as chunk,
  json_extract_scalar(line, '$.hour') as event_hour,
  try_cast(json_extract_scalar(line, '$.events') as bigint) as events,
  try_cast(json_extract_scalar(line, '$.value') as bigint) as value,
  coalesce(try_cast(json_extract_scalar(line, '$.failed') as bigint), 0) as failed
from raw_receipts
