import type { Admin } from '../../src/client/index.ts'
import { type Nodes, SECOND_DIR } from './nodes.ts'
import type { Chance } from './world.ts'

export interface MoveSurroundings {
  readonly nodes: Nodes
  readonly admin: Admin
  readonly chance: Chance
  sleep(ms: number): Promise<void>
  trace(line: string): void
}

/** Sends replicas to the other log directory of their brokers, now and then, until that is enough. Gives how often one was begun to be moved. */
export async function moveReplicas(around: MoveSurroundings, isOver: () => boolean): Promise<number> {
  const { admin, chance, nodes, sleep, trace } = around
  let begun = 0
  while (!isOver()) {
    await sleep(chance.between(100, 2000))
    const broker = nodes.brokers[chance.int(nodes.brokers.length)]?.id as number
    const dirs = (await admin.describeLogDirs([broker])).get(broker)
    // It may be away, or without one of them.
    if (!dirs || dirs instanceof Error || dirs.some(({ error }) => error)) continue
    const moves = dirs.flatMap(({ path, replicas }) =>
      replicas
        .filter(({ future }) => !future && chance.bool(0.3))
        .map(({ topic, partition }) => ({ topic, partition, broker, path: otherThan(path) })),
    )
    for (const [replica, error] of await admin.alterReplicaLogDirs(moves)) {
      trace(`${replica} is to move: ${error?.error ?? 'begun'}`)
      if (!error) begun++
    }
  }
  return begun
}

const otherThan = (path: string): string => (path === SECOND_DIR ? '/data' : SECOND_DIR)
