import { busContract } from '@greenlang/testkit'
import { afterAll, describe, expect, it } from '@jest/globals'
import { type WorkerRecord, workerBus, workerRecord } from '../src/index.ts'

const records: WorkerRecord[] = []
afterAll(() => {
  for (const record of records) record.close()
})

// As long a deadline as a machine under load needs.
busContract({ describe, it, expect }, 'workerBus', () => {
  const name = `contract ${records.length}`
  records.push(workerRecord({ name }))
  return workerBus({ name, deadline: '5s' })
})
