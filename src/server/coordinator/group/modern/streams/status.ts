import type { StreamsMember } from './member.ts'
import type { Topology } from './records.ts'

/** What a heartbeat tells a member beside its tasks, as StreamsGroupHeartbeat numbers it. */
export const StatusCode = {
  staleTopology: 0,
  missingSourceTopics: 1,
  incorrectlyPartitionedTopics: 2,
  missingInternalTopics: 3,
  shutdownApplication: 4,
  assignmentDelayed: 5,
} as const

export interface Status {
  readonly statusCode: number
  readonly statusDetail: string
}

/** Thrown for what keeps a topology from running, and may go away. */
export class Problem extends Error {
  constructor(readonly status: Status) {
    super(status.statusDetail)
  }
}

export const problem = (statusCode: number, statusDetail: string): Problem => new Problem({ statusCode, statusDetail })

/** A member with an older topology than the group's goes on with that. */
export function stale({ topologyEpoch }: StreamsMember, { epoch }: Topology): Status[] {
  if (topologyEpoch >= epoch) return []
  const statusDetail = `The member's topology epoch ${topologyEpoch} is behind the group's topology epoch ${epoch}.`
  return [{ statusCode: StatusCode.staleTopology, statusDetail }]
}

/** Topics are missing, and could not be made. */
export function withFailure(status: Status, creationFailure: string | undefined): Status {
  if (status.statusCode !== StatusCode.missingInternalTopics || creationFailure === undefined) return status
  return { ...status, statusDetail: `${status.statusDetail}; Creation failed: ${creationFailure}.` }
}

/** Some member wants the whole application to stop. */
export const shutdown = (memberId: string | undefined): Status[] =>
  memberId === undefined
    ? []
    : [
        {
          statusCode: StatusCode.shutdownApplication,
          statusDetail: `Streams group member ${memberId} encountered a fatal error and requested a shutdown for the entire application.`,
        },
      ]
