/** A folder outside the workspace, as a user has it: npm installs our tarballs, plain node runs a program. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tarball } from '../scripts/pack-tarballs.ts'
import { sqliteBinding } from '../scripts/set-up.mjs'
import { type Outcome, outputOf, run } from './run.ts'
import { publishedPackages } from './workspace.ts'

export interface Consumer {
  readonly folder: string
  /** Writes `code` as a file of that name and runs it. */
  run(file: string, code: string): Promise<Outcome>
  /** Every package in node_modules, nested ones too. */
  packages(): string[]
  remove(): void
}

const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--no-package-lock']

/**
 * Installs these tarballs, and `others` from the registry.
 * @throws with npm's output if it fails.
 */
export async function createConsumer(tarballs: readonly Tarball[], others: string[] = []): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), 'greenlang-consumer-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const wanted = [...tarballs.map(({ file }) => file), ...others]
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await outputOf(run('npm', ['install', ...quietly, ...wanted], { cwd: folder }))
    copySqliteBinding(folder)
  } catch (error) {
    remove()
    throw error
  }
  return {
    folder,
    packages: () => packagesIn(folder),
    run(file, code) {
      writeFileSync(join(folder, file), code)
      return run(process.execPath, [file], { cwd: folder })
    },
    remove,
  }
}

/** npm would fetch or compile it; this machine did so for the workspace already, for minutes. */
function copySqliteBinding(folder: string): void {
  const binding = sqliteBinding()
  const into = join(folder, 'node_modules/sqlite3')
  if (!binding || !packagesIn(folder).includes('sqlite3')) return
  mkdirSync(join(into, 'build/Release'), { recursive: true })
  cpSync(binding, join(into, 'build/Release/node_sqlite3.node'))
}

function packagesIn(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap(
    path => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^./@][^/]*)$/.exec(path)?.[1] ?? [],
  )
  return [...new Set(found)].sort()
}

/** The tarball of `name` and of every sibling it names, itself or through them. */
export function withSiblings(names: readonly string[], tarballs: readonly Tarball[]): Tarball[] {
  const needed = new Map<string, Tarball>()
  const add = (name: string) => {
    const tarball = tarballs.find(one => one.name === name)
    const manifest = publishedPackages.find(one => one.name === name)?.manifest
    if (!tarball || !manifest || needed.has(name)) return
    needed.set(name, tarball)
    Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).forEach(add)
  }
  names.forEach(add)
  return [...needed.values()]
}
