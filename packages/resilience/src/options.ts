import {
  type CircuitState,
  type Clock,
  checkClock,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOptions,
  checkText,
  type Duration,
  isGreenlangError,
  parseDuration,
  systemClock,
} from '@greenlang/core'

export interface GuardOptions {
  /** What is guarded, as errors name it. Not empty. Default `'operation'`; for a tier its name. */
  name?: string
  /** How long one operation may take. 1 ms to 1 h. Default `'250ms'`. */
  deadline?: Duration
  /** Share of failures among the calls of the last 10 s above which the circuit opens. 0 to 1 (never). Default `0.5`. */
  failureRatio?: number
  /** Calls in the last 10 s below which the circuit never opens. >= 10. Default `10`. */
  volumeThreshold?: number
  /** How long an open circuit refuses before one call may try. 1 ms to 1 d, by the real clock. Default `'10s'`. */
  openFor?: Duration
  /** Told each change of the circuit. Default: nobody. */
  onState?: (state: CircuitState) => void
  /** Whether an error says that the other side is in trouble. Default: all but misuse (bad argument, unsupported value, closed). */
  isFailure?: (error: unknown) => boolean
  /** Measures the deadline and the window of 10 s. Default `systemClock`. */
  clock?: Clock
}

/** `GuardOptions` checked, in plain units. */
export interface GuardSettings {
  readonly name: string
  readonly deadlineMs: number
  readonly failureRatio: number
  readonly volumeThreshold: number
  readonly openForMs: number
  readonly onState: (state: CircuitState) => void
  readonly isFailure: (error: unknown) => boolean
  readonly clock: Clock
}

const optionNames = [
  'name',
  'deadline',
  'failureRatio',
  'volumeThreshold',
  'openFor',
  'onState',
  'isFailure',
  'clock',
]
const hourMs = 3_600_000
const misuseCodes = ['CLOSED', 'INVALID_ARGUMENT', 'INVALID_OPTION', 'UNSUPPORTED_VALUE']

/** @throws InvalidOptionError for the first option that is out of its range or does not exist. */
export function checkGuardOptions(subject: string, options: GuardOptions): GuardSettings {
  checkOptions(subject, options, optionNames)
  return {
    name: checkText('name', options.name ?? 'operation'),
    deadlineMs: parseDuration('deadline', options.deadline ?? '250ms', { minMs: 1, maxMs: hourMs }),
    failureRatio: checkNumber('failureRatio', options.failureRatio ?? 0.5, 0, 1),
    volumeThreshold: checkInteger('volumeThreshold', options.volumeThreshold ?? 10, 10),
    openForMs: parseDuration('openFor', options.openFor ?? '10s', { minMs: 1, maxMs: 24 * hourMs }),
    onState: checkFunction('onState', options.onState ?? ignore),
    isFailure: checkFunction('isFailure', options.isFailure ?? isNotMisuse),
    clock: checkClock('clock', options.clock ?? systemClock),
  }
}

/** Mistakes of the caller and calls after `close()`, say nothing about the health of the other side. */
export function isNotMisuse(error: unknown): boolean {
  return !(isGreenlangError(error) && misuseCodes.includes(error.code))
}

function ignore(): void {}
