import type { GroupMember } from './types.ts'

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Members in the order in which Apache's assignors serve them: static ones first, by instance id, the others by member id. */
export function inOrder(members: readonly GroupMember[]): GroupMember[] {
  return [...members].sort((a, b) => {
    if (a.groupInstanceId !== undefined && b.groupInstanceId !== undefined)
      return compare(a.groupInstanceId, b.groupInstanceId)
    if (a.groupInstanceId !== undefined) return -1
    if (b.groupInstanceId !== undefined) return 1
    return compare(a.memberId, b.memberId)
  })
}

/** Topics that somebody wants and that exist, by name. */
export function wantedTopics(members: readonly GroupMember[], counts: ReadonlyMap<string, number>): string[] {
  const topics = new Set(members.flatMap((member) => [...member.topics]))
  return [...topics].filter((topic) => counts.has(topic)).sort()
}
