import { AlterReplicaLogDirs, DescribeLogDirs } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster } from '../cluster.ts'
import { byBroker, itemError } from '../fan-out.ts'
import { groupByTopic, partitionKey } from '../types.ts'
import type { LogDirDescription, ReplicaMove } from './types.ts'

/** Of the given brokers, or of all. */
export async function describeLogDirs(
  cluster: Cluster,
  brokers?: readonly number[],
): Promise<Map<number, readonly LogDirDescription[] | KafkaError>> {
  const call = 'describeLogDirs'
  if (!brokers) await cluster.refreshUntil({ call })
  const ids = brokers ?? cluster.metadata.allNodes().map(({ id }) => id)
  const answers = await byBroker<readonly LogDirDescription[]>(cluster, ids, { call }, async (node) => {
    const response = await node.send(DescribeLogDirs, { topics: null })
    return itemError(response.errorCode, null) ?? response.results.map(logDir)
  })
  return new Map(Array.from(answers, ([id, answer]) => [Number(id), answer]))
}

function logDir(row: ResponseOf<typeof DescribeLogDirs>['results'][number]): LogDirDescription {
  return {
    path: row.logDir,
    error: itemError(row.errorCode, null),
    totalBytes: row.totalBytes < 0 ? undefined : row.totalBytes,
    usableBytes: row.usableBytes < 0 ? undefined : row.usableBytes,
    replicas: row.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
        topic: name,
        partition: partitionIndex,
        size: partitionSize,
        offsetLag,
        future: isFutureKey,
      })),
    ),
  }
}

/** Begins to move replicas between the log directories of their brokers (KIP-113); an answer says no more than that it has begun. */
export async function alterReplicaLogDirs(
  cluster: Cluster,
  moves: readonly ReplicaMove[],
): Promise<Map<string, KafkaError | undefined>> {
  const call = 'alterReplicaLogDirs'
  const brokers = [...new Set(moves.map(({ broker }) => broker))]
  const answers = await Promise.all(
    brokers.map(async (id) => {
      const dirs = directoriesOf(moves.filter(({ broker }) => broker === id))
      return byBroker(cluster, [id], { call }, (node) => node.send(AlterReplicaLogDirs, { dirs }))
    }),
  )
  const byId = new Map(answers.flatMap((answer) => [...answer]))
  return new Map(moves.map((move) => [replicaKey(move), errorOf(move, byId.get(String(move.broker)))]))
}

/** As `topic-partition-broker`. */
export const replicaKey = ({ topic, partition, broker }: Omit<ReplicaMove, 'path'>): string =>
  `${partitionKey(topic, partition)}-${broker}`

const directoriesOf = (moves: readonly ReplicaMove[]) =>
  [...new Set(moves.map(({ path }) => path))].map((path) => ({
    path,
    topics: Array.from(groupByTopic(moves.filter((move) => move.path === path)), ([name, items]) => ({
      name,
      partitions: items.map(({ partition }) => partition),
    })),
  }))

function errorOf(
  { topic, partition }: ReplicaMove,
  answer: ResponseOf<typeof AlterReplicaLogDirs> | KafkaError | undefined,
): KafkaError | undefined {
  if (answer instanceof KafkaError) return answer
  const rows = answer?.results.find(({ topicName }) => topicName === topic)?.partitions ?? []
  const row = rows.find(({ partitionIndex }) => partitionIndex === partition)
  if (!row) return new KafkaError('UNKNOWN_SERVER_ERROR', 'The broker left this replica out of its answer.')
  return itemError(row.errorCode, null)
}
