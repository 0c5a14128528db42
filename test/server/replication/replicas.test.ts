import { expect, it } from 'vitest'
import { runReplicas } from '../../support/replicas/scenario.ts'

const SEEDS = 42
const GROUPS = 6

it.each(Array.from({ length: GROUPS }, (_, group) => group))(
  'loses, doubles and reorders nothing that was acknowledged, while brokers fail: seeds of group %i',
  async (group) => {
    for (let seed = 1 + group; seed <= SEEDS; seed += GROUPS) {
      const { complaints, acknowledged, faults } = await runReplicas(seed)
      expect(complaints, `seed ${seed}`).toEqual([])
      expect(acknowledged).toBeGreaterThan(50)
      expect(faults).toBeGreaterThan(3)
    }
  },
  60_000,
)

it('runs a seed the same way twice', async () => {
  const [first, second] = [await runReplicas(7), await runReplicas(7)]
  expect(second.fingerprint).toBe(first.fingerprint)
})
