/** A connection through the proxy: two sockets and a lane each way. */
import type { Socket } from 'node:net'
import type { Clock } from '@greenlang/core'
import type { Direction, Faults } from './faults.ts'
import { createLane, type FaultLane, type Lane } from './lane.ts'
import type { Rules } from './rules.ts'

/** A live connection through the proxy. */
export interface FaultConnection {
  /** 1 for the first one, and so on. */
  readonly id: number
  /** What `classify` last gave; `undefined` while it has given nothing. */
  readonly label: string | undefined
  /** A copy of the first bytes that the client sent, at most 1024. */
  readonly sent: Buffer
  /** Client to server. */
  readonly up: FaultLane
  /** Server to client. */
  readonly down: FaultLane
  /** Sets faults of this connection alone; otherwise as `set` of the proxy. */
  set(faults: Faults, selection?: { direction?: Direction | 'both' }): void
  /** Ends its faults, like `heal` of the proxy; what was forgotten stays so. */
  heal(): void
  /** Loses every byte of it, for ever. */
  forget(): void
  /** Resets both sides (RST). What waits is lost. */
  reset(): void
  /** Ends the side that the direction leads to (FIN), by default both. What waits in it is lost. */
  end(direction?: Direction | 'both'): void
}

export interface Pair extends Pick<FaultConnection, 'id' | 'label' | 'sent' | 'up' | 'down'> {
  /** Takes over what the rules say now. */
  apply(): void
  forget(): void
  reset(): void
  end(directions: readonly Direction[]): void
  destroy(): void
  /** When both sockets are closed. */
  readonly closed: Promise<void>
}

export interface PairOptions {
  readonly id: number
  readonly client: Socket
  readonly server: Socket
  readonly clock: Clock
  readonly random: () => number
  readonly rules: Readonly<Record<Direction, Rules<FaultConnection>>>
  readonly classify: (chunk: Buffer) => string | undefined
  /** What the rules are asked about. */
  readonly asSeen: (pair: Pair) => FaultConnection
}

export function createPair(options: PairOptions): Pair {
  return new SocketPair(options)
}

const mostSentBytes = 1_024

class SocketPair implements Pair {
  readonly id: number
  label: string | undefined
  readonly closed: Promise<void>
  readonly up: Lane
  readonly down: Lane
  readonly #options: PairOptions
  readonly #seen: FaultConnection
  #sent: Buffer = Buffer.alloc(0)

  constructor(options: PairOptions) {
    this.#options = options
    this.id = options.id
    const { client, server, clock, random } = options
    const shared = { clock, random, onEnd: () => this.end(['up', 'down']), onReset: () => this.reset() }
    this.up = createLane({ ...shared, from: client, to: server })
    this.down = createLane({ ...shared, from: server, to: client })
    this.#seen = options.asSeen(this)
    this.closed = Promise.all([this.#join(client, this.up), this.#join(server, this.down)]).then(() => {
      this.up.stop()
      this.down.stop()
    })
    client.on('data', chunk => this.#fromClient(chunk))
    server.on('data', chunk => this.down.take(chunk))
    this.apply()
  }

  get sent(): Buffer {
    return Buffer.from(this.#sent)
  }

  apply(): void {
    const { up, down } = this.#options.rules
    this.up.apply(up.resolve(this.#seen))
    this.down.apply(down.resolve(this.#seen))
    this.#dismiss()
  }

  forget(): void {
    this.up.forget()
    this.down.forget()
    this.#dismiss()
  }

  reset(): void {
    this.up.stop()
    this.down.stop()
    for (const socket of [this.#options.client, this.#options.server]) reset(socket)
  }

  end(directions: readonly Direction[]): void {
    for (const direction of directions) this[direction].finish()
  }

  destroy(): void {
    this.up.stop()
    this.down.stop()
    this.#options.client.destroy()
    this.#options.server.destroy()
  }

  #fromClient(chunk: Buffer): void {
    const room = mostSentBytes - this.#sent.length
    const label = this.#options.classify(chunk) ?? this.label
    const told = room > 0 || label !== this.label
    if (room > 0) this.#sent = Buffer.concat([this.#sent, chunk.subarray(0, room)])
    this.label = label
    // Before the chunk goes on: a fault meets the very bytes that it was selected by.
    if (told) this.apply()
    this.up.take(chunk)
  }

  /** Passes on how the socket leaves; resolves once it is closed. */
  #join(socket: Socket, lane: Lane): Promise<void> {
    socket.setNoDelay(true)
    socket.on('error', () => lane.leave('reset'))
    socket.on('end', () => {
      lane.leave('end')
      this.#dismiss()
    })
    return new Promise(resolve => {
      socket.on('close', () => {
        resolve()
        this.#dismiss()
      })
    })
  }

  /** A side that has left need not wait for the other whose leaving cannot get through to it. */
  #dismiss(): void {
    const { client, server } = this.#options
    const bothLeft = client.readableEnded && server.readableEnded
    if (this.#isAlone(server, client, this.up) || (bothLeft && this.up.forgotten)) server.destroy()
    if (this.#isAlone(client, server, this.down) || (bothLeft && this.down.forgotten)) client.destroy()
  }

  #isAlone(socket: Socket, other: Socket, lane: Lane): boolean {
    return other.closed && socket.readableEnded && lane.swallows
  }
}

function reset(socket: Socket): void {
  // While it connects there is nobody to be told; while its FIN is handed over the system refuses a reset.
  const shutting = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0
  if (socket.connecting || socket.destroyed || shutting) socket.destroy()
  else socket.resetAndDestroy()
}
