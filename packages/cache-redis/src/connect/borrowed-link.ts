import type { Link, LinkOptions } from './link.ts'
import { failure, longestQueue } from './session.ts'
import type { ClientSource } from './source.ts'
import { tellScripts } from './tell-scripts.ts'

/** Over a client of somebody else. Of what it does, only how much waits in it is bounded. */
export function openBorrowedLink({ borrowed }: ClientSource, { scripts }: LinkOptions): Link {
  const tell = () => tellScripts(borrowed, scripts)
  const listening = new Set([borrowed.watch(tell)])
  let unanswered = 0
  const answered = () => {
    unanswered -= 1
  }
  tell()
  return {
    slotOf: key => borrowed.slotOf(key),
    send(command, key) {
      if (unanswered >= longestQueue)
        return Promise.reject(failure('QUEUE_FULL', `${longestQueue} commands are unanswered`))
      const reply = borrowed.send(command, key)
      unanswered += 1
      reply.then(answered, answered)
      return reply
    },
    primaries: () => borrowed.primaries(),
    watch(listener) {
      const forget = borrowed.watch(listener)
      listening.add(forget)
      return () => {
        listening.delete(forget)
        forget()
      }
    },
    async close() {
      for (const forget of listening) forget()
      listening.clear()
    },
  }
}
