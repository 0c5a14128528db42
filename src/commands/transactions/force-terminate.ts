import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'

export default class TransactionsForceTerminate extends BaseCommand<typeof TransactionsForceTerminate> {
  static override summary = 'Fence the producer of a transactional id and abort its transaction'
  static override description = 'Asks first on a terminal, unless --yes is given.'
  static override examples = ['<%= config.bin %> transactions force-terminate import-1 --yes']
  static override args = { id: Args.string({ ignoreStdin: true, required: true, description: 'Transactional id' }) }
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'Do not ask' }) }

  async run(): Promise<void> {
    const { id } = this.args
    if (!this.flags.yes && !(await confirmed(this.context, `Fence the producer of ${id}?`))) return
    await this.withAdmin('Fencing the producer', (admin) => admin.fenceProducer(id))
    await this.output.fields({ transactionalId: id }, () => this.output.done(`Fenced the producer of ${id}.`))
  }
}
