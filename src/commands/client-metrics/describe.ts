import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { describeSubscription, listSubscriptions } from '../../tools/client-metrics/subscriptions.ts'

export default class ClientMetricsDescribe extends BaseCommand<typeof ClientMetricsDescribe> {
  static override summary = 'Show which clients send which metrics to the brokers, and how often'
  static override examples = [
    '<%= config.bin %> client-metrics describe',
    '<%= config.bin %> client-metrics describe producers --json',
  ]
  static override args = { name: Args.string({ ignoreStdin: true, description: 'Subscription; all when left out' }) }

  async run(): Promise<void> {
    const { name } = this.args
    const found = await this.withAdmin('Describing subscriptions', async (admin) => {
      const all = (await listSubscriptions(admin)).sort()
      if (name !== undefined && !all.includes(name)) throw new Error(`There is no subscription ${name}.`)
      return Promise.all(
        (name === undefined ? all : [name]).map(async (one) => {
          const entries = new Map((await describeSubscription(admin, one)).map((entry) => [entry.name, entry.value]))
          const list = (property: string) => (entries.get(property) || '').split(',').filter((word) => word !== '')
          return {
            name: one,
            intervalMs: Number(entries.get('interval.ms')),
            match: list('match'),
            metrics: list('metrics'),
          }
        }),
      )
    })
    await this.output.report({
      value: { subscriptions: found },
      rows: found,
      columns: [
        { title: 'NAME', value: (one) => one.name },
        { title: 'INTERVAL-MS', value: ({ intervalMs }) => intervalMs },
        { title: 'MATCH', value: ({ match }) => match.join(',') },
        { title: 'METRICS', value: ({ metrics }) => metrics.join(',') },
      ],
      none: 'There are no subscriptions.',
    })
  }
}
