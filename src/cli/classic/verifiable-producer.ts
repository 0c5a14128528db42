import { Producer } from '../../client/index.ts'
import { EventLines } from '../../tools/verifiable/events.ts'
import { VerifiableProduce } from '../../tools/verifiable/produce.ts'
import { loadOptionalProperties, MissingFile } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, signalCode } from '../exit.ts'
import { untilSignal } from '../until-signal.ts'
import { warnings } from '../warnings.ts'
import { ArgparseError } from './argparse.ts'
import { type ArgparseValues, runArgparse } from './argparse-tool.ts'
import { verifiableProducerHelp } from './verifiable-producer-help.ts'

const spec = {
  name: 'verifiable-producer',
  help: verifiableProducerHelp,
  options: [
    { long: 'topic', value: true, required: true },
    { long: 'max-messages', value: true, type: 'Integer' },
    { long: 'throughput', value: true, type: 'Integer' },
    { long: 'acks', value: true, type: 'Integer' },
    { long: 'producer.config', value: true },
    { long: 'message-create-time', value: true, type: 'Long' },
    { long: 'value-prefix', value: true, type: 'Integer' },
    { long: 'repeating-keys', value: true, type: 'Integer' },
    { long: 'command-config', value: true },
    { long: 'bootstrap-server', value: true, required: true, group: true },
  ],
} as const

/** Apache's kafka-verifiable-producer. */
export const main: ClassicTool = (args, context) => runArgparse(spec, args, context, (line) => run(line, context))

async function run(line: ArgparseValues, context: Context): Promise<number> {
  const { console, runtime } = context
  const properties = {
    'client.id': 'verifiable-producer',
    ...configFile(line, 'producer.config', context),
    'bootstrap.servers': line.text('bootstrap-server'),
    acks: line.text('acks') ?? '-1',
    retries: '0',
  }
  const producer = new Producer(properties, runtime, warnings(context))
  const createTime = line.number('message-create-time') ?? -1
  const produce = new VerifiableProduce(producer, runtime, new EventLines(runtime.clock, (text) => console.out(text)), {
    topic: line.text('topic') as string,
    maxMessages: line.number('max-messages') ?? -1,
    throughput: line.number('throughput') ?? -1,
    valuePrefix: line.text('value-prefix'),
    createTime: createTime === -1 ? undefined : createTime,
    repeatingKeys: line.number('repeating-keys'),
  })
  const { signal, result: lost } = await untilSignal(console, (stop) => produce.run(stop))
  if (signal !== undefined) return signalCode(signal)
  return lost > 0 ? exitCode.failed : exitCode.done
}

/** The properties file under its name of today or its former one. */
export function configFile(
  line: ArgparseValues,
  former: string,
  { console, runtime }: Context,
): Record<string, string> {
  if (line.has(former) && line.has('command-config'))
    throw new ArgparseError(`Options --${former} and --command-config are mutually exclusive.`)
  if (line.has(former))
    console.out(
      `Option --${former} has been deprecated and will be removed in a future version. Use --command-config instead.\n`,
    )
  try {
    return loadOptionalProperties(runtime, line.text('command-config') ?? line.text(former))
  } catch (error) {
    if (error instanceof MissingFile) throw new ArgparseError(error.message)
    throw error
  }
}
