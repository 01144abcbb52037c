import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { LOAD_TYPE } from '../load.js';
import { isProgram, type Batch, type Peer } from './peer.js';

const SETUP = `PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE counts (counter TEXT, minute INT, events INT, PRIMARY KEY (counter, minute)) WITHOUT ROWID;
CREATE TABLE seen (id TEXT PRIMARY KEY, counter TEXT, minute INT) WITHOUT ROWID;
CREATE TRIGGER count AFTER INSERT ON seen BEGIN
  INSERT INTO counts VALUES (NEW.counter, NEW.minute, 1), ('${LOAD_TYPE}', NEW.minute, 1)
  ON CONFLICT DO UPDATE SET events = events + 1;
END;
`;

export const SQLITE: Peer = {
  name: 'SQLite',
  setting: 'its own shell, one transaction a batch, WAL, synchronous=FULL',
  isInstalled: () => isProgram('sqlite3'),
  start: async (directory) => {
    const shell = spawn('sqlite3', [join(directory, 'data.db')], { stdio: ['pipe', 'pipe', 'inherit'] });
    process.once('exit', () => shell.kill('SIGKILL'));
    let output = '';
    shell.stdout.on('data', (data: Buffer) => (output += data.toString()));
    const ask = async (sql: string): Promise<string> => {
      output = '';
      shell.stdin.write(`${sql}\n.print done\n`);
      while (!output.endsWith('done\n')) await once(shell.stdout, 'data');
      return output;
    };
    await ask(SETUP);
    return {
      countAll: async (batches) => {
        for (const batch of batches) await ask(statementOf(batch));
      },
      totals: async () => {
        const sumWhere = async (condition: string): Promise<number> =>
          Number((await ask(`SELECT sum(events) FROM counts WHERE counter ${condition};`)).split('\n')[0]);
        return [await sumWhere(`<> '${LOAD_TYPE}'`), await sumWhere(`= '${LOAD_TYPE}'`)];
      },
      stop: async () => {
        const exited = once(shell, 'exit');
        shell.stdin.end('.quit\n');
        await exited;
      },
    };
  },
};

const statementOf = ({ ids, counters, minute }: Batch): string =>
  `INSERT OR IGNORE INTO seen VALUES ${ids.map((id, index) => `('${id}','${counters[index]}',${minute})`).join(',')};`;
