/** Entries to what Redis stores, and back. */
import type { Decoded, Envelope } from '@greenlang/codec'
import { type Awaitable, type Entry, shortenLife } from '@greenlang/core'
import type { CheckedOptions } from './options.ts'
import { isPromise } from './order.ts'
import type { ServerTime } from './server-time.ts'

/** What is stored under a key, or why nothing can be: then the older value has to go. */
export type Packed =
  | {
      readonly kind: 'packed'
      readonly bytes: Buffer
      /** What is left of its life in ms, rounded up: the entry itself says when exactly it ends. `''`: no end, `'0'`: over. */
      readonly lifeMs: string
    }
  | { readonly kind: 'refused'; readonly error: unknown }

/** What was found under a key. */
export type Unpacked<T> =
  | { readonly kind: 'entry'; readonly entry: Entry<T> }
  /** `foreign`: not this entry, whoever wrote it. `over`: its time has come. */
  | { readonly kind: 'foreign' | 'over' | 'absent' }

const over: Packed = { kind: 'packed', bytes: Buffer.alloc(0), lifeMs: '0' }
const absent = { kind: 'absent' } as const
const foreign = { kind: 'foreign' } as const
const ended = { kind: 'over' } as const

export class Packing {
  readonly #options: CheckedOptions
  readonly #envelope: Envelope
  readonly #time: ServerTime

  constructor(options: CheckedOptions, time: ServerTime) {
    this.#options = options
    this.#envelope = options.envelope
    this.#time = time
  }

  /** A promise only where the time of the server has to be asked for, or the envelope needs one. Rejects for the first. */
  pack(key: string, entry: Entry): Awaitable<Packed> {
    const wait = this.#time.known()
    return wait === undefined ? this.#pack(key, entry) : wait.then(() => this.#pack(key, entry))
  }

  #pack(key: string, entry: Entry): Awaitable<Packed> {
    const { clock, maxTtlMs } = this.#options
    const now = clock.now()
    const stored = shortenLife(entry, maxTtlMs, now)
    if (!(stored.expiresAt > now)) return over
    try {
      const bytes = this.#envelope.encode(key, this.#time.toServer(stored))
      if (!isPromise(bytes)) return this.#stored(bytes, stored.expiresAt)
      return bytes.then(
        encoded => this.#stored(encoded, stored.expiresAt),
        error => ({ kind: 'refused', error }),
      )
    } catch (error) {
      return { kind: 'refused', error }
    }
  }

  #stored(bytes: Uint8Array, expiresAt: number): Packed {
    const leftMs = Math.min(Math.ceil(expiresAt - this.#options.clock.now()), Number.MAX_SAFE_INTEGER)
    if (!(leftMs > 0)) return over
    const lifeMs = expiresAt === Number.POSITIVE_INFINITY ? '' : String(leftMs)
    const { buffer, byteOffset, byteLength } = bytes
    return { kind: 'packed', bytes: Buffer.from(buffer, byteOffset, byteLength), lifeMs }
  }

  /**
   * What `reply` is to `key`. Bytes of the network are untrusted: whatever they are, they are this entry or none. A
   * promise only where one is needed, as above.
   */
  unpack<T>(key: string, reply: unknown): Awaitable<Unpacked<T>> {
    if (isNothing(reply)) return absent
    const wait = this.#time.known()
    return wait === undefined ? this.#unpack(key, reply) : wait.then(() => this.#unpack(key, reply))
  }

  /** The same for each of many. */
  unpackAll<T>(keys: readonly string[], replies: readonly unknown[]): Awaitable<readonly Unpacked<T>[]> {
    const unpack = () => together(keys.map((key, at) => this.#unpack<T>(key, replies[at])))
    if (replies.every(isNothing)) return unpack()
    const wait = this.#time.known()
    return wait === undefined ? unpack() : wait.then(unpack)
  }

  #unpack<T>(key: string, reply: unknown): Awaitable<Unpacked<T>> {
    if (isNothing(reply)) return absent
    if (!Buffer.isBuffer(reply)) return foreign
    const decoded = this.#envelope.decode<T>(key, reply)
    return isPromise(decoded) ? decoded.then(one => this.#judge(one)) : this.#judge(decoded)
  }

  #judge<T>(decoded: Decoded<T>): Unpacked<T> {
    if (decoded.kind !== 'entry') return foreign
    this.#time.fromServer(decoded.entry)
    return decoded.entry.expiresAt > this.#options.clock.turn() ? decoded : ended
  }
}

function isNothing(reply: unknown): reply is null | undefined {
  return reply === null || reply === undefined
}

/** The same list with every promise in it awaited; a promise only if there is one. */
export function together<R>(list: readonly Awaitable<R>[]): Awaitable<readonly R[]> {
  return list.some(isPromise) ? Promise.all(list) : (list as readonly R[])
}
