import { isUsageError } from './usage-error.ts'

/** Runs it for a person at a terminal: what he can put right is one line and an exit code. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    if (!isUsageError(error)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
