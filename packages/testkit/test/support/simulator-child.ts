/** Runs simulations for `simulator.ts`, one after another, until its parent lets go of it. */
import { mixes, mutants, outageMix, simulate, suspendedMixes } from '../../src/simulation/index.ts'
import type { SimulationRequest } from './simulator.ts'

const everyMix = [...mixes, ...suspendedMixes, outageMix]

async function run({ mix: name, seed, durationMs, variant }: SimulationRequest) {
  const mix = everyMix.find(one => one.name === name)
  if (mix === undefined) throw new RangeError(`no mix is named ${name}`)
  const guards = variant === 'naive' ? variant : mutants.find(mutant => mutant.name === variant)?.guards
  if (variant !== undefined && guards === undefined) throw new RangeError(`no mutant is named ${variant}`)
  const length = durationMs === undefined ? {} : { durationMs }
  return simulate({ mix, seed, ...length, ...(guards === undefined ? {} : { variant: guards }) })
}

process.on('message', async ({ id, request }: { id: number; request: SimulationRequest }) => {
  try {
    process.send?.({ id, report: await run(request) })
  } catch (error) {
    process.send?.({ id, error: String(error) })
  }
})
