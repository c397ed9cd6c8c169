// `npm run demo`: real servers, a million rows, a service, and what the cache does for it.
import { setMaxListeners } from 'node:events'

import { kinds } from './access-pattern.ts'
import { checkPort } from './check-port.ts'
import { createCleanup } from './cleanup.ts'
import { type House, openHouse } from './house.ts'
import { type DemoOptions, readOptions } from './options.ts'
import { measurePhases, trickle, warmUp } from './phases.ts'
import { type ServiceProcess, startServiceProcess } from './service-process.ts'
import { createStatus, type Status } from './status.ts'
import { formatTable } from './table.ts'
import { mergeTallies } from './tally.ts'

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
  const { options, status, cleanup, signal } = context
  await checkPort(options.port)
  const house = await openHouse(context)
  const measuring = (url: string) => ({ url, house, options, status, signal })
  if (!house.diskDecided()) await warmUpUntilDisk(house, context)
  status.show('waiting for sqlite3')
  const hasDisk = await house.disk
  signal.throwIfAborted()
  status.show('starting the service')
  const service = await openService(house, options, hasDisk ? house.cacheDirectory : undefined)
  cleanup.add(() => service.stop())
  const phases = await measurePhases(measuring(service.url))
  status.show('')
  const tiers = ['memory', ...(house.redis ? ['redis'] : []), ...(hasDisk ? ['disk'] : [])]
  process.stdout.write(`\n${formatTable(phases, kinds, tiers)}\n\n${legend}\n`)
  const { staleReads, errors } = mergeTallies(
    phases.flatMap(({ measured }) => [...measured.tallies.values()]),
  )
  if (staleReads + errors > 0)
    throw new Error(`${staleReads} stale reads and ${errors} errors: there should be none`)
  if (options.once) return
  process.stdout.write(`\n${invitation(service.url, house)}\n`)
  serving = true
  status.close()
  await Promise.race([trickle(measuring(service.url)), service.ended])
  if (!signal.aborted) throw new Error('the service ended by itself; run the demo again')
}

const legend =
  'Tier columns: hits as a share of the look-ups that reached the tier. stale: reads begun after the reply to an\n' +
  'update that returned an older version of the row. Latencies are whole HTTP requests, seen by 8 clients; each phase\n' +
  'is warmed up first, not counted. Of 20 requests in the last phase one is an update; each makes all searches stale.'

/** sqlite3 is still compiling: the service runs without disk meanwhile, and nothing of it is counted. */
async function warmUpUntilDisk(house: House, { options, status, cleanup, signal }: Context): Promise<void> {
  const service = await openService(house, options)
  cleanup.add(() => service.stop())
  const measuring = { url: service.url, house, options, status, signal }
  while (!house.diskDecided()) await warmUp(measuring)
  await service.stop()
}

function openService(house: House, options: DemoOptions, cacheDirectory?: string): Promise<ServiceProcess> {
  const { databaseUrl, redis, keys } = house
  const examples = [
    { label: 'a workflow', path: `/workflows/${keys.workflowIds[0]}` },
    { label: "a user's workflows", path: `/users/${keys.userIds[0]}/workflows` },
    { label: 'results of an execution', path: `/executions/${keys.executionIds[0]}/results` },
    {
      label: `search "${keys.searchWords[0]}"`,
      path: `/search?q=${encodeURIComponent(keys.searchWords[0] ?? '')}`,
    },
  ]
  return startServiceProcess({
    databaseUrl,
    port: options.port,
    examples,
    ...(redis ? { redis } : {}),
    ...(cacheDirectory ? { cacheDirectory } : {}),
  })
}

function invitation(url: string, { keys }: House): string {
  const workflow = `${url}/workflows/${keys.workflowIds[0]}`
  return [
    `The service goes on at ${url} (open it in a browser), with a trickle of requests. Try:`,
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
