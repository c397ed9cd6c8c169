/**
 * A child process as one file of plain JavaScript. It starts in a quarter of the time that a loader of TypeScript
 * takes, and has no threads but Node's own, in the same order in each life.
 */
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { trialDirectory } from './trial-directory.ts'

const directories = new Set<string>()

/** Of all bundles that were made. A test does so itself: its process hears of no exit. */
export function removeBundles(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
  directories.clear()
}

/** Returns what makes the bundle at its first call, and says where it lies until this process ends. */
export function bundled(name: 'crash.child' | 'kills.child'): () => Promise<string> {
  let path: Promise<string> | undefined
  return () => {
    path ??= bundle(name)
    return path
  }
}

async function bundle(name: string): Promise<string> {
  const directory = await trialDirectory()
  if (directories.size === 0) process.once('exit', removeBundles)
  directories.add(directory)
  const outfile = join(directory, `${name}.mjs`)
  const sqlite3 = createRequire(import.meta.url).resolve('sqlite3')
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['greenlang-source'],
    // It stays where its native part lies.
    alias: { sqlite3 },
    external: [sqlite3],
    logLevel: 'error',
  })
  return outfile
}
