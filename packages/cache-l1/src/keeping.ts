/** What a value goes through on its way in and out: nothing, a deep freeze, or a copy each way. */
import { checkBoolean, InvalidArgumentError, InvalidOptionError } from '@greenlang/core'
import { freezeDeep } from './freeze-deep.ts'

type Pass<T> = (value: T) => T

/** `undefined` where the value goes as it is. */
export interface Keeping<T> {
  readonly in: Pass<T> | undefined
  readonly out: Pass<T> | undefined
}

/** @throws InvalidOptionError if both are asked for: a copy need not be frozen. */
export function keepingOf<T>(options: {
  freeze?: boolean | undefined
  clone?: boolean | Pass<T> | undefined
}): Keeping<T> {
  const { freeze = false, clone = false } = options
  checkBoolean('freeze', freeze)
  if (typeof clone !== 'function') checkBoolean('clone', clone)
  if (freeze && clone !== false)
    throw new InvalidOptionError('clone', 'left out where freeze is true: a copy need not be frozen', true)
  if (freeze) return { in: freezeDeep, out: undefined }
  if (clone === false) return { in: undefined, out: undefined }
  const copy = clone === true ? copied<T> : clone
  return { in: copy, out: copy }
}

function copied<T>(value: T): T {
  try {
    return structuredClone(value)
  } catch (cause) {
    const error = new InvalidArgumentError('value', 'something structuredClone can copy', value)
    error.cause = cause
    throw error
  }
}
