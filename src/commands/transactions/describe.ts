import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { describeTransaction } from '../../tools/transactions/hanging.ts'

export default class TransactionsDescribe extends BaseCommand<typeof TransactionsDescribe> {
  static override summary = 'Show the transaction of a transactional id'
  static override examples = ['<%= config.bin %> transactions describe import-1']
  static override args = { id: Args.string({ ignoreStdin: true, required: true, description: 'Transactional id' }) }

  async run(): Promise<void> {
    const { id } = this.args
    const found = await this.withAdmin('Describing the transaction', (admin) => describeTransaction(admin, id))
    const { startedAt, partitions, ...rest } = found
    const openMs = startedAt === undefined ? null : Math.floor(this.context.runtime.clock.now() - startedAt)
    const value = { ...rest, startedAt: startedAt ?? null, openMs, partitions }
    await this.output.report({
      value,
      rows: [value],
      columns: [
        { title: 'TRANSACTIONAL-ID', value: (row) => row.transactionalId },
        { title: 'STATE', value: (row) => row.state },
        { title: 'PRODUCER-ID', value: (row) => row.producerId },
        { title: 'EPOCH', value: (row) => row.producerEpoch },
        { title: 'COORDINATOR', value: (row) => row.coordinator },
        { title: 'TIMEOUT-MS', value: (row) => row.timeoutMs },
        { title: 'OPEN-MS', value: (row) => row.openMs },
        {
          title: 'PARTITIONS',
          value: (row) => row.partitions.map(({ topic, partition }) => `${topic}:${partition}`).join(' '),
        },
      ],
    })
  }
}
