import { DescribeShareGroupOffsets } from '../../../protocol/apis/index.ts'
import { Errors, type KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import { type Uuid, ZERO_UUID } from '../../../std/uuid.ts'
import { ShareGroup } from '../../coordinator/group/modern/share/share-group.ts'
import { type Access, sentenceOf } from '../access/access.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attemptLater } from './attempt.ts'
import { checkShareVersion } from './share-requests.ts'

type Asked = RequestOf<typeof DescribeShareGroupOffsets>['groups'][number]
type Group = ResponseInput<typeof DescribeShareGroupOffsets>['groups'][number]
type Row = Group['topics'][number]['partitions'][number]

/** Where share groups are, and how much is left for them to read. */
export function describeShareGroupOffsets(broker: BrokerServices): Handler {
  return handler(DescribeShareGroupOffsets, async ({ groups }, { access }) => ({
    throttleTimeMs: 0,
    groups: await Promise.all(
      groups.map((asked) =>
        attemptLater<Group>(
          () => describe(broker, access, asked),
          (error) => ({
            ...{ groupId: asked.groupId, topics: [], errorCode: error.code, errorMessage: sentenceOf(error) },
          }),
        ),
      ),
    ),
  }))
}

async function describe(broker: BrokerServices, access: Access, { groupId, topics }: Asked): Promise<Group> {
  checkShareVersion(broker)
  access.check('DESCRIBE', 'GROUP', groupId)
  const group = broker.groups.shard(groupId, true).find(groupId)
  const read = () => (group instanceof ShareGroup ? initialized(broker, group) : [])
  const wanted = topics ?? read().filter(({ topicName }) => access.may('DESCRIBE', 'TOPIC', topicName))
  const rows = wanted.map(async ({ topicName, partitions }) => {
    const refusal = access.refusal('DESCRIBE', 'TOPIC', topicName)
    if (refusal) return { topicName, topicId: ZERO_UUID, partitions: partitions.map((one) => failed(one, refusal)) }
    const topicId = broker.image.topics.get(topicName)?.id
    return {
      ...{ topicName, topicId: topicId ?? ZERO_UUID },
      partitions: await Promise.all(
        partitions.map((partition) => (topicId ? one(broker, { groupId, topicId, partition }) : missing(partition))),
      ),
    }
  })
  return { groupId, topics: await Promise.all(rows), errorCode: Errors.NONE, errorMessage: null }
}

/** All that a group has read. */
const initialized = ({ image }: BrokerServices, { shared }: ShareGroup): NonNullable<Asked['topics']> =>
  shared.initialized.listed().flatMap(({ topicId, partitions }) => {
    const topicName = image.topicNames.get(topicId)
    return topicName === undefined ? [] : [{ topicName, partitions }]
  })

/** Of a topic that is not there nothing is known, which is no error. */
const missing = (partitionIndex: number): Row => ({
  ...{ partitionIndex, startOffset: -1, leaderEpoch: 0, lag: -1, errorCode: Errors.NONE, errorMessage: null },
})

const failed = (partitionIndex: number, { code, message }: KafkaError): Row => ({
  ...{ ...missing(partitionIndex), errorCode: code, errorMessage: message },
})

function one(
  { shareStates, replicas }: BrokerServices,
  key: { readonly groupId: string; readonly topicId: Uuid; readonly partition: number },
): Promise<Row> {
  const { topicId, partition: partitionIndex } = key
  return attemptLater<Row>(
    async () => {
      const { startOffset, leaderEpoch, deliveryCompleteCount } = await shareStates.summary(key)
      const isKnown = startOffset !== -1 && deliveryCompleteCount !== -1
      const end = replicas.find(replicas.topicName(topicId) ?? '', partitionIndex)?.log.highWatermark ?? startOffset
      const lag = isKnown ? end - startOffset - deliveryCompleteCount : -1
      return { partitionIndex, startOffset, leaderEpoch, lag, errorCode: Errors.NONE, errorMessage: null }
    },
    (error) => failed(partitionIndex, error),
  )
}
