/** What goes wrong, by name: each strikes, lasts, and is over when its promise resolves. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HistorySpan } from '@greenlang/testkit'
import type { Line } from './line.ts'
import { now } from './now.ts'
import type { Range } from './plan.ts'
import type { Server, Topology } from './topology.ts'
import type { Span } from './worker-job.ts'
import type { Worker } from './worker-process.ts'

export interface Scene {
  readonly topology: Topology
  readonly workers: readonly Worker[]
  readonly random: () => number
  /** Begin of all its keys. */
  readonly prefix: string
  readonly span: Span
  /** After acknowledged writes were lost: until every writer has connected, has sent its own again, and B is over. */
  readonly resumesMs: number
}

/** Where it strikes, and for how long. */
export interface Strike {
  /** Of a worker. */
  readonly number: number
  readonly forMs: number
}

export interface Fault {
  readonly forMs: Range
  /** When the promise was suspended by it; nothing where it was not. */
  strike(scene: Scene, strike: Strike): Promise<HistorySpan | undefined | void>
}

const soon: Range = { from: 300, to: 3_000 }
const moment: Range = { from: 1, to: 2 }

export const faults = {
  /** Redis stands still, and answers all of it later. */
  pause: { forMs: { from: 2_000, to: 4_000 }, strike: pause },
  /** It is killed, and comes back empty. */
  kill: { forMs: { from: 100, to: 1_500 }, strike: kill },
  /** Values and record go, connections stay. */
  flush: { forMs: moment, strike: ({ topology }) => toPrimary(topology, ['FLUSHALL']) },
  /** The record of the bus goes, values stay; a worker has heard nothing before it. */
  forget: { forMs: { from: 200, to: 1_500 }, strike: forget },
  /** Subscribers of a worker hear nothing, and every connection stays. */
  deaf: { forMs: soon, strike: on(line => line.deafen()) },
  /** Calls go out and nothing comes back; then frames do, and replies still do not. */
  mute: { forMs: { from: 900, to: 2_000 }, strike: mute },
  /** What was written for a while is gone, as after a failover to a replica that lagged, and connections break. */
  rollback: { forMs: { from: 300, to: 1_500 }, strike: rollback },
  'kill subscribers': {
    forMs: moment,
    strike: ({ topology }) => toPrimary(topology, ['CLIENT', 'KILL', 'TYPE', 'pubsub']),
  },
  'kill clients': {
    forMs: moment,
    strike: ({ topology }) => toPrimary(topology, ['CLIENT', 'KILL', 'TYPE', 'normal']),
  },
  /** A subscriber takes nothing until the server has had enough of it. */
  overflow: { forMs: { from: 500, to: 1_500 }, strike: overflow },
  /** The connections of a worker are dead, and nobody is told. */
  'half-open': { forMs: moment, strike: on(line => line.forget()) },
  slow: { forMs: { from: 1_000, to: 4_000 }, strike: on(line => line.slow(80, 75)) },
  /** A worker is cut off. */
  cut: { forMs: { from: 500, to: 3_000 }, strike: on(line => line.cut()) },
  /** Its event loop stands still. */
  stall: { forMs: { from: 500, to: 2_000 }, strike: stall },
  /** Its process stands still. */
  stop: { forMs: { from: 500, to: 3_000 }, strike: stop },
  /** It dies, and another takes its place. */
  crash: { forMs: { from: 100, to: 1_500 }, strike: crash },
  /** Everything is invalidated. */
  clear: { forMs: moment, strike: clear },
} satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults

function on(begin: (line: Line) => unknown): Fault['strike'] {
  return async ({ topology }, { number, forMs }) => {
    const line = topology.lines[number]
    if (line === undefined) return
    await begin(line)
    await sleep(forMs)
    await line.heal()
  }
}

async function toPrimary(topology: Topology, command: readonly string[]): Promise<void> {
  for (const server of topology.primaries()) await server.send(command)
}

