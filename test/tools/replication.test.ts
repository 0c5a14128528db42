import { describe, expect, it } from 'vitest'
import { planReplicas } from '../../src/tools/topics/replication.ts'

const node = (id: number, rack?: string) => ({ id, host: 'h', port: 1, rack })
const partition = (index: number, replicas: number[], { isr = replicas, leader = replicas[0] as number } = {}) => ({
  partition: index,
  leader: node(leader),
  replicas: replicas.map((id) => node(id)),
  isr: isr.map((id) => node(id)),
})
const targets = (...args: Parameters<typeof planReplicas>) => planReplicas(...args).map(({ to }) => to)

describe('another replication factor', () => {
  const brokers = [node(1), node(2), node(3)]

  it('spreads new replicas evenly, and leaves leaders where they are', () => {
    const partitions = [0, 1, 2, 3, 4, 5].map((index) => partition(index, [(index % 3) + 1]))
    const two = targets(partitions, brokers, 2)
    expect(two.map(([first]) => first)).toEqual([1, 2, 3, 1, 2, 3])
    const counts = [1, 2, 3].map((id) => two.flat().filter((replica) => replica === id).length)
    expect(counts).toEqual([4, 4, 4])
    expect(two.every((replicas) => new Set(replicas).size === 2)).toBe(true)
  })

  it('goes to other racks first', () => {
    const racks = [node(1, 'a'), node(2, 'a'), node(3, 'b')]
    expect(targets([partition(0, [1]), partition(1, [2])], racks, 2)).toEqual([
      [1, 3],
      [2, 3],
    ])
    expect(targets([partition(0, [1])], racks, 3)).toEqual([[1, 3, 2]])
  })

  it('takes away what is not in sync, then what is on the fullest brokers, and leaders last', () => {
    expect(targets([partition(0, [1, 2, 3], { isr: [1, 3] })], brokers, 2)).toEqual([[1, 3]])
    expect(targets([partition(0, [1, 2, 3], { leader: 3 })], brokers, 1)).toEqual([[3]])
    expect(targets([partition(0, [1, 2]), partition(1, [3, 2])], brokers, 1)).toEqual([[1], [3]])
  })

  it('changes nothing where it is so already, and needs enough brokers', () => {
    expect(targets([partition(0, [1, 2])], brokers, 2)).toEqual([])
    expect(() => targets([partition(0, [1])], brokers, 4)).toThrow('4 replicas need as many brokers, and there are 3.')
  })
})
