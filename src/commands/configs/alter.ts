import { Args, Flags } from '@oclif/core'
import { parsePairs } from '../../cli/client-config.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { defaultsFlag, entityOf, typeArg } from '../../cli/native/config-entity.ts'
import { alterQuotaConfigs, clientFlags, quotaChoice, quotaTitle } from '../../cli/native/quota-entity.ts'
import type { ConfigOperation } from '../../client/index.ts'
import { alterEntity } from '../../tools/configs/alter.ts'
import { isMechanism } from '../../tools/configs/scram.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'

export default class ConfigsAlter extends BaseCommand<typeof ConfigsAlter> {
  static override summary = 'Set or remove properties of a topic, broker or group, quotas, and credentials of users'
  static override examples = [
    '<%= config.bin %> configs alter topic orders --set retention.ms=86400000 --set cleanup.policy=compact,delete',
    '<%= config.bin %> configs alter topic orders --unset retention.ms --json',
    '<%= config.bin %> configs alter broker --defaults --set log.cleaner.threads=2',
    '<%= config.bin %> configs alter user alice --client reports --set consumer_byte_rate=1048576',
    '<%= config.bin %> configs alter user alice --set SCRAM-SHA-512=iterations=8192,password=secret',
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
    ...clientFlags,
  }

  async run(): Promise<void> {
    const { set = [], unset = [], defaults } = this.flags
    const quotas = quotaChoice(this.args, this.flags)
    const resource = quotas ? undefined : entityOf(this.args.type, this.args.name, defaults)
    const name = quotas?.name ?? resource?.name
    if (name === undefined) throw new InvalidRequest('Say whose properties to alter: a name, or --defaults.')
    if (set.length + unset.length === 0) throw new InvalidRequest('Say what to alter: --set or --unset.')
    const added = parsePairs(set)
    const ops: ConfigOperation[] = [
      ...unset.map((each) => ({ name: each, op: 'delete' as const })),
      ...Object.entries(added).map(([each, value]) => ({ name: each, op: 'set' as const, value })),
    ]
    await this.withAdmin('Altering properties', (admin) =>
      quotas ? alterQuotaConfigs(admin, this.context.runtime, quotas, ops) : alterEntity(admin, resource!, ops),
    )
    const { type } = this.args
    const title = quotas ? quotaTitle(quotas) : `${type} ${name || 'defaults'}`
    await this.output.report({
      value: { type, name, client: quotas?.client ?? null, set: withoutPasswords(added), unset },
      rows: ops,
      columns: [
        { title: 'OPERATION', value: ({ op }) => (op === 'delete' ? 'unset' : op) },
        { title: 'PROPERTY', value: ({ name }) => name },
        { title: 'VALUE', value: (op) => withoutPasswords({ [op.name]: op.value ?? '' })[op.name] },
      ],
      text: () => this.output.done(`Altered ${title}.`),
    })
  }
}

/** What was set, without the secrets. */
const withoutPasswords = (set: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(set).map(([name, value]) => [
      name,
      isMechanism(name) ? value.replace(/password=.*$/s, 'password=***') : value,
    ]),
  )
