import { InvalidArgumentError } from '@greenlang/core'
import type { AnyFunction } from './cached-options.ts'

/** A standard decorator for methods whose arguments `key`, if there is one, can be called with. */
export type CachedMethod<Args extends readonly unknown[]> = <This, F extends AnyFunction>(
  method: F,
  context: KeyTakes<F, Args> extends true ? ClassMethodDecoratorContext<This> : never,
) => F

type KeyTakes<F extends AnyFunction, Args extends readonly unknown[]> = ((...args: Args) => string) extends (
  ...args: Parameters<F>
) => string
  ? true
  : false

type AnyDecorator = (method: AnyFunction, context: ClassMethodDecoratorContext) => AnyFunction

/** @param wrap Makes the cached method; what it throws for bad options is thrown where the class is declared. */
export function methodDecorator(wrap: (method: AnyFunction) => AnyFunction): AnyDecorator {
  return (method, context) => {
    const kind: unknown = context?.kind
    if (typeof method === 'function' && kind === 'method') return wrap(method)
    throw new InvalidArgumentError(
      'method',
      'a method under a standard decorator, not an experimental one',
      method,
    )
  }
}
