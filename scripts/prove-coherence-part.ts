/** One process of the proof: takes a task, runs it, answers with its tally. */
import {
  campaign,
  mixes,
  mutants,
  outageMix,
  suspendedMixes,
  type Tally,
} from '@greenlang/testkit/simulation'
import type { CoherenceTask } from './prove-coherence.ts'

const all = [...mixes, ...suspendedMixes, outageMix]

// Without the parent there is nobody to tell.
process.on('disconnect', () => process.exit())
process.on('message', async message => {
  process.send?.(await run(message as CoherenceTask))
})

function run(task: CoherenceTask): Promise<Tally> {
  const from = task.kind === 'mix' ? task.from : 1
  const seeds = Array.from({ length: task.seeds }, (_, index) => from + index)
  if (task.kind === 'mix')
    return campaign({ name: task.mix, mixes: all.filter(({ name }) => name === task.mix), seeds })
  const both = [...mixes, ...suspendedMixes]
  if (task.kind === 'naive') return campaign({ name: 'naive', mixes: both, seeds, variant: 'naive' })
  const { mutant } = task
  const guards = mutants.find(({ name }) => name === mutant)?.guards ?? {}
  // Asked after a seed of every mix.
  const enough = ({ violations }: Tally) => violations > 0
  return campaign({ name: mutant, mixes: both, seeds, variant: guards, enough })
}
