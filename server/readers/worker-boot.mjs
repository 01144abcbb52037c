/** The first file of a reader thread: teaches it TypeScript, then hands over. (A thread does not inherit that.) */
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.entryUrl);
