import {
  openCountData,
  openStreamData,
  type CountData,
  type StreamData,
} from '../../../adapters/embedded/open-data.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

/** Fresh data in a directory of its own, and the way to be rid of it. */
export async function openTemporaryCountData(): Promise<{ data: CountData; dispose: () => Promise<void> }> {
  const directory = await makeTemporaryDirectory();
  const data = openCountData(directory);
  return { data, dispose: () => closeAndRemove(data, directory) };
}

export async function openTemporaryStreamData(): Promise<{
  data: StreamData;
  directory: string;
  dispose: () => Promise<void>;
}> {
  const directory = await makeTemporaryDirectory();
  const data = openStreamData(directory);
  return { data, directory, dispose: () => closeAndRemove(data, directory) };
}

async function closeAndRemove(data: CountData | StreamData, directory: string): Promise<void> {
  await data.environment.close();
  await removeDirectory(directory);
}
