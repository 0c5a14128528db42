import { inOrder, wantedTopics } from './order.ts'
import type { Assignment, Assignor } from './types.ts'

/** Each topic is cut into ranges, one for each member that wants it; the first members get one more where it does not come out even. */
export const rangeAssignor: Assignor = {
  name: 'range',
  cooperative: false,
  userData: () => null,
  assign(counts, members) {
    const assignment: Assignment = new Map(members.map(({ memberId }) => [memberId, []]))
    for (const topic of wantedTopics(members, counts)) {
      const takers = inOrder(members.filter((member) => member.topics.includes(topic)))
      const count = counts.get(topic) as number
      let partition = 0
      for (const [index, { memberId }] of takers.entries()) {
        const share = Math.floor(count / takers.length) + (index < count % takers.length ? 1 : 0)
        for (let i = 0; i < share; i++) assignment.get(memberId)?.push({ topic, partition: partition++ })
      }
    }
    return assignment
  },
}
