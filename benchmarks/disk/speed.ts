/** Gets and sets of three sizes, one at a time; 16 at once; misses. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Progress } from '../report/progress.ts'
import { keyOf, type Size, sizes, valuesOf } from './material.ts'
import { type Measured, measureSpeed, type Operation } from './measure-speed.ts'
import { type MissFigures, measureMisses } from './misses.ts'
import { names, openSubjects, type Subject } from './subjects.ts'

export interface Effort {
  readonly rounds: number
  readonly roundMs: number
}

export interface SpeedRun extends Effort {
  readonly processors: number
  readonly measured: readonly Measured[]
  readonly misses: MissFigures
}

const manyAtOnce = 16
const misses = 10_000

export async function runSpeed(scratch: string, effort: Effort, progress: Progress): Promise<SpeedRun> {
  const measured: Measured[] = []
  let missed: MissFigures | undefined
  for (const size of sizes) {
    const subjects = openSubjects(join(scratch, `speed-${size.bytes}`))
    try {
      progress.show(`${size.name}: filling`)
      await fill(subjects, size)
      missed ??= await measureMisses(subjects[0] as Subject, misses)
      for (const operation of ['get', 'set'] as const)
        measured.push(...(await measureOperation({ subjects, size, operation }, effort, progress)))
    } finally {
      for (const subject of subjects) await subject.close()
    }
  }
  return { ...effort, processors: availableParallelism(), measured, misses: missed as MissFigures }
}

async function fill(subjects: readonly Subject[], size: Size): Promise<void> {
  const values = valuesOf(size.bytes)
  for (const subject of subjects)
    for (let number = 0; number < size.entries; number += 1)
      await subject.fill?.(keyOf(number), values(number))
}

interface Part {
  readonly subjects: readonly Subject[]
  readonly size: Size
  readonly operation: Operation
}

async function measureOperation(
  part: Part,
  effort: Effort,
  progress: Progress,
): Promise<readonly Measured[]> {
  const onRound = (round: number) =>
    progress.show(`${part.operation}, ${part.size.name}: round ${round} of ${effort.rounds}`)
  const plan = { ...part, ...effort, onRound }
  const alone = await measureSpeed({ ...plan, atOnce: 1 })
  if (part.size !== sizes[0]) return alone
  const crowd = part.subjects.filter(({ name }) => name === names.sha256 || name === names.bento)
  return [...alone, ...(await measureSpeed({ ...plan, subjects: crowd, atOnce: manyAtOnce }))]
}
