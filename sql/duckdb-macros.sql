-- The functions of Trino that DuckDB lacks or means otherwise. With these, every other file here runs on both as it is.

-- The fixed attributes come out of one parse, and in the order in which they are written: the expression is the same for each of
-- them, and computed once.
create or replace macro fixed_attributes(document) as
  json_transform(
    document,
    '{"id": "varchar", "source": "varchar", "type": "varchar", "subject": "varchar", "partitionkey": "varchar",
      "time": "varchar", "value": "varchar", "receivedat": "varchar", "chunk": "varchar", "position": "varchar"}'
  );

create or replace macro json_extract_scalar(document, path) as
  case path
    when '$.id' then fixed_attributes(document).id
    when '$.source' then fixed_attributes(document).source
    when '$.type' then fixed_attributes(document).type
    when '$.subject' then fixed_attributes(document).subject
    when '$.partitionkey' then fixed_attributes(document).partitionkey
    when '$.time' then fixed_attributes(document).time
    when '$.value' then fixed_attributes(document).value
    when '$.receivedat' then fixed_attributes(document).receivedat
    when '$.chunk' then fixed_attributes(document).chunk
    when '$.position' then fixed_attributes(document).position
    else json_extract_string(document, path)
  end;

-- Any hash of 64 bits will do: it only finds what may be the same.
create or replace macro xxhash64(bytes) as hash(bytes);

create or replace macro to_utf8(text) as encode(text);

-- Bytes in Trino, hex text in DuckDB.
create or replace macro sha256(bytes) as unhex(system.main.sha256(bytes));
