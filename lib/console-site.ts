/** The console's files, as a browser asks for them: put together at synth, from what the embedded server serves as it runs. */
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Source, type ISource } from 'aws-cdk-lib/aws-s3-deployment';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { CONSOLE_LIBRARY_FILES, CONSOLE_MEDIA_TYPES } from '../core/console-page.js';
import { projectPath } from './bundling.js';

/** Of the API, but a file: it is the same for all, and needs no function. */
export const OPEN_API_PATH = 'v1/openapi.json';

/** The files by the path that a browser asks for, each with where it comes from. */
export function siteFiles(): ReadonlyMap<string, string> {
  const { resolve } = createRequire(import.meta.url);
  const own = readdirSync(projectPath('console')).filter((name) => extname(name) in CONSOLE_MEDIA_TYPES);
  return new Map([
    ...own.map((name): [string, string] => [
      name === 'index.html' ? name : `console/${name}`,
      projectPath(`console/${name}`),
    ]),
    ...Object.entries(CONSOLE_LIBRARY_FILES).map(([name, path]): [string, string] => [
      `console/${name}`,
      resolve(path),
    ]),
    [OPEN_API_PATH, projectPath('docs/openapi.json')],
  ]);
}

/** Put the site into a folder. */
export function copySite(folder: string): void {
  for (const parent of ['console', 'v1']) mkdirSync(join(folder, parent), { recursive: true });
  for (const [path, from] of siteFiles()) copyFileSync(from, join(folder, path));
}

/** The site as an asset. Copied on this machine: the image, which the CDK wants named, is never run. */
export const siteSource = (): ISource =>
  Source.asset(projectPath('console'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle: (folder) => {
          copySite(folder);
          return true;
        },
      },
    },
  });
