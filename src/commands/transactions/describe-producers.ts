import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { parsePartition } from '../../cli/native/partition.ts'
import { isoMillis } from '../../cli/native/time.ts'
import { KafkaError } from '../../client/index.ts'

export default class TransactionsDescribeProducers extends BaseCommand<typeof TransactionsDescribeProducers> {
  static override summary = 'Show the producers that a partition knows of'
  static override examples = ['<%= config.bin %> transactions describe-producers orders:0']
  static override args = {
    partition: Args.string({ ignoreStdin: true, required: true, description: 'topic:partition' }),
  }
  static override flags = { broker: Flags.integer({ description: 'As this broker has it [default: the leader]' }) }

  async run(): Promise<void> {
    const where = parsePartition(this.args.partition)
    const answers = await this.withAdmin('Asking for producers', (admin) =>
      admin.describeProducers([where], this.flags.broker),
    )
    const [found = []] = answers.values()
    if (found instanceof KafkaError) throw found
    const producers = found.map((producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      coordinatorEpoch: producer.coordinatorEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.lastTimestamp,
      transactionStartOffset: producer.currentTxnStartOffset ?? null,
    }))
    await this.output.report({
      value: { ...where, producers },
      rows: producers,
      columns: [
        { title: 'PRODUCER-ID', value: (row) => row.producerId },
        { title: 'EPOCH', value: (row) => row.producerEpoch },
        { title: 'COORDINATOR-EPOCH', value: (row) => row.coordinatorEpoch },
        { title: 'LAST-SEQUENCE', value: (row) => row.lastSequence },
        {
          title: 'LAST-TIMESTAMP',
          value: (row) => row.lastTimestamp,
          text: (row) => isoMillis(row.lastTimestamp),
        },
        { title: 'TRANSACTION-START', value: (row) => row.transactionStartOffset },
      ],
      none: 'No producer has written to the partition of late.',
    })
  }
}
