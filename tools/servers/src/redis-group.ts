/**
 * Several Redis processes under one supervisor, on 127.0.0.1, with one password: those of a Sentinel group or a Cluster.
 * Each has a folder of its own, which it keeps when it is killed and started again, and its port is its name.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@greenlang/core'
import { RedisGroupError } from './error.ts'
import { portFinder } from './group-port.ts'
import type { Supervisor } from './owned-process.ts'
import type { RedisBinary } from './redis-binaries.ts'
import { redisCommand, type Settings, writeConfiguration } from './redis-configuration.ts'
import { askRedis } from './redis-probe.ts'
import { type Listening, listen } from './start.ts'

/** One server of a group, as it is now. */
export interface RedisNode {
  /** Where clients connect; holds the password. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** Of the process that runs, or of the last one that did. */
  readonly pid: number
  /** Whether that process runs; one that is paused (SIGSTOP) does. */
  readonly running: boolean
}

/** What can be done to the servers of a group, by port. */
export interface NodeControls {
  /** Ends it by SIGKILL and waits for its end; does nothing when it has ended. */
  kill(port: number): Promise<void>
  /** Starts it on the same port with its own configuration, after `kill` if it runs; resolves when it answers. */
  restart(port: number): Promise<void>
}

export interface RedisGroup extends NodeControls {
  readonly password: string
  node(port: number): RedisNode
  /** Starts one more; resolves when it answers. */
  add(plan: NodePlan): Promise<RedisNode>
}

interface NodePlan {
  /** Name of its folder. */
  readonly name: string
  readonly settings: Settings
  /** More arguments, such as `--sentinel`. Default: none. */
  readonly args?: readonly string[]
}

interface GroupPlace {
  readonly supervisor: Supervisor
  readonly binary: RedisBinary
  readonly password: string
  readonly signal: AbortSignal | undefined
}

export function redisGroup(place: GroupPlace): RedisGroup {
  return new Group(place)
}

interface Member {
  readonly launch: (port: number | undefined, signal?: AbortSignal) => Promise<Listening>
  listening: Listening
  running: boolean
}

/** How long a member may hold the process open while it ends or starts. */
const holdLimitMs = 120_000

class Group implements RedisGroup {
  readonly password: string
  readonly #place: GroupPlace
  readonly #findPort = portFinder()
  readonly #members = new Map<number, Member>()

  constructor(place: GroupPlace) {
    this.#place = place
    this.password = place.password
  }

  node(port: number): RedisNode {
    const { listening, running } = this.#member(port)
    return { url: this.#url(port), host: '127.0.0.1', port, pid: listening.pid, running }
  }

  async add(plan: NodePlan): Promise<RedisNode> {
    const { supervisor, signal } = this.#place
    const folder = join(supervisor.directory, plan.name)
    await mkdir(folder)
    const file = await writeConfiguration(folder, plan.settings)
    const launch: Member['launch'] = (port, signal) => this.#launch({ plan, folder, file, port, signal })
    const listening = await launch(undefined, signal)
    const member: Member = { launch, listening, running: false }
    this.#members.set(listening.port, member)
    follow(member, listening)
    return this.node(listening.port)
  }

  async kill(port: number): Promise<void> {
    const { running, listening } = this.#member(port)
    if (!running) return
    killProcess(listening.pid)
    await held(listening.exited)
  }

  async restart(port: number): Promise<void> {
    const member = this.#member(port)
    await this.kill(port)
    follow(member, await held(member.launch(port)))
  }

  #launch({ plan, folder, file, port, signal }: Launch): Promise<Listening> {
    const { supervisor, binary } = this.#place
    const args = (port: number) => [file, ...(plan.args ?? []), '--port', String(port)]
    return listen(supervisor, {
      server: 'Redis',
      port,
      signal,
      // Without `stopSignals`: nothing is worth saving, so all end at once by SIGKILL.
      command: port => redisCommand(binary, folder, args(port)),
      probe: (port, over) => askRedis(this.#url(port), over),
      findPort: this.#findPort,
    })
  }

  #member(port: number): Member {
    const member = this.#members.get(port)
    if (member) return member
    throw new RedisGroupError(
      'unknown-port',
      `no server of this group has port ${port}; take one of its nodes`,
    )
  }

  #url(port: number): string {
    return `redis://:${this.password}@127.0.0.1:${port}`
  }
}

interface Launch {
  readonly plan: NodePlan
  readonly folder: string
  readonly file: string
  readonly port: number | undefined
  readonly signal: AbortSignal | undefined
}

function follow(member: Member, listening: Listening): void {
  member.listening = listening
  member.running = true
  listening.exited.then(() => {
    if (member.listening === listening) member.running = false
  })
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has gone meanwhile.
  }
}

/** The supervisor does not keep this process alive, so a promise that waits for it must. */
async function held<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const hold = systemClock.sleep(holdLimitMs, { signal: over.signal }).catch(() => {})
  try {
    return await work
  } finally {
    over.abort()
    await hold
  }
}
