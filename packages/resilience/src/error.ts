import { GreenlangError } from '@greenlang/core'

/** Refused at once, without asking: the circuit is open because too many calls before this one failed. */
export class CircuitOpenError extends GreenlangError {
  readonly code = 'CIRCUIT_OPEN'
  /** What is not being asked, e.g. `tier "redis"`. */
  readonly subject: string
  /** How long a circuit stays open before one call may try again, in ms. */
  readonly openForMs: number

  constructor(subject: string, openForMs: number, options?: { cause?: unknown }) {
    super(
      `${subject} failed too often and is not asked for now; one call tries it again after ${openForMs} ms (openFor)`,
      options,
    )
    this.subject = subject
    this.openForMs = openForMs
  }
}
