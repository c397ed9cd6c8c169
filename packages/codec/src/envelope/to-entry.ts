import type { Codec, Entry } from '@greenlang/core'
import { decodeText } from '../text.ts'
import { invalidatedState, negativeState, stateOffset, validState } from './layout.ts'
import { type Foreign, type Frame, foreign } from './read-frame.ts'

/** The entry of a frame, whose value is `bytes` once it is opened and decompressed. */
export function entryOf<T>(
  { source, history, tags }: Frame,
  bytes: Buffer,
  codec: Codec,
): { readonly kind: 'entry'; readonly entry: Entry<T> } | Foreign {
  const createdAt = source.readDoubleBE(16)
  const staleAt = source.readDoubleBE(24)
  const expiresAt = source.readDoubleBE(32)
  const sequence = source.readDoubleBE(40)
  const state = source[stateOffset]
  // A codec of somebody's that writes no byte for a value loses it here once it is invalidated.
  const negative = bytes.length === 0 && state !== validState
  const value = negative ? undefined : decodeValue(codec, bytes)
  const fits = negative || (value !== undefined && state !== negativeState)
  // A date that is not a number would never pass.
  if (!fits || [createdAt, staleAt, expiresAt, sequence].some(Number.isNaN)) return foreign('value')
  return {
    kind: 'entry',
    entry: {
      value: value as T,
      createdAt,
      staleAt,
      expiresAt,
      tags: tags.map(decodeText),
      stamp: { history: decodeText(history), sequence },
      invalidated: state === invalidatedState,
      negative,
    },
  }
}

function decodeValue(codec: Codec, bytes: Buffer): unknown {
  try {
    return codec.decode(bytes)
  } catch {
    return undefined
  }
}
