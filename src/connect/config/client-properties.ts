import type { ConnectorConfig } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { type WorkerConfig, withPrefix } from './worker-config.ts'

type ClientKind = 'producer' | 'consumer' | 'admin'

const principal = /^(sasl\.jaas\.config|sasl\.mechanism|security\.protocol)$/

/** What a connector sets for its clients; throws where the worker's policy forbids it. */
function overrides(kind: ClientKind, worker: WorkerConfig, config: ConnectorConfig): Record<string, string> {
  const found = withPrefix(config, `${kind}.override.`)
  const forbidden = Object.keys(found).filter(
    (name) => worker.policy === 'None' || (worker.policy === 'Principal' && !principal.test(name)),
  )
  if (forbidden.length > 0)
    throw new ConnectError(
      `The worker's connector.client.config.override.policy ${worker.policy} does not let connectors set ${forbidden.map((name) => `${kind}.override.${name}`).join(', ')}.`,
    )
  return found
}

const servers = (worker: WorkerConfig) => ({ 'bootstrap.servers': worker['bootstrap.servers'].join(',') })

const clientId = (worker: WorkerConfig, role: string, task: string): string =>
  `${worker['client.id'] === '' ? '' : `${worker['client.id']}-`}connector-${role}-${task}`

/** Of the producer of a source task: nothing is given up, nothing written twice, nothing overtakes. */
export const producerProperties = (worker: WorkerConfig, config: ConnectorConfig, task: string) => ({
  ...servers(worker),
  'max.block.ms': '9223372036854775807',
  'delivery.timeout.ms': '2147483647',
  acks: 'all',
  'max.in.flight.requests.per.connection': '1',
  'client.id': clientId(worker, 'producer', task),
  ...withPrefix(worker.given, 'producer.'),
  ...overrides('producer', worker, config),
})

/** Of the consumer of a sink task; offsets are committed by the task alone. */
export const consumerProperties = (worker: WorkerConfig, config: ConnectorConfig, name: string, task: string) => ({
  ...servers(worker),
  'group.id': groupOf(name, worker, config),
  'auto.offset.reset': 'earliest',
  'client.id': clientId(worker, 'consumer', task),
  ...withPrefix(worker.given, 'consumer.'),
  ...overrides('consumer', worker, config),
  'enable.auto.commit': 'false',
})

/** The group in which a sink's tasks read. */
export const groupOf = (name: string, worker: WorkerConfig, config: ConnectorConfig): string =>
  (worker.policy === 'All' ? config['consumer.override.group.id'] : undefined) ??
  worker.given['consumer.group.id'] ??
  `connect-${name}`

export const deadLetterProducerProperties = (worker: WorkerConfig, config: ConnectorConfig, task: string) => ({
  ...producerProperties(worker, config, task),
  'client.id': clientId(worker, 'dlq-producer', task),
})

/** Of the admin client that works for a connector. */
export const adminProperties = (worker: WorkerConfig, config: ConnectorConfig = {}) => ({
  ...servers(worker),
  ...securityOf(worker),
  ...withPrefix(worker.given, 'admin.'),
  ...overrides('admin', worker, config),
})

/** Names that mean the same for clients of every kind. */
export const ofAllClients =
  /^(client\.dns\.lookup|metadata\..*|(reconnect|retry)\.backoff(\.max)?\.ms|(request\.timeout|connections\.max\.idle)\.ms|socket\.connection\.setup\.timeout(\.max)?\.ms|(send|receive)\.buffer\.bytes)$/

/** Of a client that a worker has for itself, by what it is for. */
export const internalProperties = (worker: WorkerConfig, clientId: string): Record<string, string> => ({
  'request.timeout.ms': '40000',
  ...Object.fromEntries(Object.entries(worker.given).filter(([name]) => ofAllClients.test(name))),
  ...servers(worker),
  ...securityOf(worker),
  'client.id': clientId,
})

/** The worker's own login and certificates are for its admin client alone, as in Apache's. */
const securityOf = (worker: WorkerConfig): Record<string, string> =>
  Object.fromEntries(Object.entries(worker.given).filter(([name]) => /^(security|sasl|ssl)\./.test(name)))
