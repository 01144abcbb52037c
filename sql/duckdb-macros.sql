-- The functions of Trino that DuckDB lacks or means otherwise. With these, every other file here runs on both as it is.

-- The fixed attributes come out of one parse: the list is the same expression for each of them, and computed once.
create or replace macro json_extract_scalar(document, path) as
  case
    when list_contains(
      ['$.id', '$.source', '$.type', '$.subject', '$.partitionkey', '$.time', '$.value', '$.receivedat', '$.chunk', '$.position'],
      path
    )
    then list_extract(
      json_extract_string(
        document,
        ['$.id', '$.source', '$.type', '$.subject', '$.partitionkey', '$.time', '$.value', '$.receivedat', '$.chunk', '$.position']
      ),
      list_position(
        ['$.id', '$.source', '$.type', '$.subject', '$.partitionkey', '$.time', '$.value', '$.receivedat', '$.chunk', '$.position'],
        path
      )
    )
    else json_extract_string(document, path)
  end;

create or replace macro to_utf8(text) as encode(text);

-- Bytes in Trino, hex text in DuckDB.
create or replace macro sha256(bytes) as unhex(system.main.sha256(bytes));
