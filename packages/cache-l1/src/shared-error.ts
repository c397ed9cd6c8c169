import { GreenlangError } from '@greenlang/core'

/** Something is shared under that name already, and was made with other options. */
export class SharedMismatchError extends GreenlangError {
  readonly code = 'SHARED_MISMATCH'
  /** What was asked for. */
  readonly subject: string
  /** Names of the options that differ; empty if the options as a whole do. */
  readonly options: readonly string[]

  constructor(subject: string, options: readonly string[]) {
    const which = options.length === 0 ? 'options' : `option ${options.join(', ')}`
    super(`shared "${subject}" was made with another ${which}; use the same everywhere, or another name`)
    this.subject = subject
    this.options = options
  }
}
