/**
 * What stands behind the last byte of a file and proves all before it: SHA-256, or CRC-32 where the caller prefers speed.
 *
 * Up to a slice (256 KiB) the trailer is the hash of what is before it. Beyond, it is the hash of the hashes of its slices,
 * one after the other: slices are hashed as they are read or written, those of large values on the thread pool and several
 * at a time, so that none holds the event loop. Rejected: one hash over all (Node updates a hash on the event loop only).
 */
import { createHash, hash, webcrypto } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type Awaitable, isThenable } from '@greenlang/core'

export type IntegrityName = 'sha256' | 'crc32'

export const sliceBytes = 262_144

export interface Integrity {
  /** Length of the trailer. */
  readonly trailerBytes: number
  /** The trailer of content no longer than a slice, in parts. */
  sum(parts: readonly Uint8Array[]): Buffer
  /** Takes the slices of longer content in their order. @param byPool Whether other threads hash them, of copies. */
  start(byPool: boolean): Summer
}

export interface Summer {
  /** May answer with a promise where the caller should wait before it brings more. */
  add(slice: Uint8Array): undefined | Promise<unknown>
  end(): Promise<Buffer>
}

export function integrityOf(name: IntegrityName): Integrity {
  return name === 'sha256'
    ? { trailerBytes: 32, sum: sha256, start: byPool => new HashList(byPool) }
    : { trailerBytes: 4, sum: crcOf, start: () => new CrcChain() }
}

const slicesAtOnce = 4

class HashList implements Summer {
  readonly #byPool: boolean
  readonly #sums: Awaitable<Uint8Array>[] = []

  constructor(byPool: boolean) {
    this.#byPool = byPool
  }

  add(slice: Uint8Array): Promise<unknown> | undefined {
    this.#sums.push(this.#byPool ? digest(slice) : sha256([slice]))
    const earlier = this.#sums.at(-slicesAtOnce)
    return isThenable(earlier) ? Promise.resolve(earlier) : undefined
  }

  async end(): Promise<Buffer> {
    return sha256(await Promise.all(this.#sums))
  }
}

/** A CRC-32 can be carried on: that of all is as good as one of a list. */
class CrcChain implements Summer {
  #sum = 0

  add(slice: Uint8Array): undefined {
    this.#sum = crc32(slice, this.#sum)
  }

  async end(): Promise<Buffer> {
    return uint32(this.#sum)
  }
}

/** Copies the slice, and works on another thread. */
async function digest(slice: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await webcrypto.subtle.digest('SHA-256', slice))
}

function sha256(parts: readonly Uint8Array[]): Buffer {
  const [only] = parts
  if (only && parts.length === 1) return hash('sha256', only, 'buffer')
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part)
  return sum.digest()
}

function crcOf(parts: readonly Uint8Array[]): Buffer {
  return uint32(parts.reduce((sum, part) => crc32(part, sum), 0))
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}
