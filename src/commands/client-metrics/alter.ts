import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { selectorNames } from '../../config/client-metrics.ts'
import { randomUuid } from '../../runtime/index.ts'
import { alterSubscription } from '../../tools/client-metrics/subscriptions.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'

export default class ClientMetricsAlter extends BaseCommand<typeof ClientMetricsAlter> {
  static override summary = "Make or change a subscription to clients' metrics"
  static override description = `Selectors are ${selectorNames.join(', ')}; their patterns are regular expressions.`
  static override examples = [
    '<%= config.bin %> client-metrics alter producers --metrics org.apache.kafka.producer. --interval 60000',
    "<%= config.bin %> client-metrics alter producers --match 'client_id=orders-.*'",
    "<%= config.bin %> client-metrics alter producers --interval ''",
  ]
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Subscription; a new one when left out' }),
  }
  static override flags = {
    metrics: Flags.string({ helpValue: 'prefix,...', description: "Beginnings of metrics' names; * for all" }),
    interval: Flags.string({ helpValue: 'ms', description: 'How often clients send; empty for the default' }),
    match: Flags.string({ helpValue: 'selector=pattern,...', description: 'Clients; empty for all' }),
  }

  async run(): Promise<void> {
    const { metrics, interval, match } = this.flags
    if (metrics === undefined && interval === undefined && match === undefined)
      throw new InvalidRequest('Say what to alter: --metrics, --interval or --match.')
    if (interval && !/^\d+$/.test(interval)) throw new InvalidRequest(`${interval} is no number of milliseconds.`)
    const name = this.args.name ?? randomUuid(this.context.runtime.random)
    await this.withAdmin('Altering the subscription', (admin) =>
      alterSubscription(admin, name, { metrics, interval, match }),
    )
    await this.output.fields({ name }, () => this.output.done(`Altered subscription ${name}.`))
  }
}
