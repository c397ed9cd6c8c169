/** Readers of binary traces. Each takes pieces of a file that may end anywhere, also inside a record. */
import { type Trace, type TraceBuilder, TraceError } from './trace.ts'

export interface ChunkReader {
  push(chunk: Buffer): void
  /** @throws TraceError if the file ended too early. */
  end(): void
}

const magic = 'TRC1'
const headerBytes = 12

/**
 * TRC1: 'TRC1', u32le requests, u32le unique keys, then for each request a varint of zigzag(number − number before).
 * Keys are numbered by first request already.
 */
export function trc1Reader(builder: TraceBuilder): ChunkReader {
  let header: Buffer = Buffer.alloc(0)
  let [value, factor, previous] = [0, 1, 0]
  const take = (zigzag: number) => {
    previous += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    if (previous < 0 || previous > builder.unique)
      throw new TraceError(`key ${previous} out of turn at request ${builder.length + 1}`)
    builder.add(previous)
  }
  return {
    push(chunk) {
      const missing = headerBytes - header.length
      if (missing > 0) header = Buffer.concat([header, chunk.subarray(0, missing)])
      if (header.length < headerBytes) return
      if (header.toString('latin1', 0, magic.length) !== magic)
        throw new TraceError('does not begin with TRC1')
      for (const byte of chunk.subarray(Math.max(missing, 0))) {
        value += (byte & 127) * factor
        factor *= 128
        if (byte >= 128) continue
        if (builder.isFull) return
        take(value)
        value = 0
        factor = 1
      }
    },
    end() {
      if (header.length < headerBytes) throw new TraceError('is shorter than its header')
      const [requests, unique] = [header.readUInt32LE(4), header.readUInt32LE(8)]
      if (builder.isFull) return
      if (builder.length !== requests || builder.unique !== unique)
        throw new TraceError(
          `says ${requests} requests of ${unique} keys and has ${builder.length} of ${builder.unique}`,
        )
    },
  }
}

const recordBytes = 24
const highestExactWord = 0x1fffff
const bitsOfWord = 2 ** 32

/** libCacheSim oracleGeneral: records of u32 time, u64 object, u32 size, i64 next request; little endian. */
export function oracleGeneralReader(builder: TraceBuilder): ChunkReader {
  let rest: Buffer = Buffer.alloc(0)
  const take = (record: Buffer, at: number) => {
    const [low, high] = [record.readUInt32LE(at + 4), record.readUInt32LE(at + 8)]
    const key = high > highestExactWord ? record.readBigUInt64LE(at + 4) : high * bitsOfWord + low
    builder.add(key, record.readUInt32LE(at + 12))
  }
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      for (; at + recordBytes <= bytes.length && !builder.isFull; at += recordBytes) take(bytes, at)
      rest = bytes.subarray(at)
    },
    end() {
      if (rest.length > 0 && !builder.isFull)
        throw new TraceError(`has ${rest.length} bytes too many for records of ${recordBytes} bytes`)
    },
  }
}

const sizeBytes = 4

/** NAME.sizes.gz beside NAME.trc.gz: u32le bytes of the object, by key number. */
export function withSizes(trace: Trace, bytes: Buffer): Trace {
  if (bytes.length < trace.unique * sizeBytes)
    throw new TraceError(`has ${bytes.length / sizeBytes} sizes for ${trace.unique} keys`)
  const sizes = Uint32Array.from({ length: trace.unique }, (_, key) => bytes.readUInt32LE(key * sizeBytes))
  return { ...trace, sizes }
}
