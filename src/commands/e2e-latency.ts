import { Flags } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { propertyFlag, topicArgument } from '../cli/native/flags.ts'
import { drawHistogram } from '../cli/native/histogram.ts'
import { warnings } from '../cli/warnings.ts'
import { Admin, Consumer, Producer } from '../client/index.ts'
import { EndToEnd, type LatencyResult } from '../tools/perf/latency.ts'
import { latencySettings } from '../tools/perf/latency-settings.ts'

export default class E2eLatency extends BaseCommand<typeof E2eLatency> {
  static override summary = 'Measure how long a record takes from a producer to a consumer'
  static override description =
    'Sends one record at a time and waits until it has come back. Makes the topic if need be.'
  static override examples = ['<%= config.bin %> e2e-latency ping --num-records 200 --json']
  static override args = topicArgument
  static override flags = {
    'num-records': Flags.integer({ char: 'n', min: 1, default: 10_000, description: 'Records to send' }),
    acks: Flags.string({ options: ['1', 'all'], default: 'all', description: 'Acknowledgements to wait for' }),
    'record-size': Flags.integer({ min: 0, default: 100, description: 'Bytes of a value' }),
    'key-size': Flags.integer({ min: 0, default: 0, description: 'Bytes of a key; 0 for none' }),
    property: propertyFlag('both clients'),
  }

  async run(): Promise<void> {
    const { times, ...result } = await this.measure()
    const ms = (value: number): string => `${value.toFixed(3)} ms`
    const { avg, p50, p95, p99, p999, max } = result
    await this.output.fields({ ...result }, () => {
      const parts = [`${ms(p50)} 50th`, `${ms(p95)} 95th`, `${ms(p99)} 99th`, `${ms(p999)} 99.9th percentile`]
      this.output.line([`${ms(avg)} average`, ...parts, `${ms(max)} at most`].join(', '))
      drawHistogram(
        this.output,
        this.context,
        Array.from(times, (time) => [time, 1] as const),
      )
    })
  }

  private async measure(): Promise<LatencyResult & { readonly records: number; readonly times: Float64Array }> {
    const { flags, context } = this
    const hooks = warnings(context)
    const base = { ...this.clientSettings(), ...parsePairs(flags.property ?? []) }
    const settings = latencySettings(base, flags.acks, context.runtime)
    await this.checkReachable()
    const consumer = new Consumer(settings.consumer, context.runtime, hooks)
    const producer = new Producer(settings.producer, context.runtime, hooks)
    const clients = { producer, consumer, admin: () => new Admin(base, context.runtime, hooks) }
    const records = flags['num-records']
    try {
      const test = new EndToEnd(clients, context.runtime, {
        topic: this.args.topic,
        records,
        keySize: flags['key-size'],
        valueSize: flags['record-size'],
        headers: 0,
        headerKeySize: 0,
        headerValueSize: 0,
        onProgress: () => {},
        onTopic: () => {},
      })
      const result = await test.run()
      return { records, ...result, times: test.times }
    } finally {
      await producer.close()
      await consumer.close()
    }
  }
}
