import type { Admin, LogDirDescription } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'

export interface BrokerLogDirs {
  readonly broker: number
  readonly logDirs: readonly LogDirDescription[]
}

/** The log directories of brokers with the replicas of some topics, or of all when none is named; throws a broker's error. */
export async function describeLogDirs(
  admin: Admin,
  brokers: readonly number[] | undefined,
  topics: readonly string[],
): Promise<BrokerLogDirs[]> {
  const answers = await admin.describeLogDirs(brokers)
  return Array.from(answers, ([broker, answer]) => {
    if (answer instanceof KafkaError) throw answer
    const isWanted = ({ topic }: { readonly topic: string }) => topics.length === 0 || topics.includes(topic)
    return { broker, logDirs: answer.map((dir) => ({ ...dir, replicas: dir.replicas.filter(isWanted) })) }
  })
}

/** In the shape, and with the order of names, of Apache's kafka-log-dirs. */
export const logDirsJson = (brokers: readonly BrokerLogDirs[]): object => ({
  brokers: brokers.map(({ broker, logDirs }) => ({
    broker,
    logDirs: logDirs.map(({ path, error, replicas }) => ({
      partitions: replicas.map(({ topic, partition, size, offsetLag, future }) => ({
        partition: `${topic}-${partition}`,
        size,
        offsetLag,
        isFuture: future,
      })),
      error: error?.exception ?? null,
      logDir: path,
    })),
  })),
  version: 1,
})
