import { InvalidOptionError } from './error.ts'

/** A number of bytes, or a number with its unit; units are powers of 1024. */
export type ByteSize = number | `${number}${'b' | 'kb' | 'mb' | 'gb'}`

const unitBytes = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const
const pattern = /^(\d+(?:\.\d+)?)(b|kb|mb|gb)$/

/**
 * The size in whole bytes (rounded down).
 * @throws InvalidOptionError naming `option` when it is not a size, or is smaller than `minBytes` (default 1).
 */
export function parseByteSize(option: string, value: ByteSize, minBytes = 1): number {
  const bytes = toBytes(value)
  if (bytes !== undefined && bytes >= minBytes) return bytes
  throw new InvalidOptionError(
    option,
    `a size >= ${minBytes} bytes, such as 65536, '64kb', '100mb', '10gb'`,
    value,
  )
}

function toBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.floor(value) : undefined
  if (typeof value !== 'string') return undefined
  const match = pattern.exec(value)
  if (!match?.[1] || !match[2]) return undefined
  return Math.floor(Number(match[1]) * unitBytes[match[2] as keyof typeof unitBytes])
}
