/** The tables and views of SQL as Glue wants them. */
import type { CfnTable } from 'aws-cdk-lib/aws-glue';
import { readFileSync } from 'node:fs';
import {
  SQL_TABLES,
  SQL_VIEWS,
  sqlFileOf,
  type ColumnType,
  type PartitionKind,
  type SqlTableName,
  type SqlViewName,
} from '../core/sql-tables.js';
import { viewQuery } from '../core/sql-text.js';
import { projectPath } from './bundling.js';

export const readSql = (name: string): string => readFileSync(projectPath(`sql/${name}.sql`), 'utf8');

const columnsOf = (columns: Readonly<Record<string, ColumnType>>): CfnTable.ColumnProperty[] =>
  Object.entries(columns).map(([name, type]) => ({ name, type }));

interface Format {
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly serializationLibrary: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const TEXT: Omit<Format, 'parameters'> = {
  inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  serializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
};

/** None of the text formats knows quotes or escapes: a line, and a name, is what stands there. */
const FORMATS: Readonly<Record<'lines' | 'tsv' | 'parquet', Format>> = {
  // Columns end at U+0001, which JSON has only as an escape: so a line is one column.
  lines: { ...TEXT, parameters: { 'serialization.format': '1' } },
  tsv: { ...TEXT, parameters: { 'serialization.format': '\t', 'field.delim': '\t' } },
  parquet: {
    inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    parameters: { 'serialization.format': '1' },
  },
};

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')).join(',');

/** Partitions are reckoned from their names, so that none has to be added, and none can be forgotten. */
function projectionOf(name: string, kind: PartitionKind, since: string): Record<string, string> {
  const settings: Record<PartitionKind, Record<string, string>> = {
    day: {
      type: 'date',
      format: 'yyyy-MM-dd',
      // A clock that is ahead of Athena's writes into tomorrow.
      range: `${since},NOW+1DAYS`,
      interval: '1',
      'interval.unit': 'DAYS',
    },
    hour: { type: 'enum', values: HOURS },
    given: { type: 'injected' },
  };
  return Object.fromEntries(
    Object.entries(settings[kind]).map(([key, value]) => [`projection.${name}.${key}`, value]),
  );
}

export interface TablePlace {
  readonly bucketName: string;
  /** The first day of projected days. */
  readonly since: string;
}

export function glueTable(
  name: SqlTableName,
  { bucketName, since }: TablePlace,
): CfnTable.TableInputProperty {
  const { format, columns, folder, description, partitions } = SQL_TABLES[name];
  const { inputFormat, outputFormat, serializationLibrary, parameters } = FORMATS[format];
  const kinds = Object.entries<PartitionKind>(partitions);
  const projection = kinds.map(([partition, kind]) => projectionOf(partition, kind, since));
  const fixedFolder = folder.replace(/[^/]*\$\{.*$/, '');
  return {
    name,
    description,
    tableType: 'EXTERNAL_TABLE',
    parameters: {
      EXTERNAL: 'TRUE',
      ...(kinds.length > 0 && {
        'projection.enabled': 'true',
        'storage.location.template': `s3://${bucketName}/${folder}`,
        ...(Object.assign({}, ...projection) as Record<string, string>),
      }),
    },
    partitionKeys: kinds.map(([partition]) => ({ name: partition, type: 'string' })),
    storageDescriptor: {
      columns: columnsOf(columns),
      location: `s3://${bucketName}/${fixedFolder}`,
      inputFormat,
      outputFormat,
      serdeInfo: { serializationLibrary, parameters },
    },
  };
}

const PRESTO_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'varchar',
  bigint: 'bigint',
  boolean: 'boolean',
};

/** A view as Athena's own `create view` leaves it in Glue: its query and columns as JSON, in base64, in a comment. */
export function glueView(name: SqlViewName, database: string): CfnTable.TableInputProperty {
  const { columns, description } = SQL_VIEWS[name];
  const view = {
    originalSql: viewQuery(readSql(sqlFileOf(name))),
    catalog: 'awsdatacatalog',
    schema: database,
    columns: Object.entries<ColumnType>(columns).map(([column, type]) => ({
      name: column,
      type: PRESTO_TYPES[type],
    })),
  };
  const encoded = Buffer.from(JSON.stringify(view)).toString('base64');
  return {
    name,
    description,
    tableType: 'VIRTUAL_VIEW',
    parameters: { presto_view: 'true', comment: 'Presto View' },
    partitionKeys: [],
    storageDescriptor: { columns: columnsOf(columns), location: '', serdeInfo: {} },
    viewOriginalText: `/* Presto View: ${encoded} */`,
    viewExpandedText: '/* Presto View */',
  };
}
