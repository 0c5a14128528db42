import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { deleteSubscription, listSubscriptions } from '../../tools/client-metrics/subscriptions.ts'

export default class ClientMetricsDelete extends BaseCommand<typeof ClientMetricsDelete> {
  static override summary = "Delete a subscription to clients' metrics"
  static override examples = ['<%= config.bin %> client-metrics delete producers']
  static override args = { name: Args.string({ ignoreStdin: true, required: true, description: 'Subscription' }) }

  async run(): Promise<void> {
    const { name } = this.args
    await this.withAdmin('Deleting the subscription', async (admin) => {
      if (!(await listSubscriptions(admin)).includes(name)) throw new Error(`There is no subscription ${name}.`)
      await deleteSubscription(admin, name)
    })
    await this.output.fields({ name }, () => this.output.done(`Deleted subscription ${name}.`))
  }
}
