import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { KafkaStreams, StreamsBuilder, serdes } from '../../src/streams/index.ts'

/** A process that joins two tables by a foreign key, until it is killed: servers, application id, guarantee. */
const [bootstrap = '', id = '', guarantee = ''] = process.argv.slice(2)
const texts = { key: serdes.string, value: serdes.string }
const builder = new StreamsBuilder()
builder
  .table<string, string>(`${id}-orders`, texts)
  .leftJoin(
    builder.table<string, string>(`${id}-users`, texts),
    (order) => order.split(' ')[0],
    (order, user) => `${order} ${user}`,
  )
  .toStream()
  .to(`${id}-out`, texts)
const streams = new KafkaStreams(
  builder.build(),
  {
    'bootstrap.servers': bootstrap,
    'application.id': id,
    'processing.guarantee': guarantee,
    'commit.interval.ms': 50,
    'producer.linger.ms': 5,
    'producer.transaction.timeout.ms': 2000,
    'consumer.session.timeout.ms': 1500,
    'consumer.heartbeat.interval.ms': 300,
    'statestore.cache.max.bytes': 0,
  },
  nodeRuntime,
  { onError: (error) => console.error(error.message) },
)
await streams.start()
console.log('running')
