import { describe, expect, it } from '@jest/globals'
import { notify } from '../src/index.ts'

describe('notify', () => {
  it('tells the observer, and nobody where there is none', () => {
    const heard: string[] = []
    notify(event => heard.push(event), 'one')
    notify(undefined, 'two')
    expect(heard).toEqual(['one'])
  })

  it('drops what an observer throws, and what an asynchronous one rejects with', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listen)
    notify(() => {
      throw new Error('no')
    }, 'event')
    notify(
      (async () => {
        throw new Error('no')
      }) as () => void,
      'event',
    )
    await new Promise(setImmediate)
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
  })
})
