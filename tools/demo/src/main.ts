// `npm run demo`: real servers, a million rows, a service, and what the cache does for it.
import { setMaxListeners } from 'node:events'

import { join } from 'node:path'
import { kinds } from './access-pattern.ts'
import { measureBreakage, pauseMsOf } from './breakage.ts'
import { formatBreakage, formatRatios, totals } from './breakage-table.ts'
import { checkPort } from './check-port.ts'
import { createCleanup } from './cleanup.ts'
import { readsAt } from './driver.ts'
import { checkEditors, type EditorCheck } from './editors.ts'
import { type House, openHouse } from './house.ts'
import { checkOwned, type DemoOptions, readOptions } from './options.ts'
import { measurePhases, trickle, warmUp } from './phases.ts'
import type { Process } from './processes.ts'
import { type ServiceProcess, startServiceProcess } from './service-process.ts'
import { createStatus, type Status } from './status.ts'
import { formatTable, type Phase } from './table.ts'
import { createTally, mergeTallies } from './tally.ts'
import { heardWithinMs } from './version-ledger.ts'

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
type StopSignal = keyof typeof exitCodes

const stop = new AbortController()
// Each client of the driver listens for it while it waits for a reply.
setMaxListeners(100, stop.signal)
let stoppedBy: StopSignal | undefined
let serving = false
for (const signal of Object.keys(exitCodes) as StopSignal[])
  process.on(signal, () => {
    stoppedBy ??= signal
    stop.abort(new Error(`stopped by ${signal}`))
  })

interface Context {
  options: DemoOptions
  status: Status
  cleanup: ReturnType<typeof createCleanup>
  signal: AbortSignal
}

async function main(context: Context): Promise<void> {
  const { options, status, signal } = context
  checkOwned(options, process.env)
  await checkPort(options.port)
  const house = await openHouse(context)
  if (!house.diskDecided()) await warmUpUntilDisk(house, context)
  status.show('waiting for sqlite3')
  const hasDisk = await house.disk
  signal.throwIfAborted()
  status.show('starting the service')
  const services = await openServices(house, context, hasDisk)
  const measuring = { processes: services, house, options, status, signal }
  const phases = await measurePhases(measuring)
  status.show('setting on one process, getting on the other')
  const workflowIds = house.keys.workflowIds.slice(0, editedAtOnce)
  const editors = await checkEditors({ processes: services, workflowIds, forMs: editingMs, signal })
  const breakage = options.breaks && (await measureBreakage(measuring, options.breaks))
  status.show('')
  const tiers = ['memory', ...(house.redis ? ['redis'] : []), ...(hasDisk ? ['disk'] : [])]
  const parts = services.length > 1 ? services.map(readsAt) : []
  process.stdout.write(`\n${formatTable(phases, kinds, tiers, parts)}\n\n${legend}\n`)
  process.stdout.write(`${describeCoherence(services, phases, editors)}\n`)
  if (breakage)
    process.stdout.write(
      `\n${formatBreakage(breakage, pauseMsOf(options.seconds))}\n${formatRatios(phases, tiers)}\n`,
    )
  const { staleReads, errors } = mergeTallies(
    phases.flatMap(({ measured }) => [...kinds, 'update'].flatMap(kind => measured.tallies.get(kind) ?? [])),
  )
  const broken = breakage ? totals(breakage) : createTally()
  const stale = staleReads + editors.staleReads + broken.staleReads
  const failed = errors + broken.errors
  if (stale + failed > 0) throw new Error(`${stale} stale reads and ${failed} errors: there should be none`)
  const updates = mergeTallies(phases.flatMap(({ measured }) => measured.tallies.get('update') ?? []))
  const unpropagated = sum(phases.map(({ measured }) => measured.lag.unpropagated))
  if (unpropagated > updates.requests * mostUnpropagated)
    throw new Error(`${unpropagated} updates were not acknowledged: the processes do not hear of each other`)
  if (options.once) return
  process.stdout.write(`\n${invitation(services, house)}\n`)
  serving = true
  status.close()
  await Promise.race([trickle(measuring), ...services.map(({ ended }) => ended)])
  if (!signal.aborted) throw new Error('the service ended by itself; run the demo again')
}

/** Of updates, the share that a server under load may miss its deadline for; they are sent again. */
const mostUnpropagated = 0.05

/** Workflows that are edited at once, and for how long (ms). */
const editedAtOnce = 8
const editingMs = 2_000

const legend =
  'Tier columns: hits as a share of the look-ups that reached the tier. stale: rows older than the reply to an update had\n' +
  `said: from the process that made it at once, from another more than ${heardWithinMs / 1000} s later. Latencies are whole HTTP\n` +
  'requests, seen by 8 clients; each phase is warmed up first, not counted. Of 20 requests in the last phase one is an\n' +
  'update; each makes all searches stale.'

