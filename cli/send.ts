import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { TallyClient } from '../client/index.js';
import { describeCommand } from './command.js';
import { EXIT } from './failure.js';
import { inParallel } from './in-parallel.js';
import type { Io } from './io.js';
import { readLines, type InputLine } from './lines.js';
import type { Outcome } from './main.js';
import { makeProgress } from './progress.js';
import { Rejections } from './rejections.js';
import { clientOf, type GlobalFlags } from './settings.js';
import { formatCount } from './table.js';

const BATCH_LINES_MAX = 500;
const BATCH_BYTES_MAX = 1_000_000;
const REQUESTS_AT_ONCE = 4;
/** A server that restarts is back within some seconds. */
const RETRIES_MAX = 6;

export function addSend(program: Command, io: Io, outcome: Outcome): void {
  describeCommand(program.command('send [files...]'), 'Send events: CloudEvents as JSON, one a line.', [
    'tally send events.ndjson',
    'tally send --json < events.ndjson',
    'zcat old/*.gz | tally send -',
  ])
    .option('--json', 'print the summary as JSON')
    .action(async (files: string[], _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const summary = await sendFiles(
        files.length === 0 ? ['-'] : files,
        clientOf(flags, io, { max: RETRIES_MAX }),
        io,
      );
      io.stdout.write(flags.json === true ? jsonOf(summary) : textOf(summary));
      if (summary.rejections.count > 0) outcome.exitCode = EXIT.difference;
    });
}

interface Summary {
  accepted: number;
  readonly rejections: Rejections;
}

async function sendFiles(files: readonly string[], client: TallyClient, io: Io): Promise<Summary> {
  const summary: Summary = { accepted: 0, rejections: new Rejections() };
  const progress = makeProgress(io, 'bytes', await totalBytes(files));
  let byteCount = 0;
  try {
    await inParallel(batchesOf(linesOf(files, io)), REQUESTS_AT_ONCE, async (batch) => {
      await sendBatch(batch, client, summary);
      byteCount += batch.reduce((sum, line) => sum + line.byteCount + 1, 0);
      const { accepted, rejections } = summary;
      progress.update(
        byteCount,
        `${formatCount(accepted)} accepted, ${formatCount(rejections.count)} rejected`,
      );
    });
  } catch (error) {
    const done = `${formatCount(summary.accepted)} events are stored; send all again, none is counted twice`;
    io.stderr.write(`tally: stopped: ${done}\n`);
    throw error;
  } finally {
    progress.stop();
  }
  return summary;
}

async function sendBatch(batch: readonly InputLine[], client: TallyClient, summary: Summary): Promise<void> {
  const sendable: { line: InputLine; text: string }[] = [];
  for (const line of batch) {
    if ('text' in line.content) sendable.push({ line, text: line.content.text });
    else summary.rejections.add({ place: placeOf(line), id: null, ...line.content });
  }
  const { accepted, rejected } = await client.sendLines(sendable.map(({ text }) => text));
  summary.accepted += accepted;
  for (const { index, id, code, message } of rejected) {
    summary.rejections.add({ place: placeOf(sendable[index]?.line), id, code, message });
  }
}

const placeOf = (line: InputLine | undefined): string => `${line?.file ?? '?'}:${line?.number ?? 0}`;

async function* linesOf(files: readonly string[], io: Io): AsyncGenerator<InputLine> {
  for (const file of files) {
    yield* file === '-' ? readLines('stdin', io.stdin) : readLines(file, createReadStream(file));
  }
}

/** Runs of lines, each a request. */
async function* batchesOf(lines: AsyncIterable<InputLine>): AsyncGenerator<InputLine[]> {
  let batch: InputLine[] = [];
  let byteCount = 0;
  for await (const line of lines) {
    const isFull = batch.length >= BATCH_LINES_MAX || byteCount + line.byteCount >= BATCH_BYTES_MAX;
    if (isFull && batch.length > 0) {
      yield batch;
      [batch, byteCount] = [[], 0];
    }
    batch.push(line);
    byteCount += line.byteCount + 1;
  }
  if (batch.length > 0) yield batch;
}

/** Stdin does not say how much will come. Asking the files early also finds those that do not exist. */
async function totalBytes(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (file === '-' ? 0 : (await stat(file)).size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const jsonOf = ({ accepted, rejections }: Summary): string =>
  `${JSON.stringify({ accepted, rejected: rejections.count, byCode: rejections.groups() })}\n`;

function textOf({ accepted, rejections }: Summary): string {
  const counts = `${formatCount(accepted)} accepted, ${formatCount(rejections.count)} rejected\n`;
  return rejections.count === 0 ? counts : `${counts}\n${rejections.table()}`;
}
