import type { NodeClient } from '../../../client/node.ts'
import { ListOffsets } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { LeaderBounds } from './copying.ts'
import type { WantedPartition } from './fetch-session.ts'

const LATEST = -1
const EARLIEST = -2

/** Asks a leader, as a follower of it, where its log begins and ends. Rejects with a `KafkaError` or an error of the connection. */
export async function leaderBounds(
  leader: Pick<NodeClient, 'send'>,
  replicaId: number,
  asked: WantedPartition,
): Promise<LeaderBounds> {
  const ask = async (timestamp: number): Promise<number> => {
    const { topic, partition, currentLeaderEpoch } = asked
    const partitions = [{ partitionIndex: partition, currentLeaderEpoch, timestamp }]
    const request = { replicaId, isolationLevel: 0, topics: [{ name: topic, partitions }] }
    const { topics } = await leader.send(ListOffsets, request)
    const answer = topics[0]?.partitions[0]
    if (!answer) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'The leader gave no offsets')
    if (answer.errorCode !== Errors.NONE) throw new KafkaError(answer.errorCode)
    return answer.offset
  }
  return { end: await ask(LATEST), start: await ask(EARLIEST) }
}
