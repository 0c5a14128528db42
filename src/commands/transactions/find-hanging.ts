import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { isoMillis } from '../../cli/native/time.ts'
import { findHanging } from '../../tools/transactions/hanging.ts'

const MINUTE = 60_000

export default class TransactionsFindHanging extends BaseCommand<typeof TransactionsFindHanging> {
  static override summary = 'Find transactions that are open in a partition and that no coordinator would end'
  static override examples = ['<%= config.bin %> transactions find-hanging --topic orders']
  static override flags = {
    topic: Flags.string({ description: 'Look at this topic only' }),
    broker: Flags.integer({ description: 'Look at the partitions of this broker, as it has them' }),
    'older-than': Flags.integer({ min: 0, default: 15, helpValue: 'minutes', description: 'Since the last record' }),
  }

  async run(): Promise<void> {
    const { topic, broker, 'older-than': minutes } = this.flags
    const now = this.context.runtime.clock.now()
    const found = await this.withAdmin('Looking for hanging transactions', (admin) =>
      findHanging(admin, { topic, broker, olderThanMs: minutes * MINUTE }, now),
    )
    const transactions = found.map((row) => ({
      topic: row.topic,
      partition: row.partition,
      startOffset: row.currentTxnStartOffset ?? null,
      producerId: row.producerId,
      producerEpoch: row.producerEpoch,
      coordinatorEpoch: row.coordinatorEpoch,
      lastTimestamp: row.lastTimestamp,
    }))
    await this.output.report({
      value: { transactions },
      rows: transactions,
      columns: [
        { title: 'TOPIC', value: (row) => row.topic },
        { title: 'PARTITION', value: (row) => row.partition },
        { title: 'START-OFFSET', value: (row) => row.startOffset },
        { title: 'PRODUCER-ID', value: (row) => row.producerId },
        { title: 'EPOCH', value: (row) => row.producerEpoch },
        { title: 'COORDINATOR-EPOCH', value: (row) => row.coordinatorEpoch },
        {
          title: 'LAST-TIMESTAMP',
          value: (row) => row.lastTimestamp,
          text: (row) => isoMillis(row.lastTimestamp),
        },
      ],
      none: 'No transaction hangs.',
    })
  }
}
