import { Admin } from '../../src/client/index.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { endpointOf, type Nodes, type SimNode } from './nodes.ts'
import type { Chance } from './world.ts'

export interface VoterSurroundings {
  readonly nodes: Nodes
  readonly chance: Chance
  /** Controllers are nodes of their own: one may lose its disk without taking replicas along. */
  readonly apart: boolean
  client(name: string): Runtime
  sleep(ms: number): Promise<void>
  trace(line: string): void
}

/** Takes one controller after the other its vote, and gives it back, until all is well; at the end all have theirs. Gives how often a vote was given. */
export async function changeVoters(around: VoterSurroundings, isOver: () => boolean): Promise<number> {
  const { nodes, chance, sleep } = around
  const addresses = nodes.controllers.map(({ id }) => endpointOf(id)).map(({ host, port }) => `${host}:${port}`)
  const servers = { 'bootstrap.controllers': addresses.join(','), 'default.api.timeout.ms': 20_000 }
  const admin = new Admin(servers as never, around.client('voters-admin'))
  const giving = new Giving(around, admin)
  if (!nodes.votersInLog) await raise(around, admin)
  while (!isOver()) {
    await sleep(chance.between(200, 4000))
    // The leader is as good a choice as any.
    const node = nodes.controllers[chance.int(nodes.controllers.length)] as SimNode
    if (!(await giving.take(node))) continue
    if (around.apart && node.server && chance.bool(0.3)) {
      around.trace(`${node.host.name} loses its disk`)
      node.loseDisk()
    }
    await sleep(chance.between(0, 4000))
    await giving.give(node)
  }
  // Whoever was left without a vote by a change whose answer was lost.
  for (const node of nodes.controllers) await giving.give(node)
  await admin.close()
  return giving.given
}

/** Has the voters, which the properties name, written into the log, whatever it takes. */
async function raise({ nodes, trace, sleep }: VoterSurroundings, admin: Admin): Promise<void> {
  while (!nodes.votersInLog)
    try {
      await sleep(1000)
      const answer = await admin.updateFeatures([{ feature: 'kraft.version', level: 1, change: 'upgrade' }])
      const error = answer.get('kraft.version')
      trace(`kraft.version 1: ${error?.message ?? 'done'}`)
      nodes.votersInLog = error === undefined
    } catch (error) {
      trace(`kraft.version stays, or does not: ${(error as Error).message}`)
    }
}

class Giving {
  given = 0

  constructor(
    private readonly around: VoterSurroundings,
    private readonly admin: Admin,
  ) {}

  /** Whether it has no vote any more. */
  async take(node: SimNode): Promise<boolean> {
    const { id, directoryId } = node
    const { trace } = this.around
    try {
      await this.admin.removeRaftVoter({ id, directoryId })
      trace(`${node.host.name} has no vote any more`)
      return true
    } catch (error) {
      trace(`${node.host.name} keeps its vote, or not: ${(error as Error).message}`)
      return false
    }
  }

  /** Does not end before it has one. */
  async give(node: SimNode): Promise<void> {
    const { id, directoryId } = node
    const { trace, sleep } = this.around
    while (!(await this.isVoter(node))) {
      try {
        await this.admin.addRaftVoter({ id, directoryId }, [endpointOf(id)])
        trace(`${node.host.name} has a vote`)
        this.given++
      } catch (error) {
        trace(`${node.host.name} gets no vote, or does: ${(error as Error).message}`)
        await sleep(500)
      }
    }
  }

  private async isVoter({ id, directoryId }: SimNode): Promise<boolean> {
    for (;;)
      try {
        const { voters } = await this.admin.describeMetadataQuorum()
        return voters.some((voter) => voter.replicaId === id && voter.directoryId === directoryId)
      } catch (error) {
        this.around.trace(`the quorum is not described: ${(error as Error).message}`)
        await this.around.sleep(500)
      }
  }
}
