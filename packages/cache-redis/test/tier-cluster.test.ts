/** What a tier sends to a cluster: no command has keys of two slots, and what belongs to a key lies in one. */
import { redisTier } from '@greenlang/cache-redis'
import { createEntry } from '@greenlang/core'
import { expect, it } from '@jest/globals'
import { slotOf } from '../src/connect/slot.ts'

type Command = readonly (string | Buffer)[]

/** The keys of a command that is sent here. */
function keysOf([name, ...args]: Command): string[] {
  const texts = args.map(String)
  if (name === 'MGET' || name === 'UNLINK') return texts
  if (name === 'EVALSHA') return texts.slice(2, 2 + Number(texts[1]))
  return ['GET', 'SET'].includes(String(name)) ? texts.slice(0, 1) : []
}

function reply([name, ...args]: Command): unknown {
  if (name === 'TIME') return ['1', '0']
  if (name === 'MGET') return args.map(() => null)
  if (name === 'SCAN') return ['0', [...'abc'].map(key => Buffer.from(`app:{${key}}`))]
  return name === 'GET' ? null : 1
}

/** Two primaries that are one. */
function fakeCluster() {
  const commands: Command[] = []
  const answer = async (command: Command) => {
    commands.push(command)
    if (command[0] !== 'EVALSHA') return reply(command)
    const operation = String(command[3 + Number(command[2])])
    return operation === 'claim' ? Array.from({ length: Number(command[2]) / 2 }, () => 0) : 1
  }
  const client = {
    sendCommand: (_key: string | undefined, _readonly: boolean | undefined, command: Command) =>
      answer(command),
    masters: ['one', 'two'],
    nodeClient: () => ({ sendCommand: answer }),
  }
  return { client, commands }
}

it('is one command for each slot, by the key that is in it', async () => {
  const { client, commands } = fakeCluster()
  const tier = redisTier({ client, prefix: 'app:' })
  const keys = ['', '%', 'a', 'b', '{a}', 'user:1', 'ü', '\ud800']
  await tier.setMany(new Map(keys.map(key => [key, createEntry(1)])))
  const counts: Record<string, number> = {}
  const count = async (name: string, call: () => unknown) => {
    commands.length = 0
    await call()
    counts[name] = commands.filter(([first]) => first !== 'TIME').length
    for (const command of commands) expect(new Set(keysOf(command).map(slotOf)).size).toBeLessThan(2)
  }
  await count('get', () => Promise.all(keys.map(key => tier.get(key))))
  await count('getMany', () => tier.getMany(keys))
  await count('deleteMany', () => tier.deleteMany(keys))
  await count('invalidateMany', () => tier.invalidateMany(keys))
  await count('claim', async () => {
    const claims = await tier.fills.claim(keys, { forMs: 1_000 })
    expect([...claims.values()].map(({ kind }) => kind)).toEqual(keys.map(() => 'granted'))
  })
  await count('sweep', () => tier.fills.sweep({ all: true }, { history: 'h', sequence: 1 }))
  await count('clear', () => tier.clear())
  const each = keys.length
  const scans = 2 * (1 + 3)
  expect(counts).toEqual({
    get: each,
    getMany: each,
    deleteMany: each,
    invalidateMany: each,
    claim: each,
    sweep: scans,
    clear: scans,
  })
  expect(tier.stats().failures).toBe(0)
  await tier.close()
})
