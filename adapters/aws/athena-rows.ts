import { GetQueryResultsCommand, type AthenaClient, type QueryExecution } from '@aws-sdk/client-athena';

export type AnswerRow = Readonly<Record<string, unknown>>;

const INTEGERS = new Set(['bigint', 'integer', 'int', 'smallint', 'tinyint']);
const FLOATS = new Set(['double', 'float', 'real']);

/** A field as what it is; integers exact, and decimals as the text that Athena gives. */
function valueOf(text: string | undefined, type: string | undefined): unknown {
  if (text === undefined || type === undefined) return text ?? null;
  if (INTEGERS.has(type)) return BigInt(text);
  if (FLOATS.has(type)) return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}

/** The rows of a query that has succeeded, page by page, by the API: it also says what type each column is. */
export async function* answerRows(
  athena: AthenaClient,
  { QueryExecutionId, StatementType }: QueryExecution,
): AsyncIterable<AnswerRow> {
  // Only what was selected has the columns' names for its first row.
  let namesCount = StatementType === 'DML' ? 1 : 0;
  let NextToken: string | undefined;
  do {
    const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }));
    const columns = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
    for (const { Data: fields = [] } of page.ResultSet?.Rows ?? []) {
      if (namesCount-- > 0) continue;
      yield Object.fromEntries(
        columns.map(({ Name, Type }, at) => [String(Name), valueOf(fields[at]?.VarCharValue, Type)]),
      );
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}
