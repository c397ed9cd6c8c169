/** One line of progress: rewritten each second on a terminal, printed each two seconds elsewhere. */
import type { Writable } from 'node:stream'

export interface Status {
  /** Replaces the text of the running line. */
  show(text: string): void
  /** Prints a line that stays. */
  say(text: string): void
  close(): void
}

const terminalMs = 500
const plainMs = 2_000

export function createStatus(stream: Writable & { isTTY?: boolean; columns?: number }): Status {
  const began = performance.now()
  let text = ''
  const prefix = () => `[${String(Math.round((performance.now() - began) / 1000)).padStart(4)} s] `
  const clear = () => stream.isTTY && stream.write('\r\u001b[K')
  const tick = () => {
    if (text === '') return
    if (stream.isTTY) {
      clear()
      stream.write((prefix() + text).slice(0, (stream.columns ?? 100) - 1))
    } else {
      // Said again even when unchanged: a silent minute looks like a hang.
      stream.write(`${prefix()}${text}\n`)
    }
  }
  const timer = setInterval(tick, stream.isTTY ? terminalMs : plainMs)
  timer.unref()
  return {
    show: next => {
      text = next
    },
    say: line => {
      clear()
      text = line
      stream.write(`${prefix()}${line}\n`)
    },
    close: () => {
      clear()
      clearInterval(timer)
    },
  }
}
