import { Consumer } from '../../client/index.ts'
import type { ClientProperties } from '../../client/types.ts'
import { ConsoleConsume, type ConsumeOptions } from '../../tools/console/consume.ts'
import { createFormatter, type FormatterOptions, type MessageFormatter } from '../../tools/console/formatter.ts'
import type { PrintLimits, PrintLoop } from '../../tools/console/print-loop.ts'
import { wholeMatch } from '../../tools/java/pattern.ts'
import { type ClientSettings, loadOptionalProperties, parsePairs, pollRecords } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { Exit, exitCode, signalCode } from '../exit.ts'
import { warnings } from '../warnings.ts'
import { CommandLine, finish } from './command-line.ts'
import { consoleConsumerOptions } from './console-consumer-options.ts'
import { serversOf } from './era-options.ts'

/** Apache's kafka-console-consumer. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console, runtime } = context
    const line = CommandLine.orUsage(context, consoleConsumerOptions, args)
    line.helpOrVersion('This tool helps to read data from Kafka topics and outputs it to standard output.')
    checkRequired(line)
    const limits = limitsOf(line)
    const properties = consumerProperties(line, context, limits.maxMessages)
    const offset = parseOffset(line)
    const { formatter, ...schemas } = await buildFormatter(line, context)
    const servers = await serversOf(line, context)
    const consumer = new Consumer({ ...properties, 'bootstrap.servers': servers }, runtime, warnings(context))
    await start(line, consumer, offset)
    const consume = new ConsoleConsume(consumer, console, runtime, {
      formatter,
      ...schemas,
      ...limits,
      skipMessageOnError: line.has('skip-message-on-error'),
      onSkipped: (error) => console.error(`ERROR Error processing message, skipping this message: ${error.message}\n`),
    })
    return runToEnd(consume, consumer, line, context)
  })

export function limitsOf(line: CommandLine): PrintLimits {
  const atLeastZero = (name: string): number | undefined => {
    const number = line.number(name) ?? -1
    return number < 0 ? undefined : number
  }
  return { timeoutMs: atLeastZero('timeout-ms'), maxMessages: atLeastZero('max-messages') }
}

/** Prints to the end and closes the consumer; tells why it ended, and gives the exit code. */
export async function runToEnd(
  consume: PrintLoop,
  consumer: { close(): Promise<void> },
  line: CommandLine,
  { console }: Context,
): Promise<number> {
  const end = await consume.run()
  if (end.reason === 'closed') console.error('Unable to write to standard out, closing consumer.\n')
  if (end.reason === 'record') console.error(`ERROR Unknown error when running consumer: ${end.error.message}\n`)
  if (end.reason === 'fetch')
    console.error(`ERROR Error processing message, terminating consumer process: ${end.error.message}\n`)
  await consumer.close()
  if (line.has('enable-systest-events')) console.out('shutdown_complete\n')
  console.error(`Processed a total of ${consume.count} messages\n`)
  if (end.reason === 'signal') return signalCode(end.signal)
  return end.reason === 'record' || end.reason === 'fetch' ? exitCode.failed : exitCode.done
}

function checkRequired(line: CommandLine): void {
  line.exactlyOneOf('topic', 'include')
  if (line.has('partition')) {
    if (!line.has('topic')) line.usage('The topic is required when partition is specified.')
    if (line.has('from-beginning') && line.has('offset'))
      line.usage('Options from-beginning and offset cannot be specified together.')
  } else if (line.has('offset')) line.usage('The partition is required when offset is specified.')
  line.require('bootstrap-server')
}

function consumerProperties(line: CommandLine, { console, runtime }: Context, wanted?: number): ClientProperties {
  line.notBoth('consumer-property', 'command-property')
  line.notBoth('consumer.config', 'command-config')
  const renamed = (old: string, name: string): string => {
    if (!line.has(old)) return name
    console.out(`Option --${old} is deprecated and will be removed in a future version. Use --${name} instead.\n`)
    return old
  }
  const pairs = parsePairs(line.values(renamed('consumer-property', 'command-property')))
  const file = loadOptionalProperties(runtime, line.value(renamed('consumer.config', 'command-config')))
  const group = onlyGroupId(line, file, pairs, '--consumer.config')
  if (group !== undefined && line.has('partition'))
    line.usage('Options group and partition cannot be specified together.')
  const properties: ClientSettings = {
    'client.id': 'console-consumer',
    // Records of a group that were read and given back leave a commit without a leader epoch, which Apache's tools show.
    'max.poll.records': pollRecords(group === undefined ? wanted : undefined),
    'isolation.level': line.value('isolation-level') as string,
    ...file,
    ...pairs,
  }
  if (line.has('isolation-level')) properties['isolation.level'] = line.value('isolation-level') as string
  setOffsetReset(line, properties, console)
  if (group === undefined) properties['enable.auto.commit'] ??= 'false'
  properties['group.id'] = group ?? `console-consumer-${runtime.random.int(100_000)}`
  return properties
}

