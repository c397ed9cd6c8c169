/** What goes wrong, when: drawn from the seed as the mix says. */
import { type Machine, slowDown } from './machine.ts'
import { boundMs, deadlineMs, type FaultKind, type FaultPlan } from './mix.ts'
import type { FakeServer } from './server.ts'
import type { Trial } from './trial.ts'
import type { Workload } from './workload.ts'

export interface NemesisOptions {
  readonly trial: Trial
  readonly workload: Workload
  /** Makes what runs on the machine anew. */
  readonly boot: (machine: Machine) => void
}

const reconnectMs = 50
const slowExtraMs = 40
const quietMs = 1_000

export function unleash(options: NemesisOptions): void {
  const { trial } = options
  for (const [kind, plan] of Object.entries(trial.mix.faults)) schedule(options, kind as FaultKind, plan)
}

function schedule(options: NemesisOptions, kind: FaultKind, plan: FaultPlan): void {
  const { world, endsAt, count } = options.trial
  const next = () => {
    const due = world.now + quietMs / 2 - Math.log(1 - world.random()) * plan.everyMs
    const forMs = plan.fromMs + world.random() * (plan.toMs - plan.fromMs)
    if (due + forMs + quietMs >= endsAt) return
    world.at(due, () => {
      count(kind)
      strike[kind](options, forMs)
      next()
    })
  }
  next()
}

const strike: Readonly<Record<FaultKind, (options: NemesisOptions, forMs: number) => void>> = {
  deaf({ trial }, forMs) {
    const { reception } = anyMachine(trial)
    reception.deafUntil = Math.max(reception.deafUntil, trial.world.now + forMs)
  },
  stall({ trial }, forMs) {
    anyMachine(trial).actor.stalledUntil = trial.world.now + forMs
  },
  cut({ trial }, forMs) {
    anyMachine(trial).weather.cutUntil = trial.world.now + forMs
  },
  slow({ trial }, forMs) {
    slowDown(trial.world, anyMachine(trial), forMs, slowExtraMs)
  },
  pause({ trial }, forMs) {
    anyServer(trial).server.pausedUntil = trial.world.now + forMs
  },
  down({ trial }, forMs) {
    goDown(trial, anyServer(trial), forMs)
  },
  wipe({ trial }, forMs) {
    const chosen = anyServer(trial)
    chosen.server.wipe()
    goDown(trial, chosen, forMs)
  },
  forget({ trial }) {
    trial.servers[0]?.forgetRecord()
  },
  failover({ trial }, forMs) {
    const { world, mix, history } = trial
    const chosen = anyServer(trial)
    const promote = chosen.server.snapshot()
    const from = world.now
    world.at(world.now + mix.lostMs, () => {
      promote()
      goDown(trial, chosen, forMs)
      history.suspend({ from, to: world.now + forMs + reconnectMs + 2 * deadlineMs + boundMs })
    })
  },
  restart({ trial, workload, boot }, forMs) {
    const machine = anyMachine(trial)
    if (trial.subjects[machine.number] === undefined) return
    workload.orphan(machine)
    machine.actor.dead = true
    trial.subjects[machine.number] = undefined
    trial.world.at(trial.world.now + forMs, () => boot(machine))
  },
  clear({ trial, workload }) {
    workload.clear(anyMachine(trial))
  },
}

interface Numbered {
  readonly server: FakeServer
  readonly number: number
}

function goDown(trial: Trial, { server, number }: Numbered, forMs: number): void {
  const { world, machines, subjects } = trial
  server.breakConnections()
  server.downUntil = Math.max(server.downUntil, world.now + forMs)
  for (const machine of machines) {
    const { actor } = machine
    const due = server.downUntil + world.random() * reconnectMs
    world.at(due, () => subjects[machine.number]?.connected(number), actor)
  }
}

function anyMachine({ world, machines }: Trial): Machine {
  return pick(machines, world.random())
}

function anyServer({ world, servers }: Trial): Numbered {
  const number = Math.floor(world.random() * servers.length)
  return { server: pick(servers, number / servers.length), number }
}

function pick<T>(list: readonly T[], at: number): T {
  const chosen = list[Math.floor(at * list.length)]
  if (chosen === undefined) throw new RangeError('nothing to choose from')
  return chosen
}
