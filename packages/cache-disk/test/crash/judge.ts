/** What is found after a kill, and whether it may be so. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry } from '@greenlang/core'
import { type DiskTier, diskTier } from '../../src/index.ts'
import { until } from '../until.ts'
import { entryOf, type Operation, stamp } from './operations.ts'
import type { Life, Plan } from './trial.ts'

export interface Findings {
  /** What became of the keys that change. */
  readonly outcomes: readonly ('old' | 'new' | 'miss')[]
  readonly faults: readonly string[]
}

const blockBytes = 4096

/** Opens what is left, reads every key, and compares the account with the disk. */
export async function judge(plan: Plan, operation: Operation, life: Life): Promise<Findings> {
  const { directory } = life
  const maxBytes = operation.maxBytes ?? '64mb'
  const tier = diskTier<string>({ directory, maxBytes, integrity: plan.integrity })
  const faults: string[] = []
  const outcomes: Findings['outcomes'][number][] = []
  try {
    const keys = new Set([...Object.keys(operation.before), ...Object.keys(operation.after)])
    for (const key of [...keys, 'gone']) {
      const found = await tier.get(key)
      const seen: Seen = { value: found?.value, invalidated: found?.invalidated ?? false }
      faults.push(...faultsOf(key, seen, { plan, operation, life }))
      if (key in operation.after) outcomes.push(outcomeOf(key, seen, operation))
      if (found) faults.push(...labelFaults(key, found))
    }
    faults.push(...(await journalFaults(tier, plan, life)))
    await tier.reconciled()
    await tier.set('gone', entryOf('gone'))
    await tier.deleteMany(['gone'])
    // Old files go in the background.
    const agrees = () => spaceIn(join(directory, 'values')) === tier.stats().bytes
    await until('the account agrees with the disk', agrees).catch((error: Error) =>
      faults.push(error.message),
    )
    if (tier.stats().failures > 0) faults.push(`${tier.stats().failures} failures`)
    await tier.set('afterwards', entryOf('afterwards'))
    if ((await tier.get('afterwards'))?.value !== 'afterwards') faults.push('nothing can be stored any more')
  } finally {
    await tier.close()
  }
  return { outcomes, faults }
}

function labelFaults(key: string, found: Entry<string>): string[] {
  const { createdAt, staleAt, expiresAt, tags } = entryOf('')
  const same = found.createdAt === createdAt && found.staleAt === staleAt && found.expiresAt === expiresAt
  return same && found.tags.join() === tags.join() ? [] : [`${key}: other dates or tags`]
}

/** A stamp that is there vouches for what it took away. */
async function journalFaults(tier: DiskTier<string>, { operation }: Plan, life: Life): Promise<string[]> {
  if (operation !== 'mark') return []
  const isApplied = (await tier.journal.read())?.sequence === stamp.sequence
  if (life.acknowledged && !isApplied) return ['an acknowledged mark is lost']
  return isApplied && (await tier.get('a')) ? ['a stamp is ahead of its removal'] : []
}

interface Seen {
  readonly value: string | undefined
  readonly invalidated: boolean
}

interface Case {
  readonly plan: Plan
  readonly operation: Operation
  readonly life: Life
}

function outcomeOf(
  key: string,
  { value, invalidated }: Seen,
  { after, marked }: Operation,
): 'old' | 'new' | 'miss' {
  if (value === undefined) return after[key] === undefined && key in after ? 'new' : 'miss'
  if (marked?.includes(key)) return invalidated ? 'new' : 'old'
  return value === after[key] ? 'new' : 'old'
}

function faultsOf(key: string, seen: Seen, { plan, operation, life }: Case): string[] {
  const { before, after, removes, evicts } = operation
  const changes = key in after
  const allowed = [before[key], ...(changes ? [after[key]] : []), undefined]
  if (!allowed.includes(seen.value)) return [`${key}: a wrong value, ${seen.value?.slice(0, 20)}`]
  if (seen.invalidated && !operation.marked?.includes(key)) return [`${key}: marked`]
  const lasts = plan.durability !== 'none' || removes
  const outcome = changes ? outcomeOf(key, seen, operation) : seen.value === undefined ? 'miss' : 'old'
  if (changes && life.acknowledged && lasts && outcome !== 'new')
    return [`${key}: acknowledged, and ${outcome}`]
  // What was there before was committed: it may only go for what takes its place.
  const wasThere = before[key] !== undefined && !evicts
  if (wasThere && outcome === 'miss' && (!changes || plan.durability !== 'none')) return [`${key}: lost`]
  return []
}

function spaceIn(directory: string): number {
  let space = 0
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const found = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })
    space += Math.ceil((found?.size ?? 0) / blockBytes) * blockBytes
  }
  return space
}
