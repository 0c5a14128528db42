import { DescribeLogDirs } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { holdsCordoned } from '../../metadata/replica-directories.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function describeLogDirs(broker: BrokerServices): Handler {
  return handler(DescribeLogDirs, ({ topics }, { access }) => {
    access.check('DESCRIBE', 'CLUSTER')
    const wanted =
      topics && new Set(topics.flatMap(({ topic, partitions }) => partitions.map((index) => `${topic}/${index}`)))
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      results: broker.logs.dirInfo().map(({ path, failed, cordoned, logs, space }) => {
        const found = new Map<
          string,
          { partitionIndex: number; partitionSize: number; offsetLag: number; isFutureKey: boolean }[]
        >()
        for (const { topic, partition, size, offsetLag, isFuture } of logs) {
          if (wanted && !wanted.has(`${topic}/${partition}`)) continue
          const list = found.get(topic) ?? []
          if (list.length === 0) found.set(topic, list)
          list.push({ partitionIndex: partition, partitionSize: size, offsetLag, isFutureKey: isFuture })
        }
        return {
          errorCode: failed ? Errors.KAFKA_STORAGE_ERROR : Errors.NONE,
          logDir: path,
          topics: [...found].map(([name, partitions]) => ({ name, partitions })),
          totalBytes: space?.total ?? -1,
          usableBytes: space?.usable ?? -1,
          isCordoned: cordoned && holdsCordoned(broker.image),
        }
      }),
    }
  })
}
