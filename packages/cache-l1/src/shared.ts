/**
 * One instance a name and process, also where several copies of this package are loaded: they meet in a register on the
 * global object, whose name says its version. Each worker thread has a global object, hence instances, of its own.
 */
import { types } from 'node:util'
import { InvalidArgumentError } from '@greenlang/core'
import { SharedMismatchError } from './shared-error.ts'
import { differenceOf, snapshotOf } from './shared-options.ts'

/** What is under a name; its shape is what the version of the register stands for. */
interface Slot {
  readonly options: unknown
  instance: unknown
  isMade: boolean
}

const register: unique symbol = Symbol.for('@greenlang/cache-l1/shared/1') as never

/**
 * The instance under `name`; the first who asks makes it. `create` is given the options, and they must be the same for all
 * who ask: by content, functions and instances in them by identity. If it throws, or what it promises is rejected,
 * nothing stays, and the next who asks tries again. A promise is shared as it is.
 * @throws SharedMismatchError if it was made with other options. InvalidArgumentError if `create` asks for its own name.
 */
export function shared<T>(name: string, create: () => T): T
export function shared<T, Options>(name: string, create: (options: Options) => T, options: Options): T
export function shared<T>(name: string, create: (options: unknown) => T, options?: unknown): T {
  if (typeof name !== 'string' || name === '')
    throw new InvalidArgumentError('name', 'a string that is not empty', name)
  if (typeof create !== 'function') throw new InvalidArgumentError('create', 'a function', create)
  const slots = slotsOf()
  const known = slots.get(name)
  if (known === undefined) return made(slots, name, create, options)
  if (!known.isMade)
    throw new InvalidArgumentError('create', 'a function that does not ask for the name it makes', create)
  const difference = differenceOf(known.options, options ?? {})
  if (difference !== undefined) throw new SharedMismatchError(name, difference)
  return known.instance as T
}

/**
 * Takes the instance from under `name` and returns it, `undefined` if there is none; the next who asks makes another. It is
 * not closed: that is for whoever drops it.
 */
export function dropShared(name: string): unknown {
  const slots = slotsOf()
  const known = slots.get(name)
  slots.delete(name)
  return known?.instance
}

function made<T>(
  slots: Map<string, Slot>,
  name: string,
  create: (options: unknown) => T,
  options: unknown,
): T {
  const slot: Slot = { options: snapshotOf(options ?? {}), instance: undefined, isMade: false }
  const withdraw = () => {
    if (slots.get(name) === slot) slots.delete(name)
  }
  slots.set(name, slot)
  try {
    const instance = create(options)
    slot.instance = instance
    slot.isMade = true
    if (types.isPromise(instance)) instance.then(undefined, withdraw)
    return instance
  } catch (error) {
    withdraw()
    throw error
  }
}

function slotsOf(): Map<string, Slot> {
  const holder: { [register]?: Map<string, Slot> } = globalThis as object
  const known = holder[register]
  if (known !== undefined) return known
  const slots = new Map<string, Slot>()
  Object.defineProperty(holder, register, { value: slots })
  return slots
}
