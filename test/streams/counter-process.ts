import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { KafkaStreams, StreamsBuilder, serdes } from '../../src/streams/index.ts'

/** A process that counts the values of a topic, until it is killed: servers, application id, from, to, guarantee. */
const [bootstrap = '', id = '', from = '', to = '', guarantee = ''] = process.argv.slice(2)
const builder = new StreamsBuilder()
builder
  .stream<string, string>(from, { key: serdes.string, value: serdes.string })
  .groupBy((_, value) => value, { key: serdes.string, value: serdes.string })
  .count()
  .toStream()
  .to(to, { value: serdes.long })
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
