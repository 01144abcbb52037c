#!/usr/bin/env node
// The installed command. Plain JavaScript, because it is what makes TypeScript run.
import process from 'node:process';
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
const { processIo } = await import('./io.ts');
process.exitCode = await main(process.argv.slice(2), processIo());
