import { isThenable } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'

const withThen = (target: object, then: unknown): unknown =>
  Object.defineProperty(target, 'then', { value: then })

describe('isThenable', () => {
  it.each<[unknown]>([
    [Promise.resolve()],
    [withThen({}, () => undefined)],
    [
      withThen(
        () => 1,
        () => 2,
      ),
    ],
  ])('knows what is still to come by its shape: %p', answer => {
    expect(isThenable(answer)).toBe(true)
  })

  it.each<[unknown]>([[undefined], [null], [0], ['then'], [withThen({}, 1)], [{}]])(
    'takes %p for an answer',
    answer => {
      expect(isThenable(answer)).toBe(false)
    },
  )
})
