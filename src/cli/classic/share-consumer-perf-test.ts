import { ShareConsumer } from '../../client/index.ts'
import type { ClientProperties } from '../../client/types.ts'
import { dateFormat } from '../../tools/perf/date-format.ts'
import { metricsText } from '../../tools/perf/metrics.ts'
import { SharePerf, shareHeader, shareRow } from '../../tools/perf/share-consume.ts'
import { loadOptionalProperties, parsePairs } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { warnings } from '../warnings.ts'
import { CommandLine, finish } from './command-line.ts'
import { warnOfRenamed } from './consumer-perf-test.ts'
import { shareConsumerPerfTestOptions } from './share-consumer-perf-test-options.ts'

const CLIENT_ID = 'perf-share-consumer-client'

/** Apache's kafka-share-consumer-perf-test. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console, runtime } = context
    const say = (text: string): void => console.out(`${text}\n`)
    const line = CommandLine.orUsage(context, shareConsumerPerfTestOptions, args)
    check(line, context)
    const intervalMs = line.number('reporting-interval') as number
    if (intervalMs <= 0) throw new Error('Reporting interval must be greater than 0.')
    const date = dateFormat(line.value('date-format') as string)
    const detailed = line.has('show-detailed-stats')
    const records = (line.number('num-records') ?? line.number('messages')) as number
    const timeoutMs = line.number('timeout') as number
    const threads = line.number('threads') as number
    const consumers = Array.from({ length: threads }, (_, index) => {
      const clientId = threads > 1 ? `${CLIENT_ID}-${index + 1}` : CLIENT_ID
      return new ShareConsumer(consumerProperties(line, clientId, context), runtime, warnings(context))
    })
    if (!line.has('hide-header')) say(shareHeader)
    try {
      const { total, each } = await new SharePerf(consumers, runtime, {
        topic: line.value('topic') as string,
        records,
        timeoutMs,
        intervalMs,
        onInterval: detailed
          ? (interval, index) => say(`${shareRow(interval, date)} for share consumer ${index + 1}`)
          : undefined,
      }).run()
      if (total.records < records)
        say(
          `WARNING: Exiting before consuming the expected number of records: timeout (${timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.`,
        )
      if (line.has('show-consumer-stats'))
        for (const [index, figures] of each.entries())
          say(
            `Share consumer ${index + 1} having client id ${threads > 1 ? `${CLIENT_ID}-${index + 1}` : CLIENT_ID} consumption metrics- ${shareRow(figures, date)}`,
          )
      say(shareRow(total, date))
      if (line.has('print-metrics')) console.out(metricsText(consumers.flatMap((consumer) => consumer.metrics())))
      return total.records < records ? exitCode.failed : exitCode.done
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.close()))
    }
  })

function check(line: CommandLine, context: Context): void {
  line.helpOrVersion('This tool is used to verify the share consumer performance.')
  line.require('topic', 'bootstrap-server')
  line.exactlyOneOf('messages', 'num-records')
  line.forbid('consumer.config', ['command-config'])
  warnOfRenamed(line, context)
}

function consumerProperties(line: CommandLine, clientId: string, { runtime }: Context): ClientProperties {
  return {
    ...loadOptionalProperties(runtime, line.value('command-config') ?? line.value('consumer.config')),
    ...parsePairs(line.values('command-property')),
    'client.id': clientId,
    'bootstrap.servers': line.value('bootstrap-server') as string,
    'group.id': line.value('group') as string,
    'receive.buffer.bytes': line.value('socket-buffer-size') as string,
    'max.partition.fetch.bytes': line.value('fetch-size') as string,
    'check.crcs': 'false',
  }
}
