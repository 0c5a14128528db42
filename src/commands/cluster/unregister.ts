import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { yesFlag } from '../../cli/native/topic-choice.ts'

export default class ClusterUnregister extends BaseCommand<typeof ClusterUnregister> {
  static override summary = "Take a broker that is gone for good off the cluster's list"
  static override description =
    'Asks first on a terminal, unless --yes is given. A broker that is still running leaves the cluster by it.'
  static override examples = [
    '<%= config.bin %> cluster unregister 4',
    '<%= config.bin %> cluster unregister 4 --yes --json',
  ]
  static override args = { broker: Args.integer({ ignoreStdin: true, required: true, description: 'Its id' }) }
  static override flags = { yes: yesFlag }

  async run(): Promise<void> {
    const { broker } = this.args
    if (!this.flags.yes && !(await confirmed(this.context, `Unregister broker ${broker}?`))) return
    await this.withAdmin(`Unregistering broker ${broker}`, (admin) => admin.unregisterBroker(broker))
    await this.output.fields({ unregistered: broker }, () =>
      this.output.done(`Broker ${broker} is no longer registered.`),
    )
  }
}