function describeCoherence(
  services: readonly Process[],
  phases: readonly Phase[],
  { sets, gets, worstBehindMs, staleReads }: EditorCheck,
): string {
  const [first, last] = [services[0]?.name, services.at(-1)?.name]
  if (services.length === 1)
    return 'One process: without Redis nothing would tell a second one what has changed.'
  const lags = phases.map(({ measured }) => measured.lag)
  const reads = sum(lags.map(lag => lag.reads))
  const worst = Math.max(...lags.map(({ worstMs }) => worstMs))
  const unpropagated = sum(lags.map(lag => lag.unpropagated))
  return [
    `Two processes on one Redis: ${first} makes 9 of 10 updates, ${last} answers 8 of 10 reads. ${whole(reads)} reads returned a row that the`,
    `other process had just updated, the last of them ${worst.toFixed(0)} ms after its reply; ${whole(unpropagated)} updates were not acknowledged.`,
    `set on ${first}, get on ${last}: ${whole(sets)} sets, ${whole(gets)} gets, an older value for ${worstBehindMs.toFixed(0)} ms at worst, ${staleReads} stale.`,
  ].join('\n')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function whole(value: number): string {
  return value.toLocaleString('en')
}

/** sqlite3 is still compiling: the service runs without disk meanwhile, and nothing of it is counted. */
async function warmUpUntilDisk(house: House, { options, status, cleanup, signal }: Context): Promise<void> {
  const service = await startServiceProcess({ ...serviceOptions(house), port: options.port })
  cleanup.add(() => service.stop())
  const processes = [{ ...service, name: 'A' }]
  while (!house.diskDecided()) await warmUp({ processes, house, options, status, signal })
  await service.stop()
}

type Service = Process & ServiceProcess

/** The one that is shown first. Two where they can hear each other, each with a disk of its own. */
async function openServices(
  house: House,
  { options, cleanup }: Context,
  hasDisk: boolean,
): Promise<readonly Service[]> {
  const open = async (name: string, port: number, others: readonly Service[] = []) => {
    const shared = serviceOptions(house)
    const links = others.map(other => ({ label: `process ${other.name}`, path: other.url }))
    const service = await startServiceProcess({
      ...shared,
      examples: [...shared.examples, ...links],
      processName: `process ${name}`,
      port,
      ...(hasDisk ? { cacheDirectory: join(house.cacheDirectory, name) } : {}),
    })
    cleanup.add(() => service.stop())
    return { ...service, name }
  }
  if (!house.redis) return [await open('A', options.port)]
  const other = await open('B', 0)
  return [await open('A', options.port, [other]), other]
}

function serviceOptions({ databaseUrl, redis, keys }: House) {
  const examples = [
    { label: 'a workflow', path: `/workflows/${keys.workflowIds[0]}` },
    { label: "a user's workflows", path: `/users/${keys.userIds[0]}/workflows` },
    { label: 'results of an execution', path: `/executions/${keys.executionIds[0]}/results` },
    {
      label: `search "${keys.searchWords[0]}"`,
      path: `/search?q=${encodeURIComponent(keys.searchWords[0] ?? '')}`,
    },
  ]
  return { databaseUrl, examples, ...(redis ? { redis } : {}) }
}

function invitation(services: readonly Process[], { keys }: House): string {
  const [url, other] = services.map(service => service.url)
  const workflow = `${url}/workflows/${keys.workflowIds[0]}`
  return [
    `The service goes on at ${url} (open it in a browser), with a trickle of requests. Try:`,
    ...(other ? [`  the other process: ${other}`] : []),
    `  curl -i ${workflow}`,
    `  curl -i -H 'cache-control: no-store' ${workflow}`,
    `  curl -X PATCH -H 'content-type: application/json' -d '{"status":"paused"}' ${workflow}`,
    'Ctrl-C ends it and removes everything it started.',
  ].join('\n')
}

const cleanup = createCleanup()
const status = createStatus(process.stderr)
try {
  await main({ options: readOptions(process.argv.slice(2)), status, cleanup, signal: stop.signal })
} catch (error) {
  // Whatever is still under way, a compiler for one, is not waited for.
  stop.abort(error)
  if (!stoppedBy) process.stderr.write(`\n${(error as Error).message}\n`)
  process.exitCode = 1
}
try {
  await cleanup.run()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
status.close()
// Ctrl-C is the ordinary end of a demo that is serving; anywhere before it cuts the demo short.
if (stoppedBy) process.exitCode = serving && stoppedBy === 'SIGINT' ? 0 : exitCodes[stoppedBy]
