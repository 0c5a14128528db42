import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { defaultsFlag, entityOf, typeArg } from '../../cli/native/config-entity.ts'
import type { ConfigEntry, ConfigResourceType } from '../../client/index.ts'
import { describeEntity, entityExists, entityNames } from '../../tools/configs/describe.ts'

export default class ConfigsDescribe extends BaseCommand<typeof ConfigsDescribe> {
  static override summary = 'Show properties of topics, brokers, groups and client metrics'
  static override examples = [
    '<%= config.bin %> configs describe topic orders',
    '<%= config.bin %> configs describe broker --defaults --json',
    '<%= config.bin %> configs describe broker 1 --all',
  ]
  static override args = {
    type: typeArg,
    name: Args.string({ ignoreStdin: true, description: 'Name or id; all of the kind when left out' }),
  }
  static override flags = {
    all: Flags.boolean({ description: 'Also what nobody set' }),
    defaults: defaultsFlag,
  }

  async run(): Promise<void> {
    const { type, name } = this.args
    const wanted = entityOf(type, name, this.flags.defaults)
    const found = await this.withAdmin('Describing properties', async (admin) => {
      if (wanted && !(await entityExists(admin, wanted))) throw new Error(`There is no ${type} ${wanted.name}.`)
      const kind = type as ConfigResourceType
      const names = wanted ? [wanted.name] : (await entityNames(admin, kind)).sort()
      const entities = names.map((each) => ({ type: kind, name: each }))
      return Promise.all(
        entities.map(async (entity) => ({ ...entity, configs: await describeEntity(admin, entity, this.flags.all) })),
      )
    })
    const rows = found.flatMap(({ name: entity, configs }) => configs.map((entry) => ({ entity, ...entry })))
    await this.output.report({
      value: { entities: found.map((entity) => ({ ...entity, configs: entity.configs.map(entryJson) })) },
      rows,
      columns: [
        { title: type.toUpperCase(), value: ({ entity }) => entity || '(defaults)' },
        { title: 'PROPERTY', value: (entry) => entry.name },
        { title: 'VALUE', value: ({ value }) => value },
        { title: 'SOURCE', value: ({ source }) => source.toLowerCase().replaceAll('_', ' ') },
      ],
    })
  }
}

const entryJson = ({ name, value, source, readOnly, sensitive }: ConfigEntry): object => ({
  name,
  value,
  source,
  readOnly,
  sensitive,
})
