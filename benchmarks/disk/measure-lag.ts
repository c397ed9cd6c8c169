/** How long the event loop is held while a large value and many small ones are written and read at once. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { keyOf, valuesOf } from './material.ts'
import { bento, ours, type Subject } from './subjects.ts'

/** `idle`: nobody, to see what the machine does by itself. */
export const lagSubjects = ['idle', 'sha256', 'crc32', 'bentocache'] as const
export type LagSubject = (typeof lagSubjects)[number]

export interface Lag {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly seconds: number
}

export const lagMaterial = { largeBytes: 60_000_000, smallBytes: 1_024, small: 10_000, callers: 16 } as const
const idleMs = 3_000
const resolutionMs = 1
const msOf = (nanoseconds: number) => nanoseconds / 1e6

export async function measureLag(directory: string, subject: LagSubject): Promise<Lag> {
  const tier = open(directory, subject)
  // Opening is another matter.
  await tier?.get?.('absent')
  const work = tier ? prepare(tier) : () => sleep(idleMs)
  await sleep(100)
  globalThis.gc?.()
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  const begun = performance.now()
  delay.enable()
  await work()
  delay.disable()
  const seconds = (performance.now() - begun) / 1000
  await tier?.close()
  const [p50Ms, p99Ms] = [msOf(delay.percentile(50)), msOf(delay.percentile(99))]
  return { p50Ms, p99Ms, maxMs: msOf(delay.max), seconds }
}

function open(directory: string, subject: LagSubject): Subject | undefined {
  if (subject === 'idle') return undefined
  if (subject === 'bentocache') return bento(directory)
  return ours(subject, { directory, integrity: subject })
}

/** Values are made before: that is not the tier's doing. */
function prepare({ get, setter }: Subject): () => Promise<unknown> {
  if (!get || !setter) throw new Error('a subject that does not read and write')
  const { largeBytes, smallBytes, small, callers } = lagMaterial
  const value = valuesOf(smallBytes)
  const setLarge = setter('large', valuesOf(largeBytes)(0))
  const setSmall = Array.from({ length: small }, (_, number) => setter(keyOf(number), value(number)))
  const caller = async (first: number) => {
    for (let number = first; number < small; number += callers) {
      await setSmall[number]?.()
      if ((await get(keyOf(number))) === undefined) throw new Error('a miss of what was written')
    }
  }
  const large = async () => {
    await setLarge()
    if ((await get('large')) === undefined) throw new Error('a miss of what was written')
  }
  return () => Promise.all([large(), ...Array.from({ length: callers }, (_, first) => caller(first))])
}
