import type { SubjectName } from '../plan.ts'
import type { Subject, SubjectOptions } from '../subject.ts'

type Opener = (options: SubjectOptions) => Promise<Subject>

/** Each is loaded only where it runs. */
const openers: Readonly<Record<SubjectName, () => Promise<Opener>>> = {
  ours: async () => (await import('./ours.ts')).openOurs,
  cache: async () => (await import('./cache.ts')).openCache,
  naive: async () => (await import('./naive.ts')).openNaive,
  bentocache: async () => (await import('./bentocache.ts')).openBentocache,
  cacheable: async () => (await import('./cacheable.ts')).openCacheable,
}

export async function openSubject(name: SubjectName, options: SubjectOptions): Promise<Subject> {
  const open = await openers[name]()
  return open(options)
}
