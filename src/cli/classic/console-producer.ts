import { Producer } from '../../client/index.ts'
import type { ClientProperties } from '../../client/types.ts'
import { CONSOLE_BATCH_BYTES, ConsoleProduce } from '../../tools/console/produce.ts'
import { type ClientSettings, loadOptionalProperties, parsePairs } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, signalCode } from '../exit.ts'
import { lostRecords } from '../lost-records.ts'
import { warnings } from '../warnings.ts'
import { CommandLine, finish } from './command-line.ts'
import { consoleProducerOptions } from './console-producer-options.ts'

const DEFAULT_READER = 'org.apache.kafka.tools.LineMessageReader'
/** Names that the reader has had in earlier releases. */
const readers = [DEFAULT_READER, 'kafka.tools.ConsoleProducer$LineMessageReader', 'kafka.tools.LineMessageReader']

/** Apache's kafka-console-producer. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = CommandLine.orUsage(context, consoleProducerOptions, args)
    const names = check(line, context)
    const topic = line.value('topic') as string
    const readerSettings = {
      ...loadOptionalProperties(context.runtime, line.value('reader-config')),
      topic,
      ...parsePairs(line.values(names.readerProperty)),
    }
    const reader = line.value('line-reader') as string
    const confluents = reader.startsWith('io.confluent.') ? await import('./confluent.ts') : undefined
    if (!readers.includes(reader) && !confluents?.isConfluents(reader))
      throw new Error(`There is no line reader ${reader}: custom Java classes cannot be used here.`)
    const producer = new Producer(producerProperties(line, names, context), context.runtime, warnings(context))
    const lost = lostRecords(context)
    let signal: string | undefined
    try {
      signal = await new ConsoleProduce(producer, context.console, context.runtime, {
        topic,
        readerSettings,
        reader: await confluents?.confluentReader(reader, topic, readerSettings, context),
        sync: line.has('sync'),
        onLost: lost.report,
      }).run()
    } finally {
      await producer.close()
    }
    if (signal !== undefined) return signalCode(signal)
    return lost.any ? exitCode.failed : exitCode.done
  })

interface OptionNames {
  readonly config: string
  readonly property: string
  readonly readerProperty: string
}

function check(line: CommandLine, { console }: Context): OptionNames {
  line.helpOrVersion('This tool helps to read data from standard input and publish it to Kafka.')
  line.require('topic')
  line.notBoth('command-config', 'producer.config')
  line.notBoth('command-property', 'producer-property')
  line.notBoth('reader-property', 'property')
  const renamed = (old: string, name: string): string => {
    if (!line.has(old)) return name
    console.out(`Warning: --${old} is deprecated and will be removed in a future version. Use --${name} instead.\n`)
    return old
  }
  const property = renamed('producer-property', 'command-property')
  const config = renamed('producer.config', 'command-config')
  const readerProperty = renamed('property', 'reader-property')
  if (line.has('max-partition-memory-bytes'))
    console.out(
      'Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use --batch-size instead.\n',
    )
  checkServers(line)
  return { property, config, readerProperty }
}

function checkServers(line: CommandLine): void {
  const servers = line.value('bootstrap-server')?.trim()
  if (!servers) line.usage('Error while validating the bootstrap address\n')
  if (!servers.split(',').every((server) => /^(.*?)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/.test(server)))
    line.usage('Please provide valid host:port like host1:9091,host2:9092\n')
}

/** Options and the properties that they stand for; an option that is not given leaves a property from a file alone. */
const merged = {
  timeout: 'linger.ms',
  'request-required-acks': 'acks',
  'request-timeout-ms': 'request.timeout.ms',
  'message-send-max-retries': 'retries',
  'retry-backoff-ms': 'retry.backoff.ms',
  'socket-buffer-size': 'send.buffer.bytes',
  'max-memory-bytes': 'buffer.memory',
  'batch-size': 'batch.size',
  'max-partition-memory-bytes': 'batch.size',
  'metadata-expiry-ms': 'metadata.max.age.ms',
  'max-block-ms': 'max.block.ms',
} as const

function producerProperties(line: CommandLine, names: OptionNames, { runtime }: Context): ClientProperties {
  const properties: ClientSettings = {
    'client.id': 'console-producer',
    'batch.size': String(CONSOLE_BATCH_BYTES),
    ...loadOptionalProperties(runtime, line.value(names.config)),
    ...parsePairs(line.values(names.property)),
    'bootstrap.servers': line.value('bootstrap-server') as string,
    'compression.type': line.has('compression-codec') ? line.value('compression-codec') || 'gzip' : 'none',
  }
  for (const [option, property] of Object.entries(merged)) {
    const value = line.value(option)
    if ((line.has(option) || properties[property] === undefined) && value !== undefined) properties[property] = value
  }
  return properties
}
