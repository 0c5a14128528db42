import { Flags } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { Exit, exitCode, signalCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { propertyFlag, topicArgument } from '../cli/native/flags.ts'
import { untilSignal } from '../cli/until-signal.ts'
import { warnings } from '../cli/warnings.ts'
import { Producer } from '../client/index.ts'
import { EventLines } from '../tools/verifiable/events.ts'
import { VerifiableProduce } from '../tools/verifiable/produce.ts'

export default class VerifiableProducer extends BaseCommand<typeof VerifiableProducer> {
  static override summary = 'Send 0, 1, 2 ... and tell of every record whether it was acknowledged'
  static override description = 'Prints lines of JSON, for tests of a cluster.'
  static override examples = ['<%= config.bin %> verifiable-producer load --max-messages 10 --throughput 100']
  static override args = topicArgument
  static override flags = {
    'max-messages': Flags.integer({ char: 'n', min: 0, description: 'Records to send [default: until Ctrl-C]' }),
    throughput: Flags.integer({ min: 1, description: 'Records a second [default: as many as possible]' }),
    'value-prefix': Flags.string({ description: 'Stands before every value, with a dot' }),
    'repeating-keys': Flags.integer({ min: 1, description: 'So many keys, again and again' }),
    'create-time': Flags.integer({ min: 0, helpValue: 'ms', description: 'Timestamp of the first record' }),
    property: propertyFlag('the producer'),
  }

  async run(): Promise<void> {
    const { flags, context } = this
    this.onlyTextOrJson()
    await this.checkReachable()
    const settings = {
      'client.id': 'verifiable-producer',
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
    }
    const producer = new Producer(settings, context.runtime, warnings(context))
    const events = new EventLines(context.runtime.clock, (text) => context.console.out(text))
    const produce = new VerifiableProduce(producer, context.runtime, events, {
      topic: this.args.topic,
      maxMessages: flags['max-messages'] ?? -1,
      throughput: flags.throughput ?? -1,
      valuePrefix: flags['value-prefix'],
      createTime: flags['create-time'],
      repeatingKeys: flags['repeating-keys'],
    })
    const { signal, result: lost } = await untilSignal(context.console, (stop) => produce.run(stop))
    if (signal !== undefined) throw new Exit(signalCode(signal))
    if (lost > 0) throw new Exit(exitCode.failed)
  }
}
