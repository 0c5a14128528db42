import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'

export default class TransactionsList extends BaseCommand<typeof TransactionsList> {
  static override summary = 'List transactional ids and the states of their transactions'
  static override examples = [
    '<%= config.bin %> transactions list',
    "<%= config.bin %> transactions list --longer-than 60000 --id 'import-.*' --json",
  ]
  static override flags = {
    'longer-than': Flags.integer({ min: 0, helpValue: 'ms', description: 'Only transactions open for longer' }),
    id: Flags.string({ helpValue: 'regex', description: 'Only transactional ids that match as a whole' }),
  }

  async run(): Promise<void> {
    const { 'longer-than': longerThanMs, id: idPattern } = this.flags
    const found = await this.withAdmin('Listing transactions', (admin) =>
      admin.listTransactions({ longerThanMs, idPattern }),
    )
    const transactions = found
      .map(({ transactionalId, state, producerId, coordinator }) => ({
        transactionalId,
        state,
        producerId,
        coordinator,
      }))
      .sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1))
    await this.output.report({
      value: { transactions },
      rows: transactions,
      columns: [
        { title: 'TRANSACTIONAL-ID', value: (row) => row.transactionalId },
        { title: 'STATE', value: (row) => row.state },
        { title: 'PRODUCER-ID', value: (row) => row.producerId },
        { title: 'COORDINATOR', value: (row) => row.coordinator },
      ],
      none: 'There are no such transactions.',
    })
  }
}
