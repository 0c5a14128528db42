import { Args, Flags } from '@oclif/core'
import { Exit, exitCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { confirmed } from '../cli/native/confirm.ts'
import type { DeleteRecordsItem } from '../client/index.ts'
import { partitionKey } from '../client/types.ts'
import { KafkaError } from '../protocol/errors.ts'
import { InvalidRequest } from '../tools/groups/reset.ts'

export default class DeleteRecords extends BaseCommand<typeof DeleteRecords> {
  static override summary = 'Delete the oldest records of partitions'
  static override description = 'Asks first on a terminal, unless --yes is given.'
  static override examples = [
    '<%= config.bin %> delete-records orders:0:15',
    '<%= config.bin %> delete-records orders:0:latest orders:1:latest --yes --json',
  ]
  static override strict = false
  static override args = {
    partition: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'topic:partition:offset, the offset of the first record to stay, or latest',
    }),
  }
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'Do not ask' }) }

  async run(): Promise<void> {
    const items = this.words.map(parseItem)
    if (!this.flags.yes && !(await confirmed(this.context, `Delete records of ${this.words.join(', ')}?`))) return
    const results = await this.withAdmin('Deleting records', (admin) => admin.deleteRecords(items))
    const rows = items.map(({ topic, partition }) => {
      const result = results.get(partitionKey(topic, partition))
      const error = result instanceof KafkaError ? result.message : null
      return { topic, partition, logStartOffset: result instanceof KafkaError ? null : (result ?? null), error }
    })
    await this.output.report({
      value: { partitions: rows },
      rows,
      columns: [
        { title: 'TOPIC', value: ({ topic }) => topic },
        { title: 'PARTITION', value: ({ partition }) => partition },
        { title: 'LOG-START-OFFSET', value: ({ logStartOffset }) => logStartOffset },
        { title: 'ERROR', value: ({ error }) => error, alarm: ({ error }) => error !== null },
      ],
    })
    if (rows.some(({ error }) => error !== null)) throw new Exit(exitCode.failed)
  }
}

function parseItem(text: string): DeleteRecordsItem {
  const [, topic, partition, offset] = /^([^:]+):(\d+):(\d+|latest)$/.exec(text) ?? []
  if (topic === undefined) throw new InvalidRequest(`${text} is not topic:partition:offset.`)
  return { topic, partition: Number(partition), offset: offset === 'latest' ? -1 : Number(offset) }
}
