import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { KafkaStreams, type StreamsBuilder } from '../../src/streams/index.ts'

/** Runs a program in this process, with sessions and transactions that are soon over; prints `running` when its tasks run. */
export async function runUntilKilled(
  builder: StreamsBuilder,
  application: { readonly bootstrap: string; readonly id: string; readonly guarantee: string },
  properties: Readonly<Record<string, number>> = {},
): Promise<void> {
  const streams = new KafkaStreams(
    builder.build(),
    {
      'bootstrap.servers': application.bootstrap,
      'application.id': application.id,
      'processing.guarantee': application.guarantee,
      'commit.interval.ms': 50,
      'producer.linger.ms': 5,
      'producer.transaction.timeout.ms': 2000,
      'consumer.session.timeout.ms': 1500,
      'consumer.heartbeat.interval.ms': 300,
      'statestore.cache.max.bytes': 0,
      ...properties,
    },
    nodeRuntime,
    { onError: (error) => console.error(error.message) },
  )
  await streams.start()
  console.log('running')
}
