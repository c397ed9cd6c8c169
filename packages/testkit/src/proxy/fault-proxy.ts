import { connect, type Socket } from 'node:net'
import {
  type Clock,
  ClosedError,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  checkText,
  systemClock,
} from '@greenlang/core'
import { createPair, type FaultConnection, type Pair } from './connection.ts'
import { createDoor, type Door } from './door.ts'
import { checkFaults, type Direction, type Faults, noFaults } from './faults.ts'
import { createRules } from './rules.ts'
import {
  type ConnectionSelection,
  checkSelection,
  directionsOf,
  isSelected,
  type LaneSelection,
} from './selection.ts'
import { urlThrough } from './url.ts'

export interface FaultProxyOptions {
  /** The server that connections lead to: its host, and its port from 1 to 65535. */
  to: FaultProxyTarget
  /** Address to listen on. A string that is not empty. Default `127.0.0.1`. */
  host?: string
  /** Port number to listen on, 0 to 65535; 0 is any that is free. Default `0`. */
  port?: number
  /** Label of a connection, asked with each chunk its client sends; `undefined` leaves it. Default: no labels. */
  classify?: (chunk: Buffer) => string | undefined
  /** What delays are measured by. Default `systemClock`. */
  clock?: Clock
  /** Numbers in [0, 1) for jitter, e.g. of `seededRandom`. Default `Math.random`. */
  random?: Random
}

/** Gives the next number in [0, 1). */
export type Random = () => number

export interface FaultProxyTarget {
  readonly host: string
  readonly port: number
}

/** A way to a server that can be spoilt, in the ways networks and servers fail. */
export interface FaultProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly host: string
  readonly port: number
  /** Whether it lets new connections in. */
  readonly accepting: boolean
  /** Those that at least one side still has open, oldest first. */
  readonly connections: readonly FaultConnection[]
  /**
   * `from` with the host and port of the proxy.
   * @throws InvalidArgumentError when `from` is not a url with a host.
   */
  url(from: string): string
  /**
   * Sets the faults that are named, from now on and for connections yet to come; the others stay as they are. Of calls
   * that select the same connection, the latest counts. Selections are looked at again when a connection opens, is
   * labelled or sends its first 1024 bytes, and at every `set`.
   * @throws InvalidOptionError naming what is wrong.
   */
  set(faults: Faults, selection?: LaneSelection<FaultConnection>): void
  /** Ends the faults; what was delayed or held goes on at once. Neither does it listen again, nor recall what was forgotten. */
  heal(selection?: LaneSelection<FaultConnection>): void
  /** Loses every byte of the connections there are, for ever; new ones work. Gives how many. */
  forget(selection?: ConnectionSelection<FaultConnection>): number
  /** Resets both sides of connections (RST): `ECONNRESET`. What waits is lost. Gives how many. */
  resetAll(selection?: ConnectionSelection<FaultConnection>): number
  /** Ends the sides that the direction leads to (FIN). What waits in it is lost. Gives how many connections. */
  endAll(selection?: LaneSelection<FaultConnection>): number
  /** Refuses new connections: `ECONNREFUSED`. Those there are stay. */
  refuse(): Promise<void>
  /**
   * Lets connections in again, on the same port.
   * @throws FaultProxyListenError when somebody else has taken the port.
   */
  accept(): Promise<void>
  /** Ends everything; resolves once all sockets are closed. May be called again. */
  close(): Promise<void>
}

/**
 * A TCP proxy that fails on demand.
 * @throws InvalidOptionError
 * @throws FaultProxyListenError when it cannot listen there.
 */
export async function faultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(options)
  await proxy.accept()
  return proxy
}

/** More connections than this at once are reset: a client that runs wild shall not take the descriptors. */
const mostConnections = 10_000

const known = ['to', 'host', 'port', 'classify', 'clock', 'random']

class TcpFaultProxy implements FaultProxy {
  readonly host: string
  readonly #to: FaultProxyTarget
  readonly #classify: (chunk: Buffer) => string | undefined
  readonly #clock: Clock
  readonly #random: Random
  readonly #door: Door
  readonly #rules = { up: createRules<FaultConnection>(), down: createRules<FaultConnection>() }
  readonly #pairs = new Map<FaultConnection, Pair>()
  #entered = 0
  #closing: Promise<void> | undefined

