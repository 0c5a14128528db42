import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { defaultsFlag, entityOf, typeArg } from '../../cli/native/config-entity.ts'
import { type ConfiguredEntity, clientFlags, describeQuotaConfigs, quotaChoice } from '../../cli/native/quota-entity.ts'
import type { Admin, ConfigResourceType } from '../../client/index.ts'
import { describeEntity, entityExists, entityNames } from '../../tools/configs/describe.ts'

export default class ConfigsDescribe extends BaseCommand<typeof ConfigsDescribe> {
  static override summary = 'Show properties of topics, brokers and groups, quotas, and credentials of users'
  static override examples = [
    '<%= config.bin %> configs describe topic orders',
    '<%= config.bin %> configs describe broker --defaults --json',
    '<%= config.bin %> configs describe broker 1 --all',
    '<%= config.bin %> configs describe user',
  ]
  static override args = {
    type: typeArg,
    name: Args.string({ ignoreStdin: true, description: 'Name or id; all of the kind when left out' }),
  }
  static override flags = {
    all: Flags.boolean({ description: 'Also what nobody set' }),
    defaults: defaultsFlag,
    ...clientFlags,
  }

  async run(): Promise<void> {
    const quotas = quotaChoice(this.args, this.flags)
    const found = await this.withAdmin('Describing properties', (admin) =>
      quotas ? describeQuotaConfigs(admin, quotas) : this.resources(admin),
    )
    const rows: Row[] = found.flatMap(({ name: entity, client, configs }) =>
      configs.map((entry) => ({ entity, client, ...entry })),
    )
    await this.output.report({
      value: { entities: found.map((entity) => ({ ...entity, configs: entity.configs.map(entryJson) })) },
      rows,
      columns: [
        { title: this.args.type.toUpperCase(), value: ({ entity }) => entity || '(defaults)' },
        ...(this.args.type === 'user' ? [clientColumn] : []),
        { title: 'PROPERTY', value: (entry) => entry.name },
        { title: 'VALUE', value: ({ value }) => value },
        { title: 'SOURCE', value: ({ source }) => source.toLowerCase().replaceAll('_', ' ') },
      ],
      none: 'Nothing is set that differs from the defaults.',
    })
  }

  private async resources(admin: Admin): Promise<ConfiguredEntity[]> {
    const { type, name } = this.args
    const wanted = entityOf(type, name, this.flags.defaults)
    if (wanted && !(await entityExists(admin, wanted))) throw new Error(`There is no ${type} ${wanted.name}.`)
    const kind = type as ConfigResourceType
    const names = wanted ? [wanted.name] : (await entityNames(admin, kind)).sort()
    return Promise.all(
      names.map(async (each) => {
        const configs = await describeEntity(admin, { type: kind, name: each }, this.flags.all)
        return { type: kind, name: each, client: null, configs }
      }),
    )
  }
}

type Config = ConfiguredEntity['configs'][number]
type Row = Config & Pick<ConfiguredEntity, 'client'> & { readonly entity: string }

const clientColumn = {
  title: 'CLIENT',
  optional: true,
  value: ({ client }: Row) => (client === '' ? '(defaults)' : client),
}

const entryJson = ({ name, value, source, readOnly, sensitive }: Config): object => ({
  name,
  value,
  source,
  readOnly,
  sensitive,
})
