/** Calls from the conductor to a worker, over the channel that Node opens to a forked process. */
import type { ChildProcess } from 'node:child_process'

type Handlers<Job> = {
  readonly [Name in keyof Job]: Job[Name] extends (argument: infer Argument) => infer Result
    ? (argument: Argument) => Result | Promise<Result>
    : never
}

interface Call {
  readonly id: number
  readonly call: string
  readonly argument: unknown
}

interface Reply {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** In the worker, which ends with its conductor. */
export function serveCalls<Job>(handlers: Handlers<Job>): void {
  const byName = handlers as unknown as Readonly<Record<string, (argument: unknown) => unknown>>
  process.on('disconnect', () => process.exit())
  process.on('message', async ({ id, call, argument }: Call) => {
    const reply: Reply = await Promise.resolve()
      .then(() => byName[call]?.(argument))
      .then(
        result => ({ id, result }),
        error => ({ id, error: String(error) }),
      )
    process.send?.(reply)
  })
}

export interface Caller<Job> {
  call<Name extends keyof Job & string>(
    name: Name,
    ...argument: ArgumentOf<Job[Name]>
  ): Promise<ResultOf<Job[Name]>>
}

type ArgumentOf<F> = F extends (...argument: infer Argument) => unknown ? Argument : never
type ResultOf<F> = F extends (...argument: never[]) => infer Result ? Awaited<Result> : never

/** In the conductor. Calls reject when the worker ends. */
export function callerOf<Job>(child: ChildProcess): Caller<Job> {
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  let called = 0
  const ended = () => {
    for (const { reject } of waiting.values()) reject(new Error('the worker has ended'))
    waiting.clear()
  }
  child.on('exit', ended).on('error', ended)
  child.on('message', ({ id, result, error }: Reply) => {
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) waiter?.resolve(result)
    else waiter?.reject(new Error(error))
  })
  return {
    call: (name, ...[argument]) =>
      new Promise((resolve, reject) => {
        called += 1
        waiting.set(called, { resolve: resolve as (result: unknown) => void, reject })
        child.send({ id: called, call: name, argument } satisfies Call, error => error && ended())
      }),
  }
}
