import { Flags } from '@oclif/core'
import { type ClientSettings, parsePairs } from '../cli/client-config.ts'
import { Exit, exitCode, signalCode } from '../cli/exit.ts'
import { lostRecords } from '../cli/lost-records.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { propertyFlag, topicArgument } from '../cli/native/flags.ts'
import { showProgress } from '../cli/native/progress.ts'
import { protoFlags, registryFlags, writingAsksForSchemas, writingFlags } from '../cli/native/schema-flags.ts'
import { warnings } from '../cli/warnings.ts'
import { Producer } from '../client/index.ts'
import { JsonRecordReader } from '../tools/console/json-reader.ts'
import { LineReader } from '../tools/console/line-reader.ts'
import { CONSOLE_BATCH_BYTES, ConsoleProduce, type RecordReader } from '../tools/console/produce.ts'
import { paced, withExtras } from '../tools/console/produce-extras.ts'
import { inTransaction } from '../tools/console/transaction.ts'
import { type Encoders, withEncoders } from '../tools/schemas/writing.ts'

export default class ConsoleProducer extends BaseCommand<typeof ConsoleProducer> {
  static override summary = 'Send every line of standard input to a topic'
  static override description =
    'With --input json a line is a record as `console-consumer --output json` prints it: key, value, headers and timestamp, with keyBase64 and valueBase64 for bytes. With --transactional-id all of the input is one transaction: committed at its end, aborted when a record fails or on an interrupt.'
  static override examples = [
    'echo hello | <%= config.bin %> console-producer greetings',
    'echo k:v | <%= config.bin %> console-producer orders --key-separator : --header source=shell --header trace=a1',
    'echo k | <%= config.bin %> console-producer orders --tombstone',
    'seq 20 | <%= config.bin %> console-producer load --rate 100/s --repeat 5',
    `echo '{"key":"k","value":{"total":3},"headers":[{"key":"h","value":"1"}]}' | <%= config.bin %> console-producer orders --input json`,
    `echo '{"id":8}' | <%= config.bin %> console-producer sales --schema-registry http://localhost:8081 --value-schema sale.avsc`,
    `echo '{"id":7}' | <%= config.bin %> console-producer readings --proto reading.proto --proto-message shop.Reading`,
    'echo hello | <%= config.bin %> console-producer orders --compression zstd --property linger.ms=100',
  ]
  static override args = topicArgument
  static override flags = {
    input: Flags.option({
      options: ['lines', 'json'] as const,
      default: 'lines' as const,
      description: 'What a line is',
    })(),
    'key-separator': Flags.string({ char: 'k', description: 'Lines are key and value with this between them' }),
    headers: Flags.boolean({ description: 'Lines begin with headers and a tab: h1:v1,h2:v2' }),
    header: Flags.string({
      char: 'H',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name=value',
      description: 'Header of every record',
    }),
    'null-marker': Flags.string({ description: 'Text that stands for null' }),
    tombstone: Flags.boolean({ exclusive: ['key-separator'], description: 'Lines are keys, whose values are null' }),
    'keep-partition': Flags.boolean({ description: 'Records of JSON go to the partitions that they name' }),
    rate: Flags.string({ helpValue: '100/s', description: 'Records a second at most' }),
    repeat: Flags.integer({ min: 1, default: 1, description: 'Send every record so many times' }),
    compression: Flags.string({
      options: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      default: 'none',
      description: 'Codec',
    }),
    'transactional-id': Flags.string({
      helpValue: 'id',
      description: 'Make all of the input one transaction, under this id',
    }),
    sync: Flags.boolean({ description: 'Wait for every record before the next line' }),
    ...registryFlags,
    ...writingFlags,
    ...protoFlags,
    property: propertyFlag('the producer'),
  }

  async run(): Promise<void> {
    const { flags, context } = this
    const { topic } = this.args
    const reader = await this.reader()
    const around = paced(context.runtime.clock, { repeat: flags.repeat, perSecond: this.rate() })
    await this.checkReachable()
    const producer = new Producer(this.properties(), context.runtime, warnings(context))
    const lost = lostRecords(context)
    const produce = new ConsoleProduce(producer, context.console, context.runtime, {
      topic,
      readerSettings: {},
      reader,
      around,
      sync: flags.sync,
      onLost: lost.report,
    })
    const stopProgress = showProgress(context, () => produce.count * flags.repeat)
    try {
      const signal = await this.produce(producer, produce)
      if (signal !== undefined) throw new Exit(signalCode(signal))
    } finally {
      stopProgress()
      await producer.close()
    }
    await this.output.fields({ topic, lines: produce.count, lost: lost.count }, () => {})
    if (lost.any) throw new Exit(exitCode.failed)
  }

  private produce(producer: Producer, produce: ConsoleProduce): Promise<string | undefined> {
    if (this.properties()['transactional.id'] === undefined) return produce.run()
    return inTransaction(
      producer,
      () => produce.run(),
      (signal) => signal === undefined,
      () => this.context.console.error('The transaction was aborted: nothing of the input counts.\n'),
    )
  }

  private properties(): ClientSettings {
    const id = this.flags['transactional-id']
    return {
      'client.id': 'console-producer',
      'batch.size': String(CONSOLE_BATCH_BYTES),
      'compression.type': this.flags.compression,
      // Input may take its time: as long as brokers let a transaction be open.
      'transaction.timeout.ms': '900000',
      ...this.clientSettings(),
      ...parsePairs(this.flags.property ?? []),
      ...(id === undefined ? {} : { 'transactional.id': id }),
    }
  }

  private async reader(): Promise<RecordReader> {
    const { topic } = this.args
    const { input, 'key-separator': separator, 'null-marker': marker, headers, tombstone } = this.flags
    const isJson = input === 'json'
    if (isJson && (separator !== undefined || headers || marker !== undefined || tombstone))
      this.wrongUsage('JSON says itself what key, headers and nulls are: leave those flags out.')
    if (!isJson && this.flags['keep-partition']) this.wrongUsage('--keep-partition is for --input json.')
    const settings = {
      ...(separator === undefined ? {} : { 'parse.key': 'true', 'key.separator': separator }),
      ...(headers ? { 'parse.headers': 'true' } : {}),
      ...(marker === undefined ? {} : { 'null.marker': marker }),
    }
    const encoders = await this.encoders()
    const reader = isJson
      ? new JsonRecordReader(topic, this.flags['keep-partition'], encoders)
      : new LineReader(topic, settings)
    const added = (this.flags.header ?? []).flatMap((pair) => Object.entries(parsePairs([pair])))
    const headerList = added.map(([key, value]) => ({ key, value }))
    const whole = withExtras(reader, headerList, tombstone)
    return isJson || Object.keys(encoders).length === 0 ? whole : withEncoders(whole, encoders)
  }

  private async encoders(): Promise<Encoders> {
    if (!writingAsksForSchemas(this.flags)) return {}
    const { schemaEncoders } = await import('../cli/native/schemas.ts')
    return schemaEncoders(this.args.topic, this.flags, this.context, () => this.clientSettings())
  }

  private rate(): number | undefined {
    const { rate } = this.flags
    if (rate === undefined) return undefined
    const [, count] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(rate) ?? []
    if (count === undefined || Number(count) === 0)
      this.wrongUsage(`--rate takes records a second, such as 100/s, not ${rate}.`)
    return Number(count)
  }
}
