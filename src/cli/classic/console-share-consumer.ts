import { ShareConsumer } from '../../client/index.ts'
import type { ClientProperties } from '../../client/types.ts'
import { createFormatter } from '../../tools/console/formatter.ts'
import { ShareConsume } from '../../tools/console/share-consume.ts'
import { loadOptionalProperties, parsePairs } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { warnings } from '../warnings.ts'
import { CommandLine, finish } from './command-line.ts'
import { formatterOptions, limitsOf, onlyGroupId, runToEnd } from './console-consumer.ts'
import { consoleShareConsumerOptions } from './console-share-consumer-options.ts'

/** Apache's kafka-console-share-consumer. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console, runtime } = context
    const line = CommandLine.orUsage(context, consoleShareConsumerOptions, args)
    line.helpOrVersion(
      'This tool helps to read data from Kafka topics using share groups and outputs it to standard output.',
    )
    if (!line.has('topic')) line.usage('--topic is a required argument')
    line.require('bootstrap-server')
    if (line.has('reject') && line.has('release')) line.usage('At most one of --reject and --release may be specified.')
    const properties = consumerProperties(line, context)
    const limits = limitsOf(line)
    const { name, ...options } = formatterOptions(line, context)
    const formatter = createFormatter(name, options) ?? line.usage(name)
    const consumer = new ShareConsumer(properties, runtime, warnings(context))
    consumer.subscribe([line.value('topic') as string])
    const consume = new ShareConsume(consumer, console, runtime, {
      formatter,
      acknowledgement: line.has('reject') ? 'reject' : line.has('release') ? 'release' : 'accept',
      ...limits,
      onRejected: line.has('reject-message-on-error')
        ? (error) => console.error(`ERROR Error processing message, rejecting this message: ${error.message}\n`)
        : undefined,
    })
    return runToEnd(consume, consumer, line, context)
  })

function consumerProperties(line: CommandLine, { console, runtime }: Context): ClientProperties {
  line.notBoth('consumer-property', 'command-property')
  line.notBoth('consumer-config', 'command-config')
  const renamed = (old: string, name: string): string => {
    if (!line.has(old)) return name
    console.out(`Option --${old} is deprecated and will be removed in a future version. Use --${name} instead.\n`)
    return old
  }
  const pairs = parsePairs(line.values(renamed('consumer-property', 'command-property')))
  const file = loadOptionalProperties(runtime, line.value(renamed('consumer-config', 'command-config')))
  const group = onlyGroupId(line, file, pairs, '--consumer-config')
  return {
    'client.id': 'console-share-consumer',
    ...file,
    ...pairs,
    'bootstrap.servers': line.value('bootstrap-server') as string,
    'group.id': group ?? 'console-share-consumer',
    'share.acknowledgement.mode': 'explicit',
  }
}
