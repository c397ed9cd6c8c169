/** The bytes of a file, unpacked where it is packed, in the pieces they come in. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { PassThrough, pipeline } from 'node:stream'
import * as zlib from 'node:zlib'
import { TraceError } from './trace.ts'

const gzip = [0x1f, 0x8b]
const zstd = [0x28, 0xb5, 0x2f, 0xfd]
const longestMagic = 4

/** @throws TraceError if it cannot be unpacked. */
export async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const unpack = unpackerFor(await firstBytes(path))
  const source = createReadStream(path, { highWaterMark: 1 << 20 })
  // The callback is where a failure of either goes; it comes out of the loop too.
  const unpacked = pipeline(source, unpack, () => {})
  try {
    for await (const chunk of unpacked) yield chunk as Buffer
  } catch (error) {
    throw new TraceError(`is damaged or cut short (${(error as Error).message})`)
  } finally {
    source.destroy()
  }
}

/** The first bytes of the unpacked file, to tell its format by. */
export async function headOf(path: string, length: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let total = 0
  for await (const chunk of chunksOf(path)) {
    pieces.push(chunk)
    total += chunk.length
    if (total >= length) break
  }
  return Buffer.concat(pieces).subarray(0, length)
}

function unpackerFor(head: Buffer): Duplex {
  const isMagic = (magic: readonly number[]) => magic.every((byte, index) => head[index] === byte)
  if (isMagic(gzip)) return zlib.createGunzip()
  if (!isMagic(zstd)) return new PassThrough()
  // From Node 22.15 on.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Duplex }
  if (createZstdDecompress) return createZstdDecompress()
  throw new TraceError(
    `is packed by zstd, which Node ${process.version} cannot unpack: run "zstd -d" on it first`,
  )
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestMagic), 0, longestMagic, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
