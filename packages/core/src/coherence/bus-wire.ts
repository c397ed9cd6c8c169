import type { Invalidation, Rule, Rules } from '../bus.ts'
import type { Stamp } from '../stamp.ts'

/**
 * The few calls a bus makes to the server that keeps the record. Each rejects where no answer came in time.
 *
 * Every call but `open` and `close` says where the caller stands. The server compares: a record that lies behind the caller's
 * `known`, or has a history the caller has left, is one that lost writes. It then begins the history `candidate`, for
 * sequences would otherwise be given twice and old values would pass for new ones.
 */
export interface BusWire {
  /** Counts, remembers tags and rules, appends to the stream, publishes; one atomic step. */
  record(standing: Standing, invalidation: Invalidation): Promise<Stamp>
  /** Sends `{ sentAt, stamp }` to this process only, over the connection that carries its frames, after all of those. */
  beat(standing: Standing, sentAt: number): Promise<Stamp>
  /** The frames after `after`, oldest first and without a gap; or that they are not all there any more. */
  replay(standing: Standing, after: Stamp): Promise<Replay>
  rules(standing: Standing, since: Stamp, tags: readonly string[]): Promise<Rules>
  retire(standing: Standing, rule: Rule): Promise<void>
  /** Calls back from now on. Afterwards `close` ends all. */
  open(receiver: BusReceiver): void
  close(): void | Promise<void>
}

export interface Standing {
  readonly known: Stamp
  readonly left: readonly string[]
  /** Marks the frames of this process. */
  readonly origin: string
  /** A new random history, should one have to begin. */
  readonly candidate: string
}

export interface WireFrame {
  readonly stamp: Stamp
  readonly invalidation: Invalidation
  readonly origin: string
}

export type Replay =
  | { readonly kind: 'frames'; readonly frames: readonly WireFrame[]; readonly known: Stamp }
  | { readonly kind: 'lost'; readonly known: Stamp }

export interface BusReceiver {
  frame(frame: WireFrame): void
  beat(sentAt: number, stamp: Stamp): void
  /** A connection was made anew, or another server became the primary. */
  connected(): void
}
