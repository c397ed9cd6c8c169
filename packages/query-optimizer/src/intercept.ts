/**
 * Puts a listener on the `query` of one client. Values, results, errors and the form of the call stay as they are; only
 * the promise is another one, so that a rejection nobody handles is still reported.
 */

export interface QueryableClient {
  query: unknown
}

/** Told once a query begins; returns what is told when it ends. */
export type QueryListener = (text: string) => QueryEnd
export type QueryEnd = (failed: boolean) => void

type Send = (this: unknown, ...args: unknown[]) => unknown
type Callback = (this: unknown, error: unknown, ...rest: unknown[]) => unknown

/** Returns a function that takes the listener away again. */
export function intercept(client: QueryableClient, listener: QueryListener): () => void {
  const own = Object.getOwnPropertyDescriptor(client, 'query')
  const send = client.query as Send
  let listening = true
  const query: Send = function (...args) {
    const text = listening ? textOf(args[0]) : undefined
    if (text === undefined) return send.apply(this, args)
    const end = guarded(listener, text)
    try {
      const callbackAt = args.findLastIndex(arg => typeof arg === 'function')
      if (callbackAt > 0) args[callbackAt] = ending(args[callbackAt] as Callback, end)
      else args[0] = withEndingCallback(args[0], end)
      return endingPromise(send.apply(this, args), end)
    } catch (error) {
      end(true)
      throw error
    }
  }
  Object.defineProperty(client, 'query', { value: query, configurable: true, writable: true })
  return () => {
    listening = false
    // Somebody else has put theirs on top: it calls this one, which now only passes on.
    if (client.query !== query) return
    if (own) Object.defineProperty(client, 'query', own)
    else Reflect.deleteProperty(client, 'query')
  }
}

/** The end of a query is told once, and nothing that goes wrong while tracking reaches the query. */
function guarded(listener: QueryListener, text: string): QueryEnd {
  let end: QueryEnd | undefined
  try {
    end = listener(text)
  } catch {}
  return failed => {
    const tell = end
    end = undefined
    try {
      tell?.(failed)
    } catch {}
  }
}

/** The text of a string or a config. `undefined` for a cursor, a stream, and what `query` will refuse. */
function textOf(config: unknown): string | undefined {
  if (typeof config === 'string') return config
  if (typeof config !== 'object' || config === null || 'submit' in config) return undefined
  const { text } = config as { text?: unknown }
  return typeof text === 'string' ? text : undefined
}

function ending(callback: Callback, end: QueryEnd): Callback {
  return function (error, ...rest) {
    end(Boolean(error))
    return callback.call(this, error, ...rest)
  }
}

/** A config may bring its callback along. The caller's object is not touched. */
function withEndingCallback(config: unknown, end: QueryEnd): unknown {
  const callback = typeof config === 'object' ? (config as { callback?: unknown }).callback : undefined
  if (typeof callback !== 'function') return config
  return Object.create(config as object, {
    callback: { value: ending(callback as Callback, end), writable: true },
  })
}

function endingPromise(result: unknown, end: QueryEnd): unknown {
  if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') return result
  return (result as Promise<unknown>).then(
    value => {
      end(false)
      return value
    },
    error => {
      end(true)
      throw error
    },
  )
}