/** The group that `--group`, properties and their file agree on; `file` is how the option of the file is called. */
export function onlyGroupId(
  line: CommandLine,
  file: ClientSettings,
  pairs: ClientSettings,
  fileOption: string,
): string | undefined {
  const ids = new Set([line.value('group'), file['group.id'], pairs['group.id']].filter((id) => id !== undefined))
  if (ids.size > 1) {
    const list = Array.from(ids, (id) => `'${id}'`).join(', ')
    line.usage(
      `The group ids provided in different places (directly using '--group', via '--consumer-property', or via '${fileOption}') do not match. Detected group ids: ${list}`,
    )
  }
  return [...ids][0]
}

function setOffsetReset(line: CommandLine, properties: ClientSettings, console: Context['console']): void {
  const given = properties['auto.offset.reset']
  if (given !== undefined && line.has('from-beginning') && given !== 'earliest') {
    console.error(
      `Can't simultaneously specify --from-beginning and 'auto.offset.reset=${given}', please remove one option\n`,
    )
    throw new Exit(exitCode.failed)
  }
  properties['auto.offset.reset'] = given ?? (line.has('from-beginning') ? 'earliest' : 'latest')
}

function parseOffset(line: CommandLine): number | 'earliest' | 'latest' {
  const text = line.value('offset')
  if (!line.has('offset') || text === undefined) return line.has('from-beginning') ? 'earliest' : 'latest'
  const word = text.toLowerCase()
  if (word === 'earliest' || word === 'latest') return word
  if (!/^\+?\d+$/.test(text) || Number(text) >= 2 ** 63)
    line.usage(
      `The provided offset value '${text}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.`,
    )
  return Number(text)
}

/** Which formatter the options ask for, and its settings. */
export function formatterOptions(
  line: CommandLine,
  { console, runtime }: Context,
): FormatterOptions & { name: string } {
  line.notBoth('property', 'formatter-property')
  let pairs = line.values('formatter-property')
  if (line.has('property')) {
    console.out(
      'Option --property is deprecated and will be removed in a future version. Use --formatter-property instead.\n',
    )
    pairs = line.values('property')
  }
  const settings = loadOptionalProperties(runtime, line.value('formatter-config'))
  for (const role of ['key', 'value']) {
    const name = line.value(`${role}-deserializer`)
    if (name) settings[`${role}.deserializer`] = name
  }
  Object.assign(settings, parsePairs(pairs))
  const complain = (sentence: string) => console.error(`ERROR ${sentence}\n`)
  return { name: line.value('formatter') as string, settings, complain }
}

async function buildFormatter(
  line: CommandLine,
  context: Context,
): Promise<Pick<ConsumeOptions, 'formatter' | 'prepare'>> {
  const { name, ...options } = formatterOptions(line, context)
  if (name.startsWith('io.confluent.')) {
    const { confluentReaders, isConfluents } = await import('./confluent.ts')
    if (!isConfluents(name)) line.usage(name)
    const { readers, prepare } = confluentReaders(options.settings, context)
    return { formatter: createFormatter('default', { ...options, readers }) as MessageFormatter, prepare }
  }
  return { formatter: createFormatter(name, options) ?? line.usage(name) }
}

async function start(line: CommandLine, consumer: Consumer, offset: number | 'earliest' | 'latest'): Promise<void> {
  const topic = line.value('topic')
  const partition = line.number('partition')
  if (topic === undefined) consumer.subscribe(wholeMatch(line.value('include') as string))
  else if (partition === undefined) consumer.subscribe([topic])
  else {
    const position = { topic, partition }
    consumer.assign([position])
    if (offset === 'earliest') await consumer.seekToBeginning([position])
    else if (offset === 'latest') await consumer.seekToEnd([position])
    else consumer.seek(position, offset)
  }
}
