import { open } from 'node:fs/promises'
import { errorCode } from '../error.ts'

/**
 * Makes an empty file that only its owner reads. One that exists is not opened: to close any handle of it would end the
 * locks that this process holds on it.
 * @returns Whether it was made.
 */
export async function createPrivate(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close()
    return true
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    return false
  }
}
