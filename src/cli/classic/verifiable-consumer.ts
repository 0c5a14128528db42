import { Consumer } from '../../client/index.ts'
import { VerifiableConsume } from '../../tools/verifiable/consume.ts'
import { EventLines } from '../../tools/verifiable/events.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, signalCode } from '../exit.ts'
import { untilSignal } from '../until-signal.ts'
import { warnings } from '../warnings.ts'
import { type ArgparseValues, runArgparse } from './argparse-tool.ts'
import { verifiableConsumerHelp } from './verifiable-consumer-help.ts'
import { configFile } from './verifiable-producer.ts'

const spec = {
  name: 'verifiable-consumer',
  help: verifiableConsumerHelp,
  options: [
    { long: 'topic', value: true, required: true },
    { long: 'group-protocol', value: true },
    { long: 'group-remote-assignor', value: true },
    { long: 'group-id', value: true, required: true },
    { long: 'group-instance-id', value: true },
    { long: 'max-messages', value: true, type: 'Integer' },
    { long: 'session-timeout', value: true, type: 'Integer' },
    { long: 'verbose', value: false },
    { long: 'enable-autocommit', value: false },
    { long: 'reset-policy', value: true },
    { long: 'assignment-strategy', value: true },
    { long: 'consumer.config', value: true },
    { long: 'command-config', value: true },
    { long: 'bootstrap-server', value: true, required: true, group: true },
  ],
} as const

/** Apache's kafka-verifiable-consumer. */
export const main: ClassicTool = (args, context) => runArgparse(spec, args, context, (line) => run(line, context))

async function run(line: ArgparseValues, context: Context): Promise<number> {
  const { console, runtime } = context
  const commits = !line.has('enable-autocommit')
  const consumer = new Consumer(properties(line, commits, context), runtime, warnings(context))
  const consume = new VerifiableConsume(consumer, new EventLines(runtime.clock, (text) => console.out(text)), {
    topic: line.text('topic') as string,
    maxMessages: line.number('max-messages') ?? -1,
    verbose: line.has('verbose'),
    commits,
  })
  const { signal } = await untilSignal(console, (stop) => consume.run(stop))
  return signal === undefined ? exitCode.done : signalCode(signal)
}

function properties(line: ArgparseValues, commits: boolean, context: Context) {
  const protocol = line.text('group-protocol') ?? 'classic'
  const isClassic = protocol.toLowerCase() === 'classic'
  const timeout = line.text('session-timeout')
  const classic = {
    'partition.assignment.strategy':
      line.text('assignment-strategy') ?? 'org.apache.kafka.clients.consumer.RangeAssignor',
  }
  const instance = line.text('group-instance-id')
  return {
    ...configFile(line, 'consumer.config', context),
    'group.protocol': protocol,
    ...(isClassic ? classic : { 'group.remote.assignor': line.text('group-remote-assignor') }),
    'bootstrap.servers': line.text('bootstrap-server'),
    'group.id': line.text('group-id'),
    'enable.auto.commit': !commits,
    'auto.offset.reset': line.text('reset-policy') ?? 'earliest',
    ...(timeout === undefined ? {} : { 'session.timeout.ms': timeout }),
    ...(instance === undefined ? {} : { 'group.instance.id': instance }),
  }
}
