/**
 * Lets the processes run one after the other, a short time each, round by round: what the machine does to one round it does
 * to all of them, so ratios are taken within a round. The order turns by one place each round.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Answer, Measured, Question } from './protocol.ts'
import type { Scenario } from './scenarios.ts'
import { idOf, type SubjectId } from './subjects.ts'

export interface Rounds {
  readonly scenario: Scenario
  /** By `idOf`, one measurement a round. Absent: it has no such thing. */
  readonly bySubject: ReadonlyMap<string, readonly Measured[]>
}

export interface Timing {
  readonly rounds: number
  /** Of one subject in one round. */
  readonly ms: number
  readonly onRound?: (what: string) => void
}

/** Until the compiler is done. */
const warmMs = 300

export class Contestant {
  readonly subject: SubjectId
  readonly id: string
  readonly #child: ChildProcess

  constructor(subject: SubjectId) {
    this.subject = subject
    this.id = idOf(subject)
    this.#child = fork(join(import.meta.dirname, 'child.ts'), [subject.name, subject.life], {
      execArgv: [...process.execArgv, '--expose-gc'],
    })
  }

  async prepare(scenario: string, warmMs: number): Promise<boolean> {
    const answer = await this.#ask({ kind: 'prepare', scenario, warmMs })
    return answer.kind === 'prepared' && answer.isThere
  }

  async measure(ms: number): Promise<Measured> {
    const answer = await this.#ask({ kind: 'measure', ms })
    if (answer.kind !== 'measured') throw new Error(`${this.id} answered "${answer.kind}"`)
    return answer
  }

  async release(): Promise<void> {
    await this.#ask({ kind: 'release' })
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  async #ask(question: Question): Promise<Answer> {
    const over = new AbortController()
    const { signal } = over
    try {
      this.#child.send(question)
      const [answer] = (await Promise.race([
        once(this.#child, 'message', { signal }),
        once(this.#child, 'exit', { signal }).then(([code]) => {
          throw new Error(`the process of ${this.id} ended with code ${code}`)
        }),
      ])) as [Answer]
      if (answer.kind === 'failed') throw new Error(`${this.id}: ${answer.message}`)
      return answer
    } finally {
      over.abort()
    }
  }
}

export async function judge(
  scenario: Scenario,
  contestants: readonly Contestant[],
  { rounds, ms, onRound }: Timing,
): Promise<Rounds> {
  const taking: Contestant[] = []
  for (const contestant of contestants) {
    onRound?.(`${scenario.name}: preparing ${contestant.id}`)
    if (await contestant.prepare(scenario.name, Math.max(warmMs, ms))) taking.push(contestant)
  }
  const bySubject = new Map<string, Measured[]>(taking.map(({ id }) => [id, []]))
  for (let round = 0; round < rounds; round += 1) {
    onRound?.(`${scenario.name}: round ${round + 1} of ${rounds}`)
    for (let turn = 0; turn < taking.length; turn += 1) {
      const contestant = taking[(turn + round) % taking.length] as Contestant
      bySubject.get(contestant.id)?.push(await contestant.measure(ms * (scenario.patience ?? 1)))
    }
  }
  for (const contestant of taking) await contestant.release()
  return { scenario, bySubject }
}
