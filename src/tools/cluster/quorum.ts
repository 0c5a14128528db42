import type { Admin, QuorumDescription, QuorumReplica } from '../../client/index.ts'

export interface QuorumMember extends QuorumReplica {
  readonly status: 'Leader' | 'Follower' | 'Observer'
  /** Records that it is behind the leader. */
  readonly lag: number
}

export interface QuorumView extends QuorumDescription {
  readonly clusterId: string
  /** The leader first, then the other voters, then the observers. */
  readonly members: readonly QuorumMember[]
  readonly maxFollowerLag: number
  /** Milliseconds; undefined when a voter that lags was never caught up. */
  readonly maxFollowerLagMs: number | undefined
}

export async function describeQuorum(admin: Admin): Promise<QuorumView> {
  const [{ clusterId }, quorum] = await Promise.all([admin.describeCluster(), admin.describeMetadataQuorum()])
  const leader = quorum.voters.find(({ replicaId }) => replicaId === quorum.leaderId)
  if (!leader) throw new Error(`The quorum's leader ${quorum.leaderId} is not among its voters.`)
  const member = (replica: QuorumReplica, status: QuorumMember['status']): QuorumMember => ({
    ...replica,
    status,
    lag: leader.logEndOffset - replica.logEndOffset,
  })
  const followers = quorum.voters.filter((voter) => voter !== leader)
  const slowest = Math.min(...quorum.voters.map(({ logEndOffset }) => logEndOffset))
  const maxFollowerLag = leader.logEndOffset - slowest
  return {
    ...quorum,
    clusterId,
    members: [
      member(leader, 'Leader'),
      ...followers.map((voter) => member(voter, 'Follower')),
      ...quorum.observers.map((observer) => member(observer, 'Observer')),
    ],
    maxFollowerLag,
    maxFollowerLagMs: maxFollowerLag === 0 ? 0 : lagMs(leader, followers),
  }
}

function lagMs(leader: QuorumReplica, followers: readonly QuorumReplica[]): number | undefined {
  const times = followers.map(({ lastCaughtUpTimestamp }) => lastCaughtUpTimestamp)
  const known = times.filter((time) => time !== undefined)
  if (leader.lastCaughtUpTimestamp === undefined || known.length < times.length) return undefined
  return leader.lastCaughtUpTimestamp - Math.min(...known)
}
