/** The wire of a bus over a fake server, and what a network does to the frames on it. */
import type { Invalidation, Rule, Rules, Stamp } from '@greenlang/core'
import type { BusReceiver, BusWire, Replay, Standing, WireFrame } from '@greenlang/core/coherence'
import type { Caller } from './caller.ts'
import type { Weather } from './link.ts'
import { append, replayOf, retireRule, rulesOf, stampOf } from './record.ts'
import type { FakeServer } from './server.ts'
import type { Actor, World } from './world.ts'

/** What happens to frames and beats on their way to one process. */
export interface Reception {
  /** Part of the frames that are lost in silence, come twice, or come late and out of order. */
  loss: number
  twice: number
  reorder: number
  /** Until then nothing comes, not even beats, and nobody says so. */
  deafUntil: number
}

export interface WireOptions {
  readonly world: World
  readonly actor: Actor
  readonly server: FakeServer
  readonly caller: Caller
  readonly weather: () => Weather
  readonly reception: Reception
  /** Called with each fault that befell a message. */
  readonly onFault: (fault: 'loss' | 'twice' | 'reorder' | 'deaf') => void
  /** Called as the server applies an invalidation. */
  readonly onApplied: (stamp: Stamp) => void
}

export interface FakeWire extends BusWire {
  connected(): void
}

export function fakeWire(options: WireOptions): FakeWire {
  return new ServedWire(options)
}

type Message =
  | { readonly kind: 'frame'; readonly frame: WireFrame }
  | { readonly kind: 'beat'; readonly origin: string; readonly sentAt: number; readonly stamp: Stamp }

const latestMs = 60

class ServedWire implements FakeWire {
  readonly #options: WireOptions
  #receiver: BusReceiver | undefined
  #connection: number
  #origin = ''
  #last = 0
  #unsubscribe: () => void

  constructor(options: WireOptions) {
    this.#options = options
    this.#connection = options.server.connections
    this.#unsubscribe = options.server.subscribe(message => this.#receive(message as Message))
  }

  open(receiver: BusReceiver): void {
    this.#receiver = receiver
  }

  close(): void {
    this.#unsubscribe()
  }

  connected(): void {
    this.#connection = this.#options.server.connections
    this.#receiver?.connected()
  }

  record(standing: Standing, invalidation: Invalidation): Promise<Stamp> {
    const { server, onApplied } = this.#options
    return this.#options.caller.call(() => {
      const frame = append(server.record(standing), server.limits, invalidation, standing.origin)
      onApplied(frame.stamp)
      server.publish({ kind: 'frame', frame } satisfies Message)
      return frame.stamp
    })
  }

  beat(standing: Standing, sentAt: number): Promise<Stamp> {
    const { origin } = standing
    this.#origin = origin
    return this.#options.caller.call(server => {
      const stamp = stampOf(server.record(standing))
      server.publish({ kind: 'beat', origin, sentAt, stamp } satisfies Message)
      return stamp
    })
  }

  replay(standing: Standing, after: Stamp): Promise<Replay> {
    return this.#options.caller.call(server => replayOf(server.record(standing), after))
  }

  rules(standing: Standing, since: Stamp, tags: readonly string[]): Promise<Rules> {
    return this.#options.caller.call(server => rulesOf(server.record(standing), since, tags))
  }

  retire(standing: Standing, rule: Rule): Promise<void> {
    return this.#options.caller.call(server => retireRule(server.record(standing), rule))
  }

  #receive(message: Message): void {
    const { world, server, reception, onFault } = this.#options
    if (this.#connection !== server.connections) return
    if (message.kind === 'beat' && message.origin !== this.#origin) return
    if (reception.deafUntil > world.now) onFault('deaf')
    else if (message.kind === 'beat') this.#deliver(message)
    else this.#deliverByChance(message)
  }

  #deliverByChance(message: Message): void {
    const { world, reception, onFault } = this.#options
    const { loss, twice, reorder } = reception
    const chance = world.random()
    if (chance < loss) {
      onFault('loss')
      return
    }
    const late = chance < loss + reorder
    this.#deliver(message, late)
    if (late) onFault('reorder')
    else if (chance < loss + reorder + twice) {
      onFault('twice')
      this.#deliver(message, true)
    }
  }

  #deliver(message: Message, late = false): void {
    const { world, actor, weather } = this.#options
    const { baseMs, extraMs, cutUntil } = weather()
    if (cutUntil > world.now) return
    const way = baseMs - Math.log(1 - world.random()) * extraMs
    const due = late ? world.now + way + world.random() * latestMs : Math.max(this.#last, world.now + way)
    if (!late) this.#last = due
    const receiver = this.#receiver
    world.at(
      due,
      () => {
        if (message.kind === 'frame') receiver?.frame(message.frame)
        else receiver?.beat(message.sentAt, message.stamp)
      },
      actor,
    )
  }
}
