import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new directory below which everything of one trial lies. */
export function trialDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'greenlang-crash-'))
}
