// What a fresh clone needs before anything can run: the dependencies, and the native binding of sqlite3.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { oneAtATime } from './one-at-a-time.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pnpm = ['--yes', 'pnpm@10.34.9']
const stampFile = join(root, 'node_modules/.greenlang-installed')

/** Installs what the lockfile names, without install scripts, unless that was done already. */
export async function ensureInstalled({ report, signal }) {
  const wanted = digest()
  const isDone = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted
  if (isDone()) return
  await oneAtATime({ report, signal }, async () => {
    if (isDone()) return
    report('installing dependencies (pnpm through npx, nothing global)')
    await run('npx', [...pnpm, 'install', '--frozen-lockfile', '--ignore-scripts'], {
      label: 'install',
      report,
      signal,
    })
    mkdirSync(dirname(stampFile), { recursive: true })
    writeFileSync(stampFile, wanted)
  })
}

/**
 * Gets the native binding of sqlite3: its prebuilt binary where that can be had, else compiled here (1 to 3 minutes,
 * needs python3, make and a C++ compiler).
 */
export async function ensureSqlite({ report, signal }) {
  if (await bindingLoads()) return
  await oneAtATime({ report, signal }, async () => {
    if (await bindingLoads()) return
    report('getting the native binding of sqlite3 (compiled here if no prebuilt can be fetched)')
    const rebuild = [...pnpm, '--filter', '@greenlang/cache-disk', 'rebuild', 'sqlite3']
    const failure = await run('npx', rebuild, { label: 'sqlite3', report, signal }).catch(error => error)
    signal?.throwIfAborted()
    if (await bindingLoads()) return
    throw new Error(
      'sqlite3 has no prebuilt binding for this machine and could not be compiled: ' +
        'install python3, make and a C++ compiler, then run again.',
      { cause: failure },
    )
  })
}

/** Whether the binding is there and whole: one that was cut short by Ctrl-C is there too. */
async function bindingLoads() {
  const binding = sqliteBinding()
  if (binding === undefined) return false
  const child = spawn(process.execPath, ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', binding], {
    stdio: 'ignore',
  })
  return new Promise(resolve => {
    child.on('error', () => resolve(false))
    child.on('exit', code => resolve(code === 0))
  })
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
      if (code !== 0) return settle(reject, failureOf(label, code, tail))
      report(`${label} done in ${seconds(began)}`)
      settle(resolve)
    })
  })
}

/** pnpm asks nothing and speaks plainly; node-gyp uses the headers that belong to this Node, where they are. */
function environment() {
  const prefix = dirname(dirname(process.execPath))
  const hasHeaders = existsSync(join(prefix, 'include/node/node.h')) && !process.env.npm_config_nodedir
  const headers = hasHeaders ? { npm_config_nodedir: prefix } : {}
  return { ...process.env, ...headers, CI: 'true', NO_COLOR: '1', npm_config_update_notifier: 'false' }
}

const networkTrouble = /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|META_FETCH_FAIL/

function failureOf(label, code, tail) {
  const noNetwork =
    "the dependencies could not be downloaded: check the network, or npm's proxy and registry settings, then run again"
  return new Error(networkTrouble.test(tail) ? noNetwork : `${label} failed (exit ${code}):\n${tail}`)
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
