import { Consumer } from '../../client/index.ts'
import type { ClientProperties } from '../../client/types.ts'
import { wholeMatch } from '../../tools/java/pattern.ts'
import { ConsumePerf, consumeHeader, consumeRow, intervalRow } from '../../tools/perf/consume.ts'
import { dateFormat } from '../../tools/perf/date-format.ts'
import { metricsText } from '../../tools/perf/metrics.ts'
import { loadOptionalProperties, parsePairs, pollRecords } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { warnings } from '../warnings.ts'
import { CommandLine, finish } from './command-line.ts'
import { consumerPerfOptions } from './consumer-perf-test-options.ts'
import { serversOf } from './era-options.ts'

/** Apache's kafka-consumer-perf-test. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console, runtime } = context
    const say = (text: string): void => console.out(`${text}\n`)
    const group = `perf-consumer-${runtime.random.int(100_000)}`
    const line = CommandLine.orUsage(context, consumerPerfOptions(group), args)
    check(line, context)
    const detailed = line.has('show-detailed-stats')
    if (!line.has('hide-header')) say(consumeHeader(detailed))
    const consumer = new Consumer(
      consumerProperties(line, await serversOf(line, context), context),
      runtime,
      warnings(context),
    )
    try {
      const records = (line.number('num-records') ?? line.number('messages')) as number
      const timeoutMs = line.number('timeout') as number
      const intervalMs = line.number('reporting-interval') as number
      if (intervalMs <= 0) throw new Error('Reporting interval must be greater than 0.')
      const date = dateFormat(line.value('date-format') as string)
      const topic = line.value('topic')
      const figures = await new ConsumePerf(consumer, runtime, {
        topics: topic === undefined ? wholeMatch(line.value('include') as string) : [topic],
        records,
        timeoutMs,
        intervalMs,
        onInterval: detailed ? (interval) => say(intervalRow(interval, date)) : undefined,
      }).run()
      if (figures.records < records)
        say(
          `WARNING: Exiting before consuming the expected number of records: timeout (${timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.`,
        )
      if (!detailed) say(consumeRow(figures, date))
      if (line.has('print-metrics')) console.out(metricsText(consumer.metrics()))
      return exitCode.done
    } finally {
      await consumer.close()
    }
  })

function check(line: CommandLine, context: Context): void {
  line.helpOrVersion('This tool is used to verify the consumer performance.')
  line.require('bootstrap-server')
  line.exactlyOneOf('topic', 'include')
  line.exactlyOneOf('messages', 'num-records')
  line.forbid('consumer.config', ['command-config'])
  warnOfRenamed(line, context)
}

/** Tells of options that have another name by now. */
export function warnOfRenamed(line: CommandLine, { console }: Context): void {
  const renamed = { messages: 'num-records', 'consumer.config': 'command-config' }
  for (const [old, name] of Object.entries(renamed))
    if (line.has(old)) console.out(`Warning: --${old} is deprecated. Use --${name} instead.\n`)
}

function consumerProperties(line: CommandLine, servers: string, { runtime }: Context): ClientProperties {
  const file = line.value('command-config') ?? line.value('consumer.config')
  return {
    'max.poll.records': pollRecords(),
    'client.id': 'perf-consumer-client',
    ...loadOptionalProperties(runtime, file),
    ...parsePairs(line.values('command-property')),
    'bootstrap.servers': servers,
    'group.id': line.value('group') as string,
    'receive.buffer.bytes': line.value('socket-buffer-size') as string,
    'max.partition.fetch.bytes': line.value('fetch-size') as string,
    'auto.offset.reset': line.has('from-latest') ? 'latest' : 'earliest',
    'check.crcs': 'false',
  }
}
