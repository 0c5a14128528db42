import { Exit, exitCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { apiSupport, brokerApis } from '../tools/cluster/api-versions.ts'

export default class BrokerApiVersions extends BaseCommand<typeof BrokerApiVersions> {
  static override summary = 'Show the calls that each broker answers, with their versions'
  static override examples = ['<%= config.bin %> broker-api-versions', '<%= config.bin %> broker-api-versions --json']

  async run(): Promise<void> {
    const brokers = await this.withAdmin('Asking brokers for their versions', brokerApis)
    const rows = brokers.flatMap(({ node, ranges }) =>
      ranges instanceof Error
        ? []
        : apiSupport(ranges).flatMap(({ key, name, range }) =>
            range ? [{ broker: node.id, key, api: name ?? null, min: range.min, max: range.max }] : [],
          ),
    )
    await this.output.report({
      value: { apis: rows },
      rows,
      columns: [
        { title: 'BROKER', value: ({ broker }) => broker },
        { title: 'KEY', value: ({ key }) => key },
        { title: 'API', value: ({ api }) => api },
        { title: 'MIN', value: ({ min }) => min },
        { title: 'MAX', value: ({ max }) => max },
      ],
    })
    const silent = brokers.filter(({ ranges }) => ranges instanceof Error)
    for (const { node, ranges } of silent)
      this.context.console.error(`Broker ${node.id}: ${(ranges as Error).message}\n`)
    if (silent.length > 0) throw new Exit(exitCode.failed)
  }
}
