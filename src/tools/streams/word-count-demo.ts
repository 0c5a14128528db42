import { Admin, type ClientProperties, KafkaError } from '../../client/index.ts'
import { withProviders } from '../../config/config-providers.ts'
import { streamsConfig } from '../../config/streams.ts'
import type { Runtime } from '../../runtime/index.ts'
import { KafkaStreams, StreamsBuilder, type StreamsHooks, serdes, type Topology } from '../../streams/index.ts'

const INPUT = 'streams-plaintext-input'
const OUTPUT = 'streams-wordcount-output'
/** What the demo of the ZooKeeper era reads. */
const ERA_INPUT = 'streams-file-input'
/** How long that one runs. */
const ERA_MS = 5000

const STRING_SERDE = 'org.apache.kafka.common.serialization.Serdes$StringSerde'

const defaults = {
  'application.id': 'streams-wordcount',
  'bootstrap.servers': 'localhost:9092',
  'default.key.serde': STRING_SERDE,
  'default.value.serde': STRING_SERDE,
  'auto.offset.reset': 'earliest',
} as const

/** The words of a line as Java's `split` gives them: none after the last separator, an empty one before a first. */
export function wordsOf(line: string): string[] {
  const words = line.toLowerCase().split(/\W+/)
  if (words.length === 1) return words
  while (words.at(-1) === '') words.pop()
  return words
}

/** Counts the words of a topic's values into another one. */
function wordCountTopology(input: string): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>(input)
    .flatMapValues(wordsOf)
    .groupBy((_, word) => word)
    .count()
    .toStream()
    .to(OUTPUT, { key: serdes.string, value: serdes.long })
  return builder.build()
}

/** Apache's WordCountDemo, of today or of the ZooKeeper era: `pick` says which by the topics that are there. */
export class WordCountDemo {
  constructor(
    private readonly given: ClientProperties,
    private readonly runtime: Runtime,
    private readonly hooks: StreamsHooks,
  ) {}

  /** Runs until the signal, that of the era for about five seconds. Rejects with what ended it before. */
  async run(stop: AbortSignal): Promise<void> {
    const isEra = await this.isEra(stop)
    if (stop.aborted) return
    // Today's shows every change, that of the era the newest count of a commit.
    const cache = isEra ? {} : { 'statestore.cache.max.bytes': 0 }
    const properties = { ...defaults, ...cache, ...this.given }
    const topology = wordCountTopology(isEra ? ERA_INPUT : INPUT)
    const streams = new KafkaStreams(topology, properties, this.runtime, this.hooks)
    const close = () => void streams.close()
    stop.addEventListener('abort', close)
    try {
      await streams.start()
      const timer = isEra ? this.runtime.clock.timer(ERA_MS, close) : undefined
      await streams.untilEnd().finally(() => timer?.cancel())
    } finally {
      stop.removeEventListener('abort', close)
    }
  }

  /** The demo of the era is meant where its topic is there, and today's is not. */
  private async isEra(stop: AbortSignal): Promise<boolean> {
    const { clients } = streamsConfig(withProviders({ ...defaults, ...this.given }, this.runtime, this.hooks.remark))
    const admin = new Admin(clients.admin, this.runtime, this.hooks)
    const close = () => admin.close()
    stop.addEventListener('abort', close)
    try {
      const found = await admin.describeTopics([INPUT, ERA_INPUT])
      const isThere = (topic: string) => !(found.get(topic) instanceof KafkaError)
      return !isThere(INPUT) && isThere(ERA_INPUT)
    } catch (error) {
      if (stop.aborted) return false
      throw error
    } finally {
      stop.removeEventListener('abort', close)
      admin.close()
    }
  }
}
