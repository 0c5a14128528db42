import { Admin, KafkaError, ShareConsumer } from '../../client/index.ts'
import { type AcknowledgementMode, acknowledgementModes, VerifiableShare } from '../../tools/perf/verifiable-share.ts'
import { adminProperties, type ClientSettings, loadOptionalProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { warnings } from '../warnings.ts'
import { ArgparseError, type ArgparseOption, parseArguments } from './argparse.ts'
import { finish } from './command-line.ts'
import { justify } from './justify.ts'
import { verifiableShareConsumerHelp, verifiableShareConsumerUsage } from './verifiable-share-consumer-help.ts'

const options: readonly ArgparseOption[] = [
  { long: 'help', short: 'h', value: false },
  { long: 'topic', value: true, required: true },
  { long: 'group-id', value: true, required: true },
  { long: 'max-messages', value: true },
  { long: 'verbose', value: false },
  { long: 'acknowledgement-mode', value: true },
  { long: 'offset-reset-strategy', value: true },
  { long: 'command-config', value: true },
  { long: 'bootstrap-server', value: true, required: true },
]

type Arguments = ReadonlyMap<string, readonly string[]>

/** Apache's kafka-verifiable-share-consumer: every event is a line of JSON. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console } = context
    try {
      if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
        console.out(verifiableShareConsumerHelp)
        return exitCode.failed
      }
      return await run(parseArguments(options, args), context)
    } catch (error) {
      if (!(error instanceof ArgparseError)) throw error
      console.error(`${verifiableShareConsumerUsage}${justify(`verifiable-share-consumer: error: ${error.message}`)}\n`)
      return exitCode.failed
    }
  })

async function run(line: Arguments, context: Context): Promise<number> {
  const { console, runtime } = context
  const value = (name: string): string | undefined => line.get(name)?.[0]
  const mode = modeOf(value('acknowledgement-mode') ?? 'auto')
  const strategy = value('offset-reset-strategy') ?? ''
  const [topic, groupId, servers] = [value('topic'), value('group-id'), value('bootstrap-server')] as [
    string,
    string,
    string,
  ]
  const maxMessages = maxOf(value('max-messages'))
  const settings = loadOptionalProperties(runtime, value('command-config'))
  const say = (name: string, fields: object): void =>
    console.out(`${JSON.stringify({ timestamp: Math.floor(runtime.clock.now()), name, ...fields })}\n`)
  const properties = {
    ...settings,
    'bootstrap.servers': servers,
    'group.id': groupId,
    'share.acknowledgement.mode': 'implicit',
  }
  const consumer = new ShareConsumer(properties, runtime, warnings(context))
  const verifiable = new VerifiableShare(consumer, {
    topic,
    maxMessages,
    mode,
    verbose: line.has('verbose'),
    say,
  })
  say('startup_complete', {})
  if (strategy !== '') {
    await setStrategy(groupId, strategy, adminProperties(settings, servers) as ClientSettings, context)
    say('offset_reset_strategy_set', { offsetResetStrategy: strategy })
  }
  const quiet = console.onSignal(() => verifiable.stop())
  try {
    await verifiable.run()
    return exitCode.done
  } finally {
    quiet()
  }
}

function modeOf(text: string): AcknowledgementMode {
  const mode = acknowledgementModes.find((known) => known === text.toLowerCase())
  if (!mode) throw new ArgparseError(`--acknowledgement-mode is ${acknowledgementModes.join(', ')}, not ${text}.`)
  return mode
}

function maxOf(text = '-1'): number | undefined {
  if (!/^-?\d+$/.test(text))
    throw new ArgparseError(`argument --max-messages: could not convert '${text}' to Integer (32 bits)`)
  return Number(text) < 0 ? undefined : Number(text)
}

async function setStrategy(
  groupId: string,
  strategy: string,
  properties: ClientSettings,
  context: Context,
): Promise<void> {
  const admin = new Admin(properties, context.runtime, warnings(context))
  try {
    const ops = [{ name: 'share.auto.offset.reset', value: strategy, op: 'set' as const }]
    const results = await admin.incrementalAlterConfigs([{ type: 'group', name: groupId, ops }])
    for (const error of results.values()) if (error instanceof KafkaError) throw error
  } finally {
    await admin.close()
  }
}
