import { afterEach, expect, it } from 'vitest'
import { Admin } from '../../src/index.ts'
import { ProcessCluster } from '../support/cluster.ts'

let cluster: ProcessCluster | undefined
afterEach(() => cluster?.close())

/** A controller keeps a fetch that finds nothing for half a second: nobody waits so long for what is committed (KIP-1166). */
it('has every node know of a new topic at once', async () => {
  cluster = await ProcessCluster.start(3, 3)
  const admins = cluster.bootstrap.split(',').map((at) => new Admin({ 'bootstrap.servers': at }))
  const knows = async (admin: Admin, name: string): Promise<void> => {
    while (!JSON.stringify(await admin.listTopics()).includes(`"${name}"`))
      await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (const admin of admins) await expect.poll(async () => (await admin.describeCluster()).nodes.length).toBe(3)
  const waited: number[] = []
  for (let n = 0; n < 9; n++) {
    const name = `t${n}`
    await admins[n % 3]?.createTopics([{ name, partitions: 1, replicationFactor: 1 }])
    const start = performance.now()
    await Promise.all(admins.map((admin) => knows(admin, name)))
    waited.push(performance.now() - start)
  }
  for (const admin of admins) await admin.close()
  // One that is late among nine is the machine's business.
  expect(waited.sort((a, b) => a - b)[6]).toBeLessThan(300)
}, 60_000)
