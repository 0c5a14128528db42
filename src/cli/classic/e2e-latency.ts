import { Admin, Consumer, Producer } from '../../client/index.ts'
import { doubleText } from '../../std/java-numbers.ts'
import { EndToEnd } from '../../tools/perf/latency.ts'
import { latencySettings } from '../../tools/perf/latency-settings.ts'
import { loadOptionalProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { warnings } from '../warnings.ts'
import { CommandLine, finish } from './command-line.ts'
import { latencyOptions, namedArguments } from './e2e-latency-options.ts'

/** Apache's kafka-e2e-latency. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console } = context
    const named = namedArguments(args)
    if (!named)
      throw new Error(
        `Invalid number of arguments. Expected 5 or 6 positional arguments, but got ${args.length}. Usage: bootstrap-server topic num-records producer-acks record-size [optional] command-config`,
      )
    if (named !== args)
      console.out(
        'WARNING: Positional argument usage is deprecated and will be removed in Apache Kafka 5.0. Please use named arguments instead: --bootstrap-server, --topic, --num-records, --producer-acks, --record-size, --command-config\n',
      )
    const line = CommandLine.orUsage(context, latencyOptions, named)
    check(line)
    await run(line, context)
    return exitCode.done
  })

function check(line: CommandLine): void {
  line.helpOrVersion('This tool measures end-to-end latency in Kafka by sending messages and timing their reception.')
  line.require('bootstrap-server', 'topic', 'num-records', 'producer-acks', 'record-size')
  if (!['1', 'all'].includes(line.value('producer-acks') as string))
    line.usage(
      "Invalid value for --producer-acks. Latency testing requires synchronous acknowledgement. Please use '1' or 'all'.",
    )
  const atLeast = (name: string, least: number, what: string): void => {
    if ((line.number(name) as number) < least) line.usage(`Value for --${name} must be a ${what}.`)
  }
  atLeast('num-records', 1, 'positive integer')
  atLeast('record-size', 0, 'non-negative integer')
  atLeast('record-key-size', 0, 'non-negative integer')
  atLeast('record-header-key-size', 0, 'non-negative integer')
  atLeast('record-header-size', -1, 'non-negative integer or -1 for null header value')
  atLeast('num-headers', 0, 'non-negative integer')
}

async function run(line: CommandLine, context: Context): Promise<void> {
  const { console, runtime } = context
  const topic = line.value('topic') as string
  const servers = line.value('bootstrap-server') as string
  const file = line.value('command-config')
  const base = { ...loadOptionalProperties(runtime, file || undefined), 'bootstrap.servers': servers }
  const settings = latencySettings(base, line.value('producer-acks') as string, runtime)
  const hooks = warnings(context)
  const consumer = new Consumer(settings.consumer, runtime, hooks)
  const producer = new Producer(settings.producer, runtime, hooks)
  const admin = () => new Admin(base, runtime, hooks)
  try {
    const { avg, p50, p99, p999 } = await new EndToEnd({ producer, consumer, admin }, runtime, {
      topic,
      records: line.number('num-records') as number,
      keySize: line.number('record-key-size') as number,
      valueSize: line.number('record-size') as number,
      headers: line.number('num-headers') as number,
      headerKeySize: line.number('record-header-key-size') as number,
      headerValueSize: line.number('record-header-size') as number,
      onProgress: (record, ms) => console.out(`${record}\t${doubleText(Math.round(ms * 1e6) / 1e6)}\n`),
      onTopic: (event) =>
        console.out(
          event === 'missing'
            ? `Topic "${topic}" does not exist. Will create topic with 1 partition(s) and replication factor = 1\n`
            : `Creation of topic ${topic} failed\n`,
        ),
    }).run()
    const [whole50, whole99, whole999] = [p50, p99, p999].map(Math.floor)
    console.out(`Avg latency: ${avg.toFixed(4)} ms\n`)
    console.out(`Percentiles: 50th = ${whole50}, 99th = ${whole99}, 99.9th = ${whole999}\n`)
  } finally {
    await producer.close()
    await consumer.close()
  }
}
