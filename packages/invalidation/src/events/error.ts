import { GreenlangError } from '@greenlang/core'

/** Too many delayed invalidations wait. This one was applied at once: what its delay waits for may not have come yet. */
export class DelaysFullError extends GreenlangError {
  readonly code = 'DELAYS_FULL'
  /** Name of the event. */
  readonly event: string

  constructor(event: string, most: number) {
    super(
      `a delayed invalidation of event "${event}" was applied at once: ${most} wait already; raise maxPending, or let fewer wait`,
    )
    this.event = event
  }
}

/** A template names a field that the event does not have. That rule failed; the others did not. */
export class EventFieldError extends GreenlangError {
  readonly code = 'EVENT_FIELD'
  /** Name of the event. */
  readonly event: string
  /** Name of the field. */
  readonly field: string

  constructor(event: string, field: string) {
    super(
      `event "${event}" has no field "${field}" of its own that is a number or a string that is not empty; give it one, or use a function instead of the template`,
    )
    this.event = event
    this.field = field
  }
}
