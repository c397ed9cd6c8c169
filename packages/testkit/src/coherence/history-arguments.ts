import {
  checkFunction,
  checkKey,
  checkNumber,
  checkOptions,
  InvalidArgumentError,
  InvalidOptionError,
} from '@greenlang/core'
import type { HistoryOptions, HistoryRead, HistorySpan, HistoryWrite } from './history-types.ts'

const longestMs = Number.MAX_VALUE
const highestProcess = 2 ** 31 - 1

export function checkHistoryOptions(options: HistoryOptions): Required<HistoryOptions> {
  checkOptions('history', options, ['boundMs', 'ttlMs', 'ttlSlackMs', 'outside', 'suspended'])
  const { boundMs, ttlMs = Number.POSITIVE_INFINITY, ttlSlackMs = 0, outside = () => false } = options
  const { suspended = [] } = options
  if (!Array.isArray(suspended)) throw new InvalidOptionError('suspended', 'an array of spans', suspended)
  return {
    boundMs: checkNumber('boundMs', boundMs, 0, longestMs),
    ttlMs: checkNumber('ttlMs', ttlMs, Number.MIN_VALUE, Number.POSITIVE_INFINITY),
    ttlSlackMs: checkNumber('ttlSlackMs', ttlSlackMs, 0, longestMs),
    outside: checkFunction('outside', outside),
    suspended: suspended.map(checkSpan),
  }
}

export function checkSpan(span: HistorySpan): HistorySpan {
  const { from, to } = span ?? {}
  if (typeof from === 'number' && typeof to === 'number' && from <= to) return { from, to }
  throw new InvalidOptionError(
    'suspended',
    'spans of a time `from` and a time `to` that is not before it',
    span,
  )
}

export function checkWrite(write: HistoryWrite): void {
  checkKey(write.key)
  checkWhole('write.version', write.version)
  checkProcess('write.process', write.process)
  checkPastTime('write.committedAt', write.committedAt)
  if (write.acknowledgedAt !== undefined) checkPastTime('write.acknowledgedAt', write.acknowledgedAt)
  if (write.returnedAt !== undefined) checkPastTime('write.returnedAt', write.returnedAt)
}

export function checkRead(read: HistoryRead): void {
  checkKey(read.key)
  if (read.version !== undefined) checkWhole('read.version', read.version)
  checkProcess('read.process', read.process)
  checkTime('read.startedAt', read.startedAt)
  checkTime('read.endedAt', read.endedAt)
  if (read.endedAt < read.startedAt)
    throw new InvalidArgumentError('read.endedAt', 'no earlier than startedAt', read.endedAt)
  if (read.madeAt !== undefined) checkTime('read.madeAt', read.madeAt)
  if (typeof read.source !== 'string' || read.source === '')
    throw new InvalidArgumentError('read.source', 'a string that is not empty', read.source)
}

export function checkWhole(argument: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return
  throw new InvalidArgumentError(argument, 'a whole number >= 0', value)
}

function checkProcess(argument: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= highestProcess) return
  throw new InvalidArgumentError(argument, `a whole number >= 0 and <= ${highestProcess}`, value)
}

function checkTime(argument: string, value: number): void {
  if (Number.isFinite(value)) return
  throw new InvalidArgumentError(argument, 'a time in ms', value)
}

/** `-Infinity` is a time here: what was so before the history begins. */
function checkPastTime(argument: string, value: number): void {
  if (value !== Number.NEGATIVE_INFINITY) checkTime(argument, value)
}
