/** A process that runs one cache: `child.ts <name> <life>`. It works when it is asked to and sleeps while others are. */
import type { Answer, Question } from './protocol.ts'
import { type Prepared, scenarios } from './scenarios.ts'
import { type Life, makerOf, ttlMsOf } from './subjects.ts'

const [name = '', life = ''] = process.argv.slice(2)
const maker = makerOf(name)
const ttlMs = ttlMsOf[life as Life]

let prepared: Prepared | undefined

async function answer(question: Question): Promise<Answer> {
  switch (question.kind) {
    case 'prepare': {
      prepared = scenarios.find(one => one.name === question.scenario)?.prepare(maker, ttlMs)
      await prepared?.measure(question.warmMs)
      prepared?.hitShare?.()
      return { kind: 'prepared', isThere: prepared !== undefined }
    }
    case 'measure': {
      if (prepared === undefined) throw new Error('nothing is prepared')
      const cost = await prepared.measure(question.ms)
      const hitShare = prepared.hitShare?.()
      return { kind: 'measured', cost, ...(hitShare === undefined ? {} : { hitShare }) }
    }
    case 'release': {
      prepared?.close()
      prepared = undefined
      globalThis.gc?.()
      return { kind: 'released' }
    }
  }
}

process.on('message', (question: Question) => {
  answer(question)
    .catch((error: Error): Answer => ({ kind: 'failed', message: error.stack ?? error.message }))
    .then(reply => process.send?.(reply))
})
process.on('disconnect', () => process.exit())
