/** `heap [options]`: bytes an entry, and how true a bound in bytes is; README.md has the options. */
import { writeFileSync } from 'node:fs'
import { readArguments } from '../report/options.ts'
import { progressLine } from '../report/progress.ts'
import { commandLine, writeResult } from '../report/results.ts'
import type { HeapTask, Weighed } from './measure.ts'
import { type HeapRun, heapReport } from './report.ts'
import { weighInProcess } from './run.ts'
import { shapes } from './shapes.ts'
import { byteStores, entryStores } from './stores.ts'

const commonEntries = 100_000
const maxBytes = 16 * 2 ** 20

export async function heap(args: readonly string[]): Promise<void> {
  const options = readArguments(args, ['runs', 'entries', 'json', 'out'])
  const [runs, entries] = [options.count('runs', 3), options.count('entries', commonEntries)]
  const weighings = countedWeighings(runs)
  const byStore = new Map<string, readonly Weighed[]>()
  for (const store of entryStores.keys())
    byStore.set(store, await weighings({ kind: 'entries', store, entries }))
  const byShape = new Map<string, ReadonlyMap<string, readonly Weighed[]>>()
  for (const store of byteStores.keys()) {
    const weighed = new Map<string, readonly Weighed[]>()
    byShape.set(store, weighed)
    for (const shape of shapes.keys())
      weighed.set(shape, await weighings({ kind: 'bytes', store, shape, maxBytes }))
  }
  const json = options.text('json')
  if (json !== undefined) writeFileSync(json, jsonOf(byStore, byShape))
  const run: HeapRun = {
    command: commandLine('heap', args),
    runs,
    entries,
    maxBytes,
    byStore,
    byShape,
  }
  writeResult('heap.md', heapReport(run), options.text('out'))
}

function countedWeighings(runs: number): (task: HeapTask) => Promise<readonly Weighed[]> {
  const progress = progressLine()
  const total = entryStores.size + byteStores.size * shapes.size
  let done = 0
  return async task => {
    done += 1
    const name = task.kind === 'entries' ? task.store : `${task.store}, ${task.shape}`
    const weighed: Weighed[] = []
    for (let run = 0; run < runs; run += 1) {
      progress.show(`[${done}/${total}] ${name}: run ${run + 1} of ${runs}`)
      weighed.push(await weighInProcess(task))
    }
    progress.say(`[${done}/${total}] ${name}`)
    return weighed
  }
}

function jsonOf(byStore: HeapRun['byStore'], byShape: HeapRun['byShape']): string {
  const plain = {
    entries: Object.fromEntries(byStore),
    bytes: Object.fromEntries([...byShape].map(([store, weighed]) => [store, Object.fromEntries(weighed)])),
  }
  return `${JSON.stringify(plain, undefined, 1)}\n`
}
