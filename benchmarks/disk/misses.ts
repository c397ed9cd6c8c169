/** What the kernel counts while the tier is asked for keys that it has not. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Subject } from './subjects.ts'

export interface MissFigures {
  readonly count: number
  readonly usEach: number
  /** System calls that read or wrote, of the whole process; `undefined` where the kernel does not tell. */
  readonly syscalls: number | undefined
}

const restMs = 500

export async function measureMisses({ get }: Subject, count: number): Promise<MissFigures> {
  if (!get) throw new Error('a subject that does not read')
  const keys = Array.from({ length: count }, (_, number) => `absent:${number}`)
  // What was written before is committed by then.
  await sleep(restMs)
  // Looking is a system call itself.
  const look = (syscallsSoFar() ?? 0) - (syscallsSoFar() ?? 0)
  const before = syscallsSoFar()
  const at = performance.now()
  for (const key of keys) if ((await get(key)) !== undefined) throw new Error(`"${key}" is there`)
  const usEach = ((performance.now() - at) * 1000) / count
  const after = syscallsSoFar()
  const syscalls = before === undefined || after === undefined ? undefined : after - before + look
  return { count, usEach, syscalls }
}

function syscallsSoFar(): number | undefined {
  let text: string
  try {
    text = readFileSync('/proc/self/io', 'latin1')
  } catch {
    return undefined
  }
  const count = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(text)?.[1] ?? Number.NaN)
  return count('syscr') + count('syscw')
}
