// `npm run demo`, `npm test`, `npm run prove`, `npm run pack`, `npm run bench`: all set-up on a machine that has only Node
// and npm, then the command itself. No dependency but Node, because nothing may be installed yet.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, ensureSqlite, root } from './set-up.mjs'

const commands = {
  demo: { file: 'tools/demo/src/main.ts', waitsForSqlite: false },
  test: { file: 'scripts/test.ts', waitsForSqlite: true },
  prove: { file: 'scripts/prove.ts', waitsForSqlite: false },
  pack: { file: 'scripts/pack.ts', waitsForSqlite: false },
  bench: { file: 'benchmarks/bench.ts', waitsForSqlite: false },
}

const stop = new AbortController()
let signalled
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    signalled ??= signal
    stop.abort(new Error(`stopped by ${signal}`))
  })

// npm ends at once on a signal, and its shell may keep the signal to itself: being left alone is a signal too.
const parent = process.ppid
const lookForParentMs = 500
setInterval(() => {
  if (process.ppid === parent) return
  signalled ??= 'SIGTERM'
  stop.abort(new Error('stopped: the command that began this run has ended'))
}, lookForParentMs).unref()

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

async function main([name, ...rest]) {
  const command = commands[name]
  if (!command || !existsSync(join(root, command.file)))
    throw new Error(`unknown command "${name}"; use one of ${Object.keys(commands).join(', ')}`)
  requireNode()
  const report = line => process.stdout.write(`${line}\n`)
  await ensureInstalled({ report, signal: stop.signal })
  if (command.waitsForSqlite) await ensureSqlite({ report, signal: stop.signal })
  return runTypeScript(command.file, rest)
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new Error(
    `Node >= 20.19 is needed and this is ${process.versions.node}; install a newer Node and run again`,
  )
}

/** Runs it with siblings resolved to their source. The child gets our signals and ends in its own order. */
function runTypeScript(file, args) {
  stop.signal.throwIfAborted()
  const child = spawn(process.execPath, ['--conditions=greenlang-source', '--import', 'tsx', file, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // Its cache of compiled files would stay behind in the temp directory, for a quarter of a second at most.
    env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    // A group of its own: Ctrl-C then reaches it once, from here, and not a second time from the terminal.
    detached: true,
  })
  const forward = () => child.kill(signalled)
  if (signalled) forward()
  stop.signal.addEventListener('abort', forward, { once: true })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? exitCodes[signal] ?? 1))
  })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = exitCodes[signalled] ?? 1
}
