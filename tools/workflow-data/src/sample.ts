import { checkInteger, checkOneOf, checkOptions } from '@greenlang/core'
import { type ScaleName, scales } from './scale.ts'
import { workflowFacts } from './tables/workflows.ts'
import { createWorld, type World } from './world.ts'

/** What a load driver asks for. Each list is ordered: the likeliest to be asked for first. */
export interface SampleKeys {
  /** Busiest first. */
  readonly workflowIds: readonly string[]
  /** Those with the most workflows first. */
  readonly userIds: readonly string[]
  /** Newest first. */
  readonly executionIds: readonly string[]
  /** Distinct words, each in the name of at least one workflow: those of the busiest first. */
  readonly searchWords: readonly string[]
}

export interface SampleOptions {
  /** The scale that was loaded. */
  readonly scale: ScaleName
  /** The seed it was loaded with: a whole number within [0, 2^32). Default 1. */
  readonly seed?: number
  /** Most keys of a kind: a whole number >= 1. Fewer are returned where fewer exist. Default 1000. */
  readonly count?: number
}

export const defaultSeed = 1
export const defaultSample = 1_000
export const largestSeed = 2 ** 32 - 1

/**
 * Keys that a loaded database holds, from scale and seed alone: no database is asked.
 * @throws InvalidOptionError
 */
export function sampleKeys(options: SampleOptions): SampleKeys {
  checkOptions('sampleKeys', options, ['scale', 'seed', 'count'])
  const scale = checkOneOf('scale', options.scale, Object.keys(scales) as ScaleName[])
  const seed = checkInteger('seed', options.seed ?? defaultSeed, 0, largestSeed)
  const count = checkInteger('count', options.count ?? defaultSample, 1)
  // Ids do not depend on time: any will do.
  return sampleOf(createWorld({ scale, seed, now: 0 }), count)
}

export function sampleOf(world: World, count: number): SampleKeys {
  const { workflows, users, executions } = world.scale
  return {
    workflowIds: numbers(workflows, count).map(n => world.id('workflows', n)),
    userIds: numbers(users, count).map(n => world.id('users', n)),
    executionIds: numbers(executions, count).map(n => world.id('workflow_executions', executions - 1 - n)),
    searchWords: searchWords(world, count),
  }
}

function searchWords(world: World, count: number): string[] {
  const words = new Set<string>()
  for (let n = 0; n < world.scale.workflows && words.size < count; n++)
    for (const word of workflowFacts(world, n).noun.split(' '))
      if (word.length >= 4 && words.size < count) words.add(word)
  return [...words]
}

function numbers(size: number, count: number): number[] {
  return Array.from({ length: Math.min(size, count) }, (_, n) => n)
}
