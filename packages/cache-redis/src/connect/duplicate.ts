import { failure, type Session } from './session.ts'
import { SilenceWatch } from './silence-watch.ts'

/** A second client of the kind that was handed in, to subscribe with. It is ours. */
export interface Duplicate {
  /** Calls back, perhaps more than once, when it failed or ended. */
  onLost(listener: (reason: unknown) => void): void
  /** Connects, and subscribes. */
  begin(): Promise<unknown>
  /** Something that is answered on the same connection. Default: silence is not looked for. */
  ping?(): Promise<unknown>
  destroy(): void
}

/** One session of it: whatever it would do by itself when it fails, it is given up then. */
export async function openDuplicate(duplicate: Duplicate, signal: AbortSignal): Promise<Session> {
  const ending = new AbortController()
  let lose: (reason: unknown) => void = ignore
  const lost = new Promise(resolve => {
    lose = resolve
  })
  const end = (reason: unknown) => {
    if (ending.signal.aborted) return
    ending.abort()
    lose(reason ?? failure('LOST', 'the connection was lost'))
    duplicate.destroy()
  }
  const abandon = () => end(signal.reason)
  duplicate.onLost(end)
  signal.addEventListener('abort', abandon)
  try {
    const begun = duplicate.begin()
    // A client of node-redis that is destroyed while it connects goes on to do so.
    begun.then(() => ending.signal.aborted && duplicate.destroy()).catch(ignore)
    await Promise.race([begun, lost.then(reason => Promise.reject(reason))])
  } catch (error) {
    end(error)
    throw error
  } finally {
    signal.removeEventListener('abort', abandon)
  }
  watchSilence(duplicate, ending.signal, end)
  return {
    send: () => Promise.reject(failure('LOST', 'a subscriber')),
    lost,
    end,
    close: async () => end(undefined),
  }
}

function watchSilence({ ping }: Duplicate, signal: AbortSignal, end: (reason: unknown) => void): void {
  if (!ping) return
  const watch = new SilenceWatch({
    signal,
    onSilence: () => end(failure('SILENT', 'the server answers nothing')),
    ping() {
      watch.sent()
      ping().then(() => watch.answered(), end)
    },
  })
}

function ignore(): void {}
