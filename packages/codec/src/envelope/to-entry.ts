import type { Codec, Entry } from '@greenlang/core'
import { decodeOwned } from '../cbor.ts'
import { decodeText } from '../text.ts'
import { headerBytes, invalidatedState, negativeState, stateOffset, tagsOf, validState } from './layout.ts'
import { type Foreign, type Frame, foreign } from './read-frame.ts'

/** A value's bytes once they are opened and decompressed. */
export interface RawValue {
  readonly bytes: Buffer
  readonly codec: Codec
  /** Whether nobody else has the bytes, so that the value may alias them. */
  readonly owned: boolean
}

/** The entry of a frame, whose value is `raw`. */
export function entryOf<T>(
  { source, ends }: Frame,
  raw: RawValue,
): { readonly kind: 'entry'; readonly entry: Entry<T> } | Foreign {
  const createdAt = source.readDoubleBE(16)
  const staleAt = source.readDoubleBE(24)
  const expiresAt = source.readDoubleBE(32)
  const sequence = source.readDoubleBE(40)
  const state = source[stateOffset]
  // A codec of somebody's that writes no byte for a value loses it here once it is invalidated.
  const negative = raw.bytes.length === 0 && state !== validState
  const value = negative ? undefined : decodeValue(raw)
  const fits = negative || (value !== undefined && state !== negativeState)
  // A date that is not a number would never pass.
  const isDated = !(Number.isNaN(createdAt) || Number.isNaN(staleAt) || Number.isNaN(expiresAt))
  if (!fits || !isDated || Number.isNaN(sequence)) return foreign('value')
  return {
    kind: 'entry',
    entry: {
      value: value as T,
      createdAt,
      staleAt,
      expiresAt,
      tags: tagsOf(source, ends.key),
      stamp: { history: decodeText(source, headerBytes, ends.history), sequence },
      invalidated: state === invalidatedState,
      negative,
    },
  }
}

function decodeValue({ codec, bytes, owned }: RawValue): unknown {
  try {
    return owned ? decodeOwned(codec, bytes) : codec.decode(bytes)
  } catch {
    return undefined
  }
}
