import { BaseCommand } from '../../cli/native/base-command.ts'
import { listSubscriptions } from '../../tools/client-metrics/subscriptions.ts'

export default class ClientMetricsList extends BaseCommand<typeof ClientMetricsList> {
  static override summary = "List subscriptions to clients' metrics"
  static override examples = ['<%= config.bin %> client-metrics list']

  async run(): Promise<void> {
    const names = (await this.withAdmin('Listing subscriptions', listSubscriptions)).sort()
    await this.output.report({
      value: { subscriptions: names },
      rows: names,
      columns: [{ title: 'NAME', value: (name) => name }],
      none: 'There are no subscriptions.',
      text: () => {
        for (const name of names) this.output.line(name)
      },
    })
  }
}
