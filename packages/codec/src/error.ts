import { GreenlangError, hideField } from '@greenlang/core'

/** A codec was given a value that it could not bring back as it was. Nothing was encoded. */
export class UnsupportedValueError extends GreenlangError {
  readonly code = 'UNSUPPORTED_VALUE'
  /** Name of the codec that refused. */
  readonly codec: string
  /** Property names, map positions and indexes that lead to the value. Hidden from logs: names may be secret. */
  declare readonly path: readonly (string | number)[]

  constructor(
    codec: string,
    reason: string,
    path: readonly (string | number)[],
    options?: { cause?: unknown },
  ) {
    super(
      `codec "${codec}" cannot bring back ${reason} (${path.length} levels deep; see error.path); ` +
        'cache a plain value instead, or use another codec',
      options,
    )
    this.codec = codec
    hideField(this, 'path', path)
  }
}

/** For a value whose getters or traps throw, or that is another one at every reading. */
export function unreadable(codec: string, cause?: unknown): UnsupportedValueError {
  return new UnsupportedValueError(codec, 'a value that changes or throws while it is read', [], { cause })
}

/** Bytes that the codec never writes. What they hold is not known, so no value came of them. */
export class MalformedBytesError extends GreenlangError {
  readonly code = 'MALFORMED_BYTES'
  /** Name of the codec that refused. */
  readonly codec: string

  constructor(codec: string, reason: string, options?: { cause?: unknown }) {
    super(`codec "${codec}" refused the bytes: ${reason}; treat them as absent`, options)
    this.codec = codec
  }
}
