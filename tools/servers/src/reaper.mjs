// Runs the processes of one owner in a directory of its own, and ends both when the owner is gone, however it went.
//
// The owner holds the other end of stdin. Whatever ends it, kill -9 included, the kernel closes that pipe; end of file
// here means: stop every process, remove the directory, exit. The owner starts this script in a session of its own, so
// Ctrl-C in a terminal reaches neither it nor its processes: the owner decides when they end.
//
// stdin, a JSON line each:  {id, command, args, cwd?, env, uid?, gid?, stopSignals?, stopLimitMs?, keptOutput?}
//                           {interrupt: true}                      stop all, start none, keep the directory
// stdout, a JSON line each: {directory} once, or {fatal} · {id, pid} or {id, failed} · {id, exit: {code, signal, output}}
//
// Rejected: 'exit' hooks in the owner (kill -9 runs none), PR_SET_PDEATHSIG (Linux only, and it leaves the directory).
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/** How long after SIGKILL a process may still hold its output open before the directory is removed anyway. */
const killLimitMs = 5_000

const running = new Map()
let accepting = true
let stopping

let directory

process.stdout.on('error', () => {})
try {
  directory = mkdtempSync(process.argv[2])
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, leave)
  createInterface({ input: process.stdin }).on('line', handle).on('close', leave)
  send({ directory })
} catch (error) {
  send({ fatal: describe(error) })
}

function handle(line) {
  const request = JSON.parse(line)
  if (request.interrupt) stopAll()
  else if (accepting) start(request)
  else send({ id: request.id, failed: { code: 'ECANCELED', message: 'interrupted' } })
}

function start({ id, command, args, cwd, env, uid, gid, ...rules }) {
  const { stopSignals = [], stopLimitMs = 5_000, keptOutput = 16_384 } = rules
  // A group of its own, so that what it started in turn can be killed with it.
  const child = spawn(command, args, {
    cwd,
    env,
    uid,
    gid,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', text => {
      output = (output + text).slice(-keptOutput)
    })
  child.on('error', error => child.pid === undefined && send({ id, failed: describe(error) }))
  if (child.pid === undefined) return
  // 'close' and not 'exit': whoever inherited the output, such as a server's workers, has then gone too.
  const closed = new Promise(resolve => child.once('close', resolve))
  running.set(id, { child, closed, stopSignals, stopLimitMs })
  child.once('close', (code, signal) => {
    running.delete(id)
    send({ id, exit: { code, signal, output } })
  })
  send({ id, pid: child.pid })
}

function stopAll() {
  accepting = false
  stopping ??= Promise.all([...running.values()].map(stop))
  return stopping
}

async function stop({ child, closed, stopSignals, stopLimitMs }) {
  for (const name of stopSignals) {
    child.kill(name)
    if (await within(stopLimitMs, closed)) return
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The whole group has gone meanwhile.
  }
  await within(killLimitMs, closed)
}

async function leave() {
  await stopAll()
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }).catch(() => {})
  process.exit(0)
}

function within(limitMs, promise) {
  let timer
  const limit = new Promise(resolve => {
    timer = setTimeout(resolve, limitMs, false)
  })
  return Promise.race([promise.then(() => true), limit]).finally(() => clearTimeout(timer))
}

function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

function describe(error) {
  return { code: error.code, syscall: error.syscall, message: error.message }
}
