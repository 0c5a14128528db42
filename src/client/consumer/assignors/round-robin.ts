import { inOrder, wantedTopics } from './order.ts'
import type { Assignment, Assignor, GroupMember } from './types.ts'

/** All partitions of all topics are dealt out in a circle, past members that do not want the topic. */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  cooperative: false,
  userData: () => null,
  assign(counts, members) {
    const assignment: Assignment = new Map(members.map(({ memberId }) => [memberId, []]))
    const circle = inOrder(members)
    let turn = 0
    const next = () => circle[turn++ % circle.length] as GroupMember
    for (const topic of wantedTopics(members, counts))
      for (let partition = 0; partition < (counts.get(topic) as number); partition++) {
        let taker = next()
        while (!taker.topics.includes(topic)) taker = next()
        assignment.get(taker.memberId)?.push({ topic, partition })
      }
    return assignment
  },
}
