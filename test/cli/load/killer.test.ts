import { Killer } from '../../../cli/load/killer.js';

/** A server that says what is done to it, and starts when told to. */
const makeServer = (): { did: string[]; kill(): Promise<void>; start(): Promise<void> } => {
  const did: string[] = [];
  return {
    did,
    kill: async () => void did.push('kill'),
    start: async () => void did.push('start'),
  };
};

const io = { sleep: async (): Promise<void> => {} };

it('kills as often as asked, and starts the server again each time', async () => {
  const server = makeServer();
  const killer = new Killer(server, io, { kills: 3, count: 1_000, seed: 1 });
  for (let count = 0; count <= 1_000; count += 10) killer.acknowledged(count);
  await killer.finish();
  expect(server.did).toEqual(['kill', 'start', 'kill', 'start', 'kill', 'start']);
  expect(killer.killCount).toBe(3);
});

it('kills at moments that the seed chooses within the load', async () => {
  const momentsOf = async (seed: number): Promise<number[]> => {
    const moments: number[] = [];
    const server = makeServer();
    const killer = new Killer(server, io, { kills: 3, count: 1_000, seed });
    for (let count = 1; count <= 1_000; count++) {
      const before = killer.killCount;
      killer.acknowledged(count);
      await new Promise((resolve) => setImmediate(resolve));
      if (killer.killCount > before) moments.push(count);
    }
    return moments;
  };
  const moments = await momentsOf(1);
  expect(moments).toHaveLength(3);
  expect(await momentsOf(1)).toEqual(moments);
  expect(await momentsOf(2)).not.toEqual(moments);
});

it('fails when the server does not come back', async () => {
  const server = { ...makeServer(), start: () => Promise.reject(new Error('port taken')) };
  const killer = new Killer(server, io, { kills: 2, count: 10, seed: 1 });
  killer.acknowledged(10);
  await expect(killer.finish()).rejects.toThrow('port taken');
});
