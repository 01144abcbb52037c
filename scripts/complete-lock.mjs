/**
 * Adds to package-lock.json the optional platform packages that it lacks: `node scripts/complete-lock.mjs`.
 *
 * npm leaves one out when it cannot fetch it (a mirror that does not carry it, an install beside an existing
 * node_modules), and `npm ci` then refuses the whole lock, on every platform. Run this after changing dependencies;
 * test/package-lock.test.ts tells when it is needed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { missingFrom } from './missing-from-lock.mjs';

const LOCK_FILE = new URL('../package-lock.json', import.meta.url);
const OS = {
  darwin: 'darwin',
  win32: 'win32',
  linux: 'linux',
  freebsd: 'freebsd',
  android: 'android',
  openharmony: 'openharmony',
};
const CPUS = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64'];

const lock = JSON.parse(readFileSync(LOCK_FILE, 'utf8'));
const missing = missingFrom(lock);
for (const { name, version, isDev } of missing) {
  // Platform packages say in their name where they run; npm installs one only where its lock entry says so.
  const words = name.split(/[/-]/);
  const os = words.map((word) => OS[word]).find(Boolean);
  const cpu = CPUS.find((word) => words.includes(word));
  if (!/^\d+\.\d+\.\d+/.test(version) || os === undefined || cpu === undefined) {
    throw new Error(
      `${name}@${version}: no exact version, or no platform in its name; add it to the lock by hand`,
    );
  }
  lock.packages[`node_modules/${name}`] = {
    version,
    cpu: [cpu],
    ...(isDev ? { dev: true } : {}),
    optional: true,
    os: [os],
  };
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
);
writeFileSync(LOCK_FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} packages added to the lock`);