  constructor(options: FaultProxyOptions) {
    checkOptions('faultProxy', options, known)
    const { to, host = '127.0.0.1', port = 0, classify = () => undefined } = options
    checkOptions('to', to, ['host', 'port'])
    this.#to = { host: checkText('to.host', to.host), port: checkInteger('to.port', to.port, 1, 65_535) }
    this.host = checkText('host', host)
    this.#classify = checkFunction('classify', classify)
    this.#clock = checkClock('clock', options.clock ?? systemClock)
    this.#random = checkFunction('random', options.random ?? Math.random)
    const enter = (socket: Socket) => this.#enter(socket)
    this.#door = createDoor({ host, port: checkInteger('port', port, 0, 65_535), enter })
  }

  get port(): number {
    return this.#door.port
  }

  get accepting(): boolean {
    return this.#door.open
  }

  get connections(): readonly FaultConnection[] {
    return [...this.#pairs.keys()]
  }

  url(from: string): string {
    return urlThrough(from, this)
  }

  set(faults: Faults, selection: LaneSelection<FaultConnection> = {}): void {
    this.#assertOpen()
    checkSelection(selection, true)
    this.#addRule(faults, selection)
  }

  heal(selection: LaneSelection<FaultConnection> = {}): void {
    this.set(noFaults, selection)
  }

  forget(selection: ConnectionSelection<FaultConnection> = {}): number {
    checkSelection(selection, false)
    return this.#each(selection, pair => pair.forget())
  }

  resetAll(selection: ConnectionSelection<FaultConnection> = {}): number {
    checkSelection(selection, false)
    return this.#each(selection, pair => pair.reset())
  }

  endAll(selection: LaneSelection<FaultConnection> = {}): number {
    checkSelection(selection, true)
    return this.#each(selection, pair => pair.end(directionsOf(selection)))
  }

  async refuse(): Promise<void> {
    this.#assertOpen()
    await this.#door.shut()
  }

  async accept(): Promise<void> {
    this.#assertOpen()
    await this.#door.listen()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.#door.shut()
    const pairs = [...this.#pairs.values()]
    for (const pair of pairs) pair.destroy()
    await Promise.all(pairs.map(({ closed }) => closed))
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError('fault proxy')
  }

  #addRule(faults: Faults, selection: LaneSelection<FaultConnection>, only?: FaultConnection): void {
    const { label, match } = selection
    const checked = checkFaults(faults)
    const rule = {
      ...(label === undefined ? {} : { label }),
      ...(match === undefined ? {} : { match }),
      ...(only === undefined ? {} : { only }),
    }
    for (const direction of directionsOf(selection)) this.#rules[direction].add(checked, rule)
    for (const pair of this.#pairs.values()) pair.apply()
  }

  #each(selection: ConnectionSelection<FaultConnection>, hit: (pair: Pair) => void): number {
    this.#assertOpen()
    const chosen = [...this.#pairs].filter(([seen]) => isSelected(seen, selection))
    for (const [, pair] of chosen) hit(pair)
    return chosen.length
  }

  #enter(client: Socket): void {
    if (this.#closing !== undefined || this.#pairs.size >= mostConnections) {
      client.on('error', () => undefined).resetAndDestroy()
      return
    }
    this.#entered += 1
    const server = connect({ ...this.#to, allowHalfOpen: true, noDelay: true })
    let seen: FaultConnection | undefined
    const pair = createPair({
      id: this.#entered,
      client,
      server,
      clock: this.#clock,
      random: this.#random,
      rules: this.#rules,
      classify: this.#classify,
      asSeen: made => (seen = this.#asSeen(made)),
    })
    void pair.closed.then(() => {
      if (seen !== undefined) this.#leave(seen)
    })
  }

  #leave(seen: FaultConnection): void {
    this.#pairs.delete(seen)
    this.#rules.up.leave(seen)
    this.#rules.down.leave(seen)
  }

  /** The connection as users see it: what it can do is not in reach of the rules, and its rules end with it. */
  #asSeen(pair: Pair): FaultConnection {
    const set = (faults: Faults, selection: { direction?: Direction | 'both' } = {}) => {
      checkSelection(selection, true)
      if (this.#pairs.has(seen)) this.#addRule(faults, selection, seen)
      else checkFaults(faults)
    }
    const seen: FaultConnection = {
      id: pair.id,
      get label() {
        return pair.label
      },
      get sent() {
        return pair.sent
      },
      up: pair.up,
      down: pair.down,
      set,
      heal: () => set(noFaults),
      forget: () => pair.forget(),
      reset: () => pair.reset(),
      end: (direction = 'both') => pair.end(directionsOf({ direction })),
    }
    this.#pairs.set(seen, pair)
    return seen
  }
}
