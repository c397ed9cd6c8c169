/** A thread with a bus: says what it hears, publishes what it is told to, stands still when asked. */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@greenlang/core'
import { workerBus } from '../src/index.ts'

type Order = { readonly publish: string } | { readonly blockMs: number } | { readonly trusted: true }

const port = parentPort
if (!port) throw new Error('this is for a worker thread')
const bus = workerBus(workerData as { name: string })
bus.subscribe(({ invalidation, own }) => port.postMessage({ heard: invalidation, own }))
bus.watch(event => port.postMessage({ event }))
port.on('message', async (order: Order) => {
  if ('publish' in order)
    port.postMessage({ published: await bus.publish({ mode: 'delete', keys: [order.publish] }) })
  else if ('blockMs' in order) {
    const end = systemClock.now() + order.blockMs
    while (systemClock.now() < end);
  } else {
    const { trustedSince, leaseMs } = bus.sync()
    port.postMessage({ trusted: systemClock.now() - trustedSince <= leaseMs })
  }
})
port.postMessage({ ready: true })
