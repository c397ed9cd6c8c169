// Two commands started at once in one clone must not install, or compile, into the same folder.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const lockFile = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache/set-up.lock')
const pollMs = 500
/** Polls between two lines that say what is waited for. */
const pollsPerLine = 4

/** Runs `work` while no other process of this clone runs its own. A lock whose owner is dead is taken over. */
export async function oneAtATime({ report, signal }, work) {
  mkdirSync(dirname(lockFile), { recursive: true })
  for (let polls = 0; !take(); polls += 1) {
    if (polls % pollsPerLine === 0) report('another run is setting up this clone; waiting for it')
    await new Promise(resolve => setTimeout(resolve, pollMs))
    signal?.throwIfAborted()
  }
  try {
    return await work()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

function take() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (isOwned()) return false
  rmSync(lockFile, { force: true })
  return false
}

/** An empty file is a lock that is just being written. */
function isOwned() {
  const owner = existsSync(lockFile) ? readFileSync(lockFile, 'utf8') : ''
  if (owner === '') return true
  try {
    process.kill(Number(owner), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
