/**
 * To a cluster: each command goes to the primary of its key's slot, over connections as those to one server. The map of
 * slots is asked for at the start, when a node says that a slot moved, and while any primary is out of reach, until
 * another has taken its slots.
 *
 * Rejected: the cluster client of node-redis, which costs several promises a command, may keep a dead node for ever, and
 * has no deadline for what a stopped node was sent.
 */
import { systemClock, type Unsubscribe } from '@greenlang/core'
import { withDeadline } from '@greenlang/resilience'
import { discover } from './cluster-discovery.ts'
import { askForMap, type ClusterMap } from './cluster-map.ts'
import { type ClusterNode, ClusterNodes } from './cluster-nodes.ts'
import type { Link, LinkOptions, RedisCommand, Send } from './link.ts'
import { createListeners } from './listeners.ts'
import { readyOf } from './pool.ts'
import { redirectionOf } from './redirection.ts'
import { failure, unavailable } from './session.ts'
import { shuffled } from './shuffled.ts'
import { slotOf } from './slot.ts'
import type { ClusterSource } from './source.ts'
import { createWaitingRoom } from './waiting-room.ts'

/** How often one command follows where it is sent to. */
const mostHops = 8
/** How long a node that is connected may take to tell the map, in ms. */
const answerMs = 500
/** Between two questions for the map, in ms; longer after each one that helped nothing. */
const shortestWaitMs = 50
const longestWaitMs = 500
/** Keys of a command that lie in two places, while their slot moves, will soon lie in one. */
const tryAgainMs = 20

export function openClusterLink(source: ClusterSource, options: LinkOptions): Link {
  return new ClusterLink(source, options)
}

interface Journey {
  readonly command: RedisCommand
  readonly key: string | undefined
  readonly hop: number
}

class ClusterLink implements Link {
  readonly #source: ClusterSource
  readonly #nodes: ClusterNodes
  readonly #listeners = createListeners()
  readonly #waiting = createWaitingRoom()
  readonly #closing = new AbortController()
  readonly #ended: Promise<void>
  #begun = false
  /** Why there is no map yet. */
  #cause: unknown
  #isWanted = true
  #want: () => void = ignore

  constructor(source: ClusterSource, { scripts }: LinkOptions) {
    this.#source = source
    const onDown = () => this.#wantMap()
    this.#nodes = new ClusterNodes({ source, scripts, onDown, onAgain: () => this.#listeners.tell() })
    this.#ended = this.#keepMap()
  }

  slotOf(key: string): number {
    return slotOf(key)
  }

  send(command: RedisCommand, key?: string): Promise<unknown> {
    if (!this.#begun) return this.#waiting.wait(command, key)
    const node = key === undefined ? this.#anyNode() : this.#nodes.of(slotOf(key))
    if (node === undefined) return Promise.reject(this.#noPrimary())
    return this.#sendTo(node, { command, key, hop: 0 })
  }

  async primaries(): Promise<readonly Send[]> {
    if (!this.#begun) await this.#waiting.wait(['PING']).catch(ignore)
    if (this.#nodes.all.length === 0) throw this.#noPrimary()
    return this.#nodes.all.map(
      ({ pool }): Send =>
        command =>
          readyOf(pool).send(command),
    )
  }

  watch(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener)
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    this.#cause = failure('CLOSED', 'the connection was closed')
    this.#closing.abort(this.#cause)
    this.#want()
    await Promise.all([this.#nodes.close(), this.#ended])
  }

  #sendTo(node: ClusterNode, journey: Journey): Promise<unknown> {
    const reply = node.pool.of(journey.key).send(journey.command)
    return reply.then(undefined, error => this.#follow(error, node, journey))
  }

  async #follow(error: unknown, from: ClusterNode, { command, key, hop }: Journey): Promise<unknown> {
    const message = String((error as Error | undefined)?.message)
    if (message.startsWith('CLUSTERDOWN')) this.#wantMap()
    if (hop >= mostHops || this.#closing.signal.aborted) throw error
    const further = { command, key, hop: hop + 1 }
    if (message.startsWith('TRYAGAIN')) {
      await this.#sleep(tryAgainMs * further.hop)
      return this.#sendTo(from, further)
    }
    const redirection = redirectionOf(error, from.address, this.#source.addressMap)
    if (!redirection) throw error
    const node = this.#nodes.at(redirection.to)
    if (redirection.kind === 'ASK') {
      // Counts for the one command that comes next on the same connection.
      node.pool.of(key).send(['ASKING']).catch(ignore)
    } else {
      this.#nodes.assign(redirection.slot, node)
      this.#wantMap()
    }
    return this.#sendTo(node, further)
  }

  async #keepMap(): Promise<void> {
    for (let futile = 0; !this.#closing.signal.aborted; ) {
      this.#isWanted = false
      futile = (await this.#renewMap()) ? 0 : futile + 1
      this.#begin()
      await this.#sleep(Math.min(shortestWaitMs * 2 ** futile, longestWaitMs))
      if (futile === 0) await this.#untilWanted()
    }
    this.#begin()
  }

  /** Whether all is well now. */
  async #renewMap(): Promise<boolean> {
    try {
      const map = await this.#askForMap()
      this.#closing.signal.throwIfAborted()
      this.#cause = undefined
      const isFirst = this.#nodes.all.length === 0
      if (this.#nodes.apply(map) && !isFirst) this.#listeners.tell()
      return this.#nodes.all.every(({ pool }) => pool.all.every(one => one.session !== undefined || isFirst))
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#cause = unavailable(error)
      return false
    }
  }

  async #askForMap(): Promise<ClusterMap> {
    const { addressMap, nodes } = this.#source
    const known = shuffled(this.#nodes.all)
    const { signal } = this.#closing
    for (const { address, pool } of known) {
      const session = readyOf(pool).session
      if (!session) continue
      const ask = () => askForMap(session.send, address, addressMap)
      const map = await withDeadline('the cluster', answerMs, ask, { signal }).catch(ignore)
      if (map) return map
    }
    return discover(this.#source, [...known.map(({ address }) => address), ...nodes], signal)
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.#waiting.empty((command, key) => this.send(command, key))
  }

  #wantMap(): void {
    this.#isWanted = true
    this.#want()
  }

  async #untilWanted(): Promise<void> {
    if (this.#isWanted || this.#closing.signal.aborted) return
    await new Promise<void>(resolve => {
      this.#want = resolve
    })
  }

  #anyNode(): ClusterNode | undefined {
    const { all } = this.#nodes
    return all.find(({ pool }) => readyOf(pool).session !== undefined) ?? all[0]
  }

  #noPrimary(): unknown {
    return this.#cause ?? failure('NO_PRIMARY', 'no node of the cluster has this slot')
  }

  #sleep(ms: number): Promise<void> {
    return systemClock.sleep(ms, { signal: this.#closing.signal, ref: false }).catch(ignore)
  }
}

function ignore(): void {}
