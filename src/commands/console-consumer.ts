import { Args } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { Exit, signalCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { chooseFormatter, consumerFlags, startConsumer } from '../cli/native/consume.ts'
import { warnings } from '../cli/warnings.ts'
import { Consumer } from '../client/index.ts'
import { ConsoleConsume } from '../tools/console/consume.ts'

export default class ConsoleConsumer extends BaseCommand<typeof ConsoleConsumer> {
  static override summary = 'Print the records of a topic'
  static override description =
    'With --json every record is one line of JSON; keys and values are text, or base64 where they are not UTF-8.'
  static override examples = [
    '<%= config.bin %> console-consumer greetings --from-beginning',
    '<%= config.bin %> console-consumer orders --print key,headers,timestamp --max-messages 10',
    '<%= config.bin %> console-consumer counts --value-deserializer long --group billing',
    '<%= config.bin %> console-consumer orders --partition 0 --offset 100 --json',
    "<%= config.bin %> console-consumer 'orders.*' --pattern --timeout-ms 5000",
  ]
  static override args = { topic: Args.string({ ignoreStdin: true, required: true, description: 'Name of the topic' }) }
  static override flags = consumerFlags

  async run(): Promise<void> {
    const { flags, context } = this
    const group = flags.group ?? `console-consumer-${context.runtime.random.int(100_000)}`
    const properties = {
      'client.id': 'console-consumer',
      'isolation.level': flags['isolation-level'],
      'auto.offset.reset': flags['from-beginning'] ? 'earliest' : 'latest',
      'enable.auto.commit': flags.group !== undefined,
      'group.id': group,
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
    }
    const formatter =
      (await chooseFormatter(flags, this.output.format)) ?? this.wrongUsage(`There is no formatter ${flags.formatter}.`)
    const consumer = new Consumer(properties, context.runtime, warnings(context))
    startConsumer(consumer, this.args.topic, flags)
    const consume = new ConsoleConsume(consumer, context.console, context.runtime, {
      formatter,
      maxMessages: flags['max-messages'],
      timeoutMs: flags['timeout-ms'],
      skipMessageOnError: false,
      onSkipped: () => {},
    })
    const end = await consume.run()
    await consumer.close()
    if ('error' in end) throw end.error
    if (end.reason === 'signal') throw new Exit(signalCode(end.signal))
  }
}
