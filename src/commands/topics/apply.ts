import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { readText } from '../../cli/native/input-file.ts'
import { changeLine, changeRow } from '../../cli/native/topic-changes.ts'
import { yesFlag } from '../../cli/native/topic-choice.ts'
import { applyChanges, planTopics, type TopicChange } from '../../tools/topics/plan.ts'
import { parseTopicSpecs } from '../../tools/topics/spec.ts'

export default class TopicsApply extends BaseCommand<typeof TopicsApply> {
  static override summary = 'Make topics what a file says'
  static override description =
    'The file is YAML or JSON: topics, a list of name, partitions, replicationFactor and configs, of which only the name must be there; a config of null goes back to its default. Shows the changes first, and asks on a terminal. Creates topics, adds partitions and alters properties; topics that the file does not name are deleted only with --prune.'
  static override examples = [
    '<%= config.bin %> topics apply -f topics.yaml --dry-run',
    '<%= config.bin %> topics apply -f topics.yaml --yes',
    `echo 'topics: [{ name: orders, partitions: 6, configs: { retention.ms: 86400000 } }]' | <%= config.bin %> topics apply -f - --json`,
  ]
  static override flags = {
    file: Flags.string({
      char: 'f',
      required: true,
      helpValue: 'file',
      description: 'YAML or JSON; - for standard input',
    }),
    'dry-run': Flags.boolean({ description: 'Show the changes, let the broker check them, and change nothing' }),
    prune: Flags.boolean({ description: "Delete topics that the file does not name, but for Kafka's own" }),
    yes: yesFlag,
  }

  async run(): Promise<void> {
    const { 'dry-run': dryRun, prune, file } = this.flags
    const specs = await parseTopicSpecs(await readText(file, this.context))
    const changes = await this.withAdmin('Comparing', (admin) => planTopics(admin, specs, prune))
    if (this.output.isText) for (const change of changes) this.output.line(changeLine(change))
    const isWanted = changes.length > 0 && (dryRun || (await this.isSure(changes)))
    if (isWanted) await this.withAdmin('Applying', (admin) => applyChanges(admin, changes, dryRun))
    const applied = isWanted && !dryRun
    await this.output.report({
      value: { applied, changes: changes.map(changeRow) },
      rows: changes.map(changeRow),
      columns: [
        { title: 'TOPIC', value: (row) => row.topic },
        { title: 'CHANGE', value: (row) => row.change },
        { title: 'PROPERTY', value: (row) => row.property },
        { title: 'FROM', value: (row) => row.from },
        { title: 'TO', value: (row) => row.to },
      ],
      text: () => this.tell(changes, applied),
    })
  }

  private async isSure(changes: readonly TopicChange[]): Promise<boolean> {
    return this.flags.yes || confirmed(this.context, `Apply ${countOf(changes)}?`)
  }

  private async tell(changes: readonly TopicChange[], applied: boolean): Promise<void> {
    if (changes.length === 0) await this.output.done('All topics are as the file says.')
    else if (applied) await this.output.done(`Applied ${countOf(changes)}.`)
    else this.output.line('Nothing was changed.')
  }
}

const countOf = ({ length }: readonly TopicChange[]): string => `${length} ${length === 1 ? 'change' : 'changes'}`
