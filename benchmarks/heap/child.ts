/** A process that weighs one thing and ends. */
import { type HeapTask, weigh } from './measure.ts'

const weighed = await weigh(JSON.parse(process.argv[2] ?? '{}') as HeapTask)
process.send?.(weighed, () => process.disconnect())
