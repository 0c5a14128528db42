import { Args, Flags } from '@oclif/core'
import { parsePairs } from '../../cli/client-config.ts'
import { LocalCluster } from '../../cli/local-cluster.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'

const DEFAULT_COUNT = 3
const DEFAULT_PORT = 9092
const MOST = 100

export default class ClusterUp extends BaseCommand<typeof ClusterUp> {
  static override summary = 'Start a cluster of several nodes on this machine'
  static override description =
    'Makes the cluster at the first time; later it starts the nodes that do not run. They go on in the background until `cluster down`.'
  static override examples = [
    '<%= config.bin %> cluster up',
    '<%= config.bin %> cluster up 5 --port 19000 --dir five-nodes',
    '<%= config.bin %> cluster up 3 --override num.partitions=6',
  ]
  static override args = {
    nodes: Args.integer({
      ignoreStdin: true,
      min: 1,
      max: MOST,
      description: 'How many nodes a new cluster has [default: 3]',
    }),
  }
  static override flags = {
    dir: Flags.string({
      helpValue: 'folder',
      description: "Where it keeps everything [default: in the user's state folder]",
    }),
    port: Flags.integer({ min: 1, max: 65_535, description: 'Of the first node of a new cluster [default: 9092]' }),
    override: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name=value',
      description: 'Property of all nodes of a new cluster',
    }),
  }

  async run(): Promise<void> {
    const cluster = new LocalCluster(this.flags.dir, this.context)
    await this.make(cluster)
    const started = await this.output.waiting('Starting the nodes', () => cluster.start())
    const { bootstrap, folder, nodes } = cluster
    await this.output.report({
      value: {
        bootstrap,
        folder,
        nodes: nodes.map(({ id, port }) => ({ id, port })),
        started: started.map(({ id }) => id),
      },
      rows: nodes,
      columns: [
        { title: 'ID', value: ({ id }) => id },
        { title: 'PORT', value: ({ port }) => port },
        { title: 'STARTED', value: (node) => started.some(({ id }) => id === node.id) },
      ],
      text: async () => {
        for (const { id, port, consoleFile } of started)
          await this.output.done(`Started node ${id} at localhost:${port}; what it says is in ${consoleFile}.`)
        this.output.line(`A cluster of ${nodes.length} serves at ${bootstrap}.`)
      },
    })
  }

  private async make(cluster: LocalCluster): Promise<void> {
    const { port, override = [] } = this.flags
    const count = this.args.nodes
    const present = cluster.nodes.length
    if (present === 0)
      return cluster.make({
        count: count ?? DEFAULT_COUNT,
        port: port ?? DEFAULT_PORT,
        overrides: parsePairs(override),
      })
    if ((count ?? present) !== present || port !== undefined || override.length > 0)
      this.wrongUsage(
        `There is a cluster of ${present} in ${cluster.folder} already: start it without more words, or take it away with \`cluster down --remove\`.`,
      )
  }
}
