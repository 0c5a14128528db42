import { Args } from '@oclif/core'
import { BaseCommand } from '../cli/native/base-command.ts'
import { KAFKA_VERSION } from '../cli/version.ts'
import { metadataTree } from '../tools/metadata-shell/image-tree.ts'
import { partsOf, placesOf, placeText } from '../tools/metadata-shell/paths.ts'
import { readMetadata } from '../tools/metadata-shell/read.ts'
import { MetadataShell, walk } from '../tools/metadata-shell/shell.ts'

export default class MetadataShellCommand extends BaseCommand<typeof MetadataShellCommand> {
  static override summary = "Show the cluster's metadata as a node has it on disk"
  static override description =
    'The file is a snapshot (.checkpoint) or a segment of the metadata log, or the folder of both, __cluster_metadata-0. It is only read.'
  static override examples = [
    '<%= config.bin %> metadata-shell data/__cluster_metadata-0',
    '<%= config.bin %> metadata-shell data/bootstrap.checkpoint image/features',
    "<%= config.bin %> metadata-shell data/__cluster_metadata-0 'image/topics/byName/*' --json",
  ]
  static override args = {
    snapshot: Args.string({ ignoreStdin: true, required: true, description: 'Snapshot, segment or folder' }),
    path: Args.string({ ignoreStdin: true, default: '/', description: 'Where in the tree to begin; may have * and ?' }),
  }

  async run(): Promise<void> {
    const { snapshot, path } = this.args
    const { disk } = this.context.runtime
    if (!disk.stat(snapshot)) throw new Error(`There is no file ${snapshot}.`)
    const root = metadataTree(readMetadata(disk, snapshot), KAFKA_VERSION)
    const places = placesOf(root, partsOf(path, []))
    if (places.length === 0) throw new Error(`There is nothing at ${path}.`)
    const nodes = places.flatMap((place) =>
      [...walk(place.node, placeText(place))].flatMap(([at, value]) =>
        value === undefined ? [] : [{ path: at, value }],
      ),
    )
    await this.output.report({
      value: { nodes },
      rows: nodes,
      columns: [
        { title: 'PATH', value: (node) => node.path },
        { title: 'VALUE', value: ({ value }) => value },
      ],
      text: () => this.context.console.out(new MetadataShell(root).tree([path]).text),
    })
  }
}