async function pause({ topology }: Scene, { forMs }: Strike): Promise<void> {
  const [server] = topology.primaries()
  server?.pause()
  await sleep(forMs)
  server?.resume()
}

async function kill({ topology }: Scene, { forMs }: Strike): Promise<void> {
  const [server] = topology.primaries()
  await server?.kill()
  await sleep(forMs)
  await server?.restart()
}

async function mute({ topology }: Scene, { number, forMs }: Strike): Promise<void> {
  const line = topology.lines[number]
  line?.deafen()
  line?.mute()
  await sleep(forMs / 2)
  line?.listen()
  await sleep(forMs / 2)
  await line?.heal()
}

async function rollback({ topology, resumesMs }: Scene, { forMs }: Strike): Promise<HistorySpan> {
  const from = now()
  await toPrimary(topology, ['SAVE'])
  await sleep(forMs)
  await toPrimary(topology, ['DEBUG', 'RELOAD', 'NOSAVE'])
  await toPrimary(topology, ['CLIENT', 'KILL', 'TYPE', 'normal'])
  await toPrimary(topology, ['CLIENT', 'KILL', 'TYPE', 'pubsub'])
  return { from, to: now() + resumesMs }
}

async function forget({ topology, prefix }: Scene, { number, forMs }: Strike): Promise<void> {
  const line = topology.lines[number]
  line?.deafen()
  await sleep(forMs)
  for (const server of topology.primaries()) {
    const record = (await server.send(['KEYS', `*${prefix}v*{bus}*`])) as string[]
    if (record.length > 0) await server.send(['DEL', ...record])
  }
  await line?.heal()
}

/** Bytes of one message that no one understands, and how many are sent at most: what sockets hold comes first. */
const noiseBytes = 500_000
const mostNoises = 60

async function overflow({ topology }: Scene, { number, forMs }: Strike): Promise<void> {
  const [line, server] = [topology.lines[number], topology.primaries()[0]]
  if (line === undefined || server === undefined) return
  const channel = await mostHeard(server)
  const limit = (value: string) =>
    server.send(['CONFIG', 'SET', 'client-output-buffer-limit', `pubsub ${value}`])
  const before = await overflowed(server)
  await limit('1mb 1mb 1')
  line.clog()
  try {
    for (let sent = 0; (await overflowed(server)) === before; sent += 1) {
      if (sent === mostNoises) throw new RangeError('the server kept it all')
      await server.send(['PUBLISH', channel, 'x'.repeat(noiseBytes)])
    }
    await sleep(forMs)
  } finally {
    await line.heal()
    await limit('32mb 8mb 60')
  }
}

/** The channel of the frames: all workers subscribe to it. */
async function mostHeard(server: Server): Promise<string> {
  const channels = (await server.send(['PUBSUB', 'CHANNELS', '*'])) as string[]
  const counts = (await server.send(['PUBSUB', 'NUMSUB', ...channels])) as (string | number)[]
  const heard = channels.map((channel, index) => ({ channel, by: Number(counts[2 * index + 1]) }))
  return heard.sort((a, b) => b.by - a.by)[0]?.channel ?? ''
}

/** How many clients the server has cut off because it had too much for them. */
async function overflowed(server: Server): Promise<number> {
  const stats = String(await server.send(['INFO', 'stats']))
  return Number(/client_output_buffer_limit_disconnections:(\d+)/.exec(stats)?.[1])
}

async function stall({ workers }: Scene, { number, forMs }: Strike): Promise<void> {
  await workers[number]?.job.call('stall', forMs)
}

async function stop({ workers }: Scene, { number, forMs }: Strike): Promise<void> {
  workers[number]?.pause()
  await sleep(forMs)
  workers[number]?.resume()
}

async function crash({ workers, span }: Scene, { number, forMs }: Strike): Promise<void> {
  const worker = workers[number]
  await worker?.kill()
  await sleep(forMs)
  await worker?.begin()
  await worker?.job.call('go', span)
}

async function clear({ workers }: Scene, { number }: Strike): Promise<void> {
  await workers[number]?.job.call('clear')
}
