import { Admin, KafkaError, ShareConsumer } from '../../client/index.ts'
import type { ClientProperties } from '../../client/types.ts'
import {
  type AcknowledgementMode,
  acknowledgementModes,
  VerifiableShare,
} from '../../tools/verifiable/consume-share.ts'
import { EventLines } from '../../tools/verifiable/events.ts'
import { adminProperties, loadOptionalProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { untilSignal } from '../until-signal.ts'
import { warnings } from '../warnings.ts'
import { ArgparseError } from './argparse.ts'
import { type ArgparseValues, runArgparse } from './argparse-tool.ts'
import { verifiableShareConsumerHelp } from './verifiable-share-consumer-help.ts'

const spec = {
  name: 'verifiable-share-consumer',
  help: verifiableShareConsumerHelp,
  options: [
    { long: 'topic', value: true, required: true },
    { long: 'group-id', value: true, required: true },
    { long: 'max-messages', value: true, type: 'Integer' },
    { long: 'verbose', value: false },
    { long: 'acknowledgement-mode', value: true },
    { long: 'offset-reset-strategy', value: true },
    { long: 'command-config', value: true },
    { long: 'bootstrap-server', value: true, required: true },
  ],
} as const

/** Apache's kafka-verifiable-share-consumer: every event is a line of JSON. */
export const main: ClassicTool = (args, context) => runArgparse(spec, args, context, (line) => run(line, context))

async function run(line: ArgparseValues, context: Context): Promise<number> {
  const { console, runtime } = context
  const mode = modeOf(line.text('acknowledgement-mode') ?? 'auto')
  const strategy = line.text('offset-reset-strategy') ?? ''
  const groupId = line.text('group-id') as string
  const maxMessages = line.number('max-messages') ?? -1
  const settings = adminProperties(
    loadOptionalProperties(runtime, line.text('command-config')),
    line.text('bootstrap-server') as string,
  )
  const properties = {
    ...settings,
    'group.id': groupId,
    'share.acknowledgement.mode': 'implicit',
  }
  const consumer = new ShareConsumer(properties, runtime, warnings(context))
  const events = new EventLines(runtime.clock, (text) => console.out(text))
  const verifiable = new VerifiableShare(consumer, events, {
    topic: line.text('topic') as string,
    maxMessages: maxMessages < 0 ? undefined : maxMessages,
    mode,
    verbose: line.has('verbose'),
  })
  events.emit('startup_complete')
  if (strategy !== '') {
    await setStrategy(groupId, strategy, settings, context)
    events.emit('offset_reset_strategy_set', { offsetResetStrategy: strategy })
  }
  await untilSignal(console, (stop) => verifiable.run(stop))
  return exitCode.done
}

function modeOf(text: string): AcknowledgementMode {
  const mode = acknowledgementModes.find((known) => known === text.toLowerCase())
  if (!mode) throw new ArgparseError(`--acknowledgement-mode is ${acknowledgementModes.join(', ')}, not ${text}.`)
  return mode
}

async function setStrategy(
  groupId: string,
  strategy: string,
  properties: ClientProperties,
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
