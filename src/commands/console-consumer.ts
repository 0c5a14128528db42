import { parsePairs, pollRecords } from '../cli/client-config.ts'
import { Exit, signalCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { chooseFilter, chooseFormatter, chooseRange, chooseReaders, startConsumer } from '../cli/native/consume.ts'
import { consumerFlags } from '../cli/native/consume-flags.ts'
import { topicArgument } from '../cli/native/flags.ts'
import { warnings } from '../cli/warnings.ts'
import { Consumer } from '../client/index.ts'
import { isPart } from '../tools/console/bounds.ts'
import { ConsoleConsume } from '../tools/console/consume.ts'
import type { PrintableRecord } from '../tools/console/record.ts'

export default class ConsoleConsumer extends BaseCommand<typeof ConsoleConsumer> {
  static override summary = 'Print the records of a topic'
  static override description =
    'With --output json every record is one line, which `console-producer --input json` takes back; bytes that are no UTF-8 are base64.'
  static override examples = [
    '<%= config.bin %> console-consumer greetings --from-beginning',
    '<%= config.bin %> console-consumer orders --tail 10 --until-end --print key,headers,timestamp',
    '<%= config.bin %> console-consumer orders --from-time -1h --to-time -30m --grep error --ignore-case',
    "<%= config.bin %> console-consumer orders --until-end --format '%p:%o %d %k=%v' --filter-header trace=^a",
    '<%= config.bin %> console-consumer orders --until-end --json | <%= config.bin %> console-producer copy --input json',
    '<%= config.bin %> console-consumer counts --value-deserializer long --group billing --from-beginning --max-messages 10',
    '<%= config.bin %> console-consumer orders --partition 0 --offset 10 --timeout-ms 1000',
    "<%= config.bin %> console-consumer 'orders.*' --pattern --until-end",
    '<%= config.bin %> console-consumer sales --schema-registry http://localhost:8081 --key-deserializer string --until-end --json',
    '<%= config.bin %> console-consumer readings --proto reading.proto --proto-message shop.Reading --until-end',
  ]
  static override args = topicArgument
  static override flags = consumerFlags

  async run(): Promise<void> {
    const { flags, context } = this
    const readers = await chooseReaders(flags, context, () => this.clientSettings())
    const formatter = await chooseFormatter(flags, this.output.format, context, readers)
    const filter = chooseFilter(flags, readers)
    const range = chooseRange(flags, context.runtime.clock.now())
    await this.checkReachable()
    const consumer = new Consumer(
      this.properties(filter !== undefined || isPart(range)),
      context.runtime,
      warnings(context),
    )
    try {
      const bounds = await startConsumer(consumer, this.args.topic, flags, range)
      const accepts = (record: PrintableRecord): boolean => bounds.accepts(record) && (filter?.(record) ?? true)
      const consume = new ConsoleConsume(consumer, context.console, context.runtime, {
        formatter,
        maxMessages: flags['max-messages'],
        timeoutMs: flags['timeout-ms'],
        skipMessageOnError: false,
        onSkipped: () => {},
        ...(readers.prepare ? { prepare: readers.prepare } : {}),
        ...(bounds.chooses || filter ? { accepts } : {}),
        ...(bounds.ends ? { isDone: bounds.isDone } : {}),
      })
      const end = await consume.run()
      if ('error' in end) throw end.error
      if (end.reason === 'signal') throw new Exit(signalCode(end.signal))
    } finally {
      await consumer.close()
    }
  }

  /** `chooses`: records may be read that are not wanted. */
  private properties(chooses: boolean) {
    const { flags } = this
    return {
      'client.id': 'console-consumer',
      'max.poll.records': pollRecords(chooses ? undefined : flags['max-messages']),
      'isolation.level': flags['isolation-level'],
      'auto.offset.reset': flags['from-beginning'] || flags['until-end'] ? 'earliest' : 'latest',
      'enable.auto.commit': flags.group !== undefined,
      'group.id': flags.group ?? `console-consumer-${this.context.runtime.random.int(100_000)}`,
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
    }
  }
}
