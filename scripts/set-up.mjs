// What a fresh clone needs before anything can run: the dependencies, and the native binding of sqlite3.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pnpm = ['--yes', 'pnpm@10.34.9']
const stampFile = join(root, 'node_modules/.greenlang-installed')

/** Installs what the lockfile names, without install scripts, unless that was done already. */
export async function ensureInstalled({ report, signal }) {
  const wanted = digest()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
  report('installing dependencies (pnpm through npx, nothing global)')
  await run('npx', [...pnpm, 'install', '--frozen-lockfile', '--ignore-scripts'], {
    label: 'install',
    report,
    signal,
  })
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, wanted)
}

/**
 * Gets the native binding of sqlite3: its prebuilt binary where that can be had, else compiled here (1 to 3 minutes,
 * needs python3, make and a C++ compiler).
 */
export async function ensureSqlite({ report, signal }) {
  if (sqliteBinding()) return
  report('getting the native binding of sqlite3 (compiled here if no prebuilt can be fetched)')
  await run('npx', [...pnpm, '--filter', '@greenlang/cache-disk', 'rebuild', 'sqlite3'], {
    label: 'sqlite3',
    report,
    signal,
  })
  if (!sqliteBinding())
    throw new Error(
      'sqlite3 has no native binding for this machine: install python3, make and a C++ compiler, then run again',
    )
}

/** Path of the binding, if it is there. */
export function sqliteBinding() {
  const store = join(root, 'node_modules/.pnpm')
  if (!existsSync(store)) return undefined
  for (const name of readdirSync(store).filter(entry => entry.startsWith('sqlite3@'))) {
    const binding = join(store, name, 'node_modules/sqlite3/build/Release/node_sqlite3.node')
    if (existsSync(binding)) return binding
  }
  return undefined
}

function digest() {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

const quietMs = 2_000
const longestTail = 4_000

/** Runs a program in a group of its own, with a line of progress each two seconds; all of the group ends on abort. */
function run(program, args, { label, report, signal }) {
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: environment(),
    })
    const began = performance.now()
    let tail = ''
    const collect = chunk => {
      tail = (tail + chunk).slice(-longestTail)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const progress = setInterval(() => report(`${label} ${seconds(began)}: ${lastLine(tail)}`), quietMs)
    const end = () => killGroup(child.pid)
    signal?.addEventListener('abort', end, { once: true })
    const settle = (settled, value) => {
      clearInterval(progress)
      signal?.removeEventListener('abort', end)
      settled(value)
    }
    child.on('error', error => settle(reject, new Error(`${program} could not be started (${error.code})`)))
    child.on('close', code => {
      if (signal?.aborted) return settle(reject, signal.reason)
      if (code !== 0) return settle(reject, new Error(`${label} failed (exit ${code}):\n${tail}`))
      report(`${label} done in ${seconds(began)}`)
      settle(resolve)
    })
  })
}

/** pnpm asks nothing and speaks plainly; node-gyp uses the headers that are on the machine, where there are any. */
function environment() {
  const headers =
    existsSync('/usr/include/node/node.h') && !process.env.npm_config_nodedir
      ? { npm_config_nodedir: '/usr' }
      : {}
  return { ...process.env, ...headers, CI: 'true', NO_COLOR: '1', npm_config_update_notifier: 'false' }
}

function lastLine(text) {
  const lines = text.split(/[\r\n]+/).filter(line => line.trim() !== '' && !line.startsWith('npm warn'))
  return (lines.at(-1) ?? 'starting').trim().slice(0, 100)
}

function seconds(began) {
  return `${((performance.now() - began) / 1000).toFixed(0)} s`
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended by itself.
  }
}
