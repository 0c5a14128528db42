import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { parsePartition } from '../../cli/native/partition.ts'
import { producerAt } from '../../tools/transactions/hanging.ts'

export default class TransactionsAbort extends BaseCommand<typeof TransactionsAbort> {
  static override summary = 'Abort a hanging transaction in one partition'
  static override description =
    'find-hanging tells the partition and the offset. Asks first on a terminal, unless --yes is given.'
  static override examples = ['<%= config.bin %> transactions abort orders:0 --start-offset 15 --yes']
  static override args = {
    partition: Args.string({ ignoreStdin: true, required: true, description: 'topic:partition' }),
  }
  static override flags = {
    'start-offset': Flags.integer({ required: true, description: 'Where the transaction begins' }),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask' }),
  }

  async run(): Promise<void> {
    const { 'start-offset': startOffset, yes } = this.flags
    const { partition: name } = this.args
    const where = parsePartition(name)
    if (!yes && !(await confirmed(this.context, `Abort the transaction at offset ${startOffset} of ${name}?`))) return
    const { producerId, producerEpoch } = await this.withAdmin('Aborting the transaction', async (admin) => {
      const found = await producerAt(admin, where, startOffset)
      if (!found) throw new Error(`No transaction that is open in ${name} begins at offset ${startOffset}.`)
      await admin.abortTransaction({ ...where, ...found, coordinatorEpoch: Math.max(0, found.coordinatorEpoch) })
      return found
    })
    await this.output.fields({ ...where, startOffset, producerId, producerEpoch }, () =>
      this.output.done(`Aborted the transaction of producer ${producerId} in ${name}.`),
    )
  }
}
