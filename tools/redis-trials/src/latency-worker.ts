/** One of the two processes of the latency trial: it invalidates, or hears of it. */
import { serveCalls } from './calls.ts'
import { now } from './now.ts'
import { type SubjectName, usualPlan } from './plan.ts'
import type { RedisPlace, Subject } from './subject.ts'
import { openSubject } from './subjects/index.ts'

export interface Named {
  readonly subject: SubjectName
  readonly key: string
}

export interface LatencyJob {
  prepare(settings: { redis: RedisPlace; prefix: string; subjects: readonly SubjectName[] }): void
  /** Has the key in memory, and listens for it from now on. */
  prime(named: Named): void
  /** When it was called and when it came back. */
  invalidate(named: Named): { readonly calledAt: number; readonly returnedAt: number }
  /** When it was heard of since `prime`; `undefined` where that did not happen in time. */
  heard(named: Named): number | undefined
  finish(): void
}

const longestMs = 1_000
const subjects = new Map<SubjectName, Subject>()
const heardAt = new Map<string, number>()
const waiting = new Map<string, (at: number) => void>()

serveCalls<LatencyJob>({
  async prepare({ redis, prefix, subjects: names }) {
    for (const name of names) {
      const subject = await openSubject(name, {
        plan: usualPlan,
        redis,
        prefix: `${prefix}${name}:`,
        directory: '',
      })
      subjects.set(name, subject)
      subject.onHeard(keys => {
        const at = now()
        for (const key of keys) {
          heardAt.set(`${name} ${key}`, at)
          waiting.get(`${name} ${key}`)?.(at)
        }
      })
    }
  },
  async prime({ subject, key }) {
    heardAt.delete(`${subject} ${key}`)
    const value = { key, version: 0, madeAt: now(), text: '' }
    await subjects
      .get(subject)
      ?.getOrSet({ key, load: async () => ({ value, options: { ttl: usualPlan.ttlMs } }) })
  },
  async invalidate({ subject, key }) {
    const calledAt = now()
    await subjects.get(subject)?.invalidate({ mode: 'delete', keys: [key] }, [key])
    return { calledAt, returnedAt: now() }
  },
  heard({ subject, key }) {
    const name = `${subject} ${key}`
    const at = heardAt.get(name)
    if (at !== undefined) return at
    return new Promise(resolve => {
      const late = setTimeout(() => resolve(undefined), longestMs)
      waiting.set(name, heard => {
        clearTimeout(late)
        waiting.delete(name)
        resolve(heard)
      })
    })
  },
  async finish() {
    for (const subject of subjects.values()) await subject.close()
  },
})
