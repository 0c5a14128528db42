import { Admin, type ClientHooks, Consumer, Producer } from '../../client/index.ts'
import type { StreamsConfig } from '../../config/streams.ts'
import type { Runtime } from '../../runtime/index.ts'

/** The clients of an instance. */
export interface StreamsClients {
  readonly consumer: Consumer
  readonly restore: Consumer
  /** Where the topology has global stores. */
  readonly global: Consumer | undefined
  /** With exactly once another takes its place when it was fenced. */
  producer: Producer
  /** Makes another producer with the same properties. */
  readonly newProducer: () => Producer
  readonly admin: Admin
  readonly isExactlyOnce: boolean
}

/** A transaction ends a commit interval; what a crashed instance left open holds up others for that long. */
const TRANSACTION_MS = 10_000

/** Makes the clients with the defaults that Java's application gives its own. Throws `ConfigError`. */
export function makeClients(
  { values, clients }: StreamsConfig,
  processId: string,
  hasGlobalStores: boolean,
  runtime: Runtime,
  hooks: ClientHooks,
): StreamsClients {
  const application = values['application.id']
  const instance = values['client.id'] || `${application}-${processId}`
  const base = `${instance}-StreamThread-1`
  const isExactlyOnce = values['processing.guarantee'] === 'exactly_once_v2'
  const reading = {
    'max.poll.records': 1000,
    ...(isExactlyOnce && { 'isolation.level': 'read_committed' }),
  }
  const readingOnly = { 'enable.auto.commit': false, 'allow.auto.create.topics': false }
  const transactions = { 'transactional.id': `${application}-${processId}-1`, 'enable.idempotence': true }
  const newProducer = () =>
    new Producer(
      {
        'linger.ms': 100,
        ...(isExactlyOnce && { 'transaction.timeout.ms': TRANSACTION_MS }),
        ...clients.producer,
        ...(isExactlyOnce && transactions),
        'client.id': `${base}-producer`,
      },
      runtime,
      hooks,
    )
  return {
    isExactlyOnce,
    consumer: new Consumer(
      {
        ...reading,
        'auto.offset.reset': 'earliest',
        ...clients.consumer,
        ...readingOnly,
        'group.id': application,
        'partition.assignment.strategy': 'range',
        'client.id': `${base}-consumer`,
      },
      runtime,
      hooks,
    ),
    restore: new Consumer(
      {
        ...reading,
        ...clients.restore,
        ...readingOnly,
        'auto.offset.reset': 'earliest',
        'client.id': `${base}-restore-consumer`,
      },
      runtime,
      hooks,
    ),
    global: hasGlobalStores
      ? new Consumer(
          {
            ...reading,
            ...clients.global,
            ...readingOnly,
            // What is read from is said; nothing of a table may be passed over.
            'auto.offset.reset': 'none',
            'client.id': `${instance}-global-consumer`,
          },
          runtime,
          hooks,
        )
      : undefined,
    producer: newProducer(),
    newProducer,
    admin: new Admin({ ...clients.admin, 'client.id': `${base}-admin` }, runtime, hooks),
  }
}
