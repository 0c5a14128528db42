import { Args, Flags } from '@oclif/core'
import { parsePairs } from '../../cli/client-config.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { defaultsFlag, entityOf, typeArg } from '../../cli/native/config-entity.ts'
import type { ConfigOperation } from '../../client/index.ts'
import { alterEntity } from '../../tools/configs/alter.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'

export default class ConfigsAlter extends BaseCommand<typeof ConfigsAlter> {
  static override summary = 'Set or remove properties of a topic, broker, group or of client metrics'
  static override examples = [
    '<%= config.bin %> configs alter topic orders --set retention.ms=86400000 --set cleanup.policy=compact,delete',
    '<%= config.bin %> configs alter topic orders --unset retention.ms --json',
    '<%= config.bin %> configs alter broker --defaults --set log.cleaner.threads=2',
  ]
  static override args = { type: typeArg, name: Args.string({ ignoreStdin: true, description: 'Name or id' }) }
  static override flags = {
    set: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name=value',
      description: 'Property to set',
    }),
    unset: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name',
      description: 'Property that goes back to its default',
    }),
    defaults: defaultsFlag,
  }

  async run(): Promise<void> {
    const { set = [], unset = [], defaults } = this.flags
    const entity = entityOf(this.args.type, this.args.name, defaults)
    if (!entity) throw new InvalidRequest('Say whose properties to alter: a name, or --defaults.')
    if (set.length + unset.length === 0) throw new InvalidRequest('Say what to alter: --set or --unset.')
    const added = parsePairs(set)
    const ops: ConfigOperation[] = [
      ...unset.map((name) => ({ name, op: 'delete' as const })),
      ...Object.entries(added).map(([name, value]) => ({ name, op: 'set' as const, value })),
    ]
    await this.withAdmin('Altering properties', (admin) => alterEntity(admin, entity, ops))
    await this.output.report({
      value: { ...entity, set: added, unset },
      rows: ops,
      columns: [
        { title: 'OPERATION', value: ({ op }) => (op === 'delete' ? 'unset' : op) },
        { title: 'PROPERTY', value: ({ name }) => name },
        { title: 'VALUE', value: ({ value }) => value },
      ],
      text: () => this.output.done(`Altered ${entity.type} ${entity.name || 'defaults'}.`),
    })
  }
}
