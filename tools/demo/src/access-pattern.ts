/** Which request comes next: a seeded, skewed mix of reads, and updates where they are asked for. */
import type { SampleKeys } from '@greenlang/workflow-data'

export const kinds = ['workflow by id', "a user's workflows", 'agent results', 'search'] as const
export type ReadKind = (typeof kinds)[number]

export type Request =
  | { readonly kind: ReadKind; readonly path: string }
  | { readonly kind: 'update'; readonly path: string; readonly workflowId: string; readonly status: string }

export interface PatternOptions {
  /** 0 to 1, exclusive: the source of chance. */
  random(): number
  /** Share of requests that update a workflow, 0 to 1. */
  updates: number
}

/** Shares of the reads; what is left searches. */
const shares: readonly [ReadKind, number][] = [
  ['workflow by id', 0.45],
  ["a user's workflows", 0.25],
  ['agent results', 0.22],
]
const statuses = ['active', 'paused', 'draft']
/** Exponent of the popularity: the n-th most popular is asked for 1/n as often as the first. */
const skew = 1

export function createAccessPattern(keys: SampleKeys, { random, updates }: PatternOptions): () => Request {
  const pickers = {
    workflow: createZipf(keys.workflowIds, random),
    user: createZipf(keys.userIds, random),
    execution: createZipf(keys.executionIds, random),
    word: createZipf(keys.searchWords, random),
  }
  const paths: Record<ReadKind, () => string> = {
    'workflow by id': () => `/workflows/${pickers.workflow()}`,
    "a user's workflows": () => `/users/${pickers.user()}/workflows`,
    'agent results': () => `/executions/${pickers.execution()}/results`,
    search: () => `/search?q=${encodeURIComponent(pickers.word())}`,
  }
  return () => {
    if (random() < updates) {
      const workflowId = pickers.workflow()
      const status = statuses[Math.floor(random() * statuses.length)] ?? 'active'
      return { kind: 'update', path: `/workflows/${workflowId}`, workflowId, status }
    }
    const kind = pickKind(random())
    return { kind, path: paths[kind]() }
  }
}

function pickKind(chance: number): ReadKind {
  let left = chance
  for (const [kind, share] of shares) {
    left -= share
    if (left < 0) return kind
  }
  return 'search'
}

/** Draws the n-th item with a chance of 1/n^skew, by bisecting the summed chances. */
function createZipf(items: readonly string[], random: () => number): () => string {
  const sums = new Float64Array(items.length)
  let sum = 0
  for (let index = 0; index < items.length; index += 1) {
    sum += 1 / (index + 1) ** skew
    sums[index] = sum
  }
  return () => {
    const target = random() * sum
    let low = 0
    let high = items.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) > target) high = middle
      else low = middle + 1
    }
    return items[low] ?? ''
  }
}
