import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import type { TopicPartition } from '../../client/index.ts'
import { describeLogDirs } from '../../tools/cluster/log-dirs.ts'

export default class LogDirsDescribe extends BaseCommand<typeof LogDirsDescribe> {
  static override summary = 'Show what lies in the log directories of brokers'
  static override examples = [
    '<%= config.bin %> log-dirs describe',
    '<%= config.bin %> log-dirs describe orders payments --broker 1 --json',
  ]
  static override strict = false
  static override args = {
    topic: Args.string({ ignoreStdin: true, description: 'Names of topics; all when left out' }),
  }
  static override flags = {
    broker: Flags.integer({ multiple: true, multipleNonGreedy: true, description: 'Only this broker' }),
  }

  async run(): Promise<void> {
    const found = await this.withAdmin('Describing log directories', (admin) =>
      describeLogDirs(admin, this.flags.broker, this.words),
    )
    const directories = found.flatMap(({ broker, logDirs }) => logDirs.map((dir) => ({ broker, ...dir })))
    const logDirs = directories.map(({ broker, path, error, totalBytes, usableBytes, replicas }) => ({
      broker,
      path,
      error: error?.message ?? null,
      totalBytes: totalBytes ?? null,
      usableBytes: usableBytes ?? null,
      replicas,
    }))
    for (const { broker, path, error } of directories)
      if (error && this.output.isText) this.context.console.error(`${path} of broker ${broker}: ${error.message}\n`)
    const rows = directories.flatMap(({ broker, path, replicas }) =>
      [...replicas].sort(byPartition).map((replica) => ({ broker, path, ...replica })),
    )
    await this.output.report({
      value: { logDirs },
      rows,
      columns: [
        { title: 'BROKER', value: ({ broker }) => broker },
        { title: 'DIRECTORY', value: ({ path }) => path },
        { title: 'TOPIC', value: ({ topic }) => topic },
        { title: 'PARTITION', value: ({ partition }) => partition },
        { title: 'BYTES', value: ({ size }) => size },
        { title: 'OFFSET-LAG', value: ({ offsetLag }) => offsetLag },
        { title: 'STATE', value: ({ future }) => (future ? 'future' : 'current') },
      ],
    })
  }
}

const byPartition = (a: TopicPartition, b: TopicPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
