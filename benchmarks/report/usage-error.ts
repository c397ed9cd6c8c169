/** The person who typed the command can put it right: shown as one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function isUsageError(error: unknown): error is UsageError {
  return error instanceof UsageError
}
