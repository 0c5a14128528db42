import { Args, Flags } from '@oclif/core'
import {
  aclColumns,
  aclRow,
  operationFlags,
  operationsFrom,
  resourceFlags,
  resourcesFrom,
} from '../../cli/native/acls.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import type { Acl, AclResource } from '../../client/index.ts'
import { checkPrincipal, entriesFor } from '../../tools/acls/bindings.ts'
import { wanted } from '../../tools/acls/wanted.ts'

export default class AclsAdd extends BaseCommand<typeof AclsAdd> {
  static override summary = 'Let a user do something, or forbid it'
  static override examples = [
    '<%= config.bin %> acls add User:bob --topic orders --operation read --operation describe',
    '<%= config.bin %> acls add User:bob --topic orders --producer',
    '<%= config.bin %> acls add User:bob --topic orders --group billing --consumer',
    "<%= config.bin %> acls add 'User:*' --topic audit- --prefixed --operation delete --deny",
  ]
  static override args = {
    principal: Args.string({ ignoreStdin: true, required: true, description: "User:name, 'User:*' for all" }),
  }
  static override flags = {
    ...resourceFlags,
    ...operationFlags,
    host: Flags.string({ multiple: true, multipleNonGreedy: true, description: 'From where [default: everywhere]' }),
    deny: Flags.boolean({ exclusive: ['producer', 'consumer'], description: 'Forbid it, whatever else allows it' }),
    producer: Flags.boolean({ exclusive: ['operation'], dependsOn: ['topic'], description: 'What a producer needs' }),
    consumer: Flags.boolean({
      exclusive: ['operation'],
      dependsOn: ['topic', 'group'],
      description: 'What a consumer of a group needs',
    }),
  }

  async run(): Promise<void> {
    const acls = this.entries()
    await this.withAdmin('Adding ACLs', (admin) => admin.createAcls(acls))
    const rows = acls.map(aclRow)
    await this.output.report({ value: { added: rows }, rows, columns: aclColumns })
  }

  private entries(): Acl[] {
    const { deny, host = [], prefixed, producer, consumer, operation = ['all'] } = this.flags
    const resources = resourcesFrom(this.flags)
    if (resources.length === 0) this.wrongUsage('Name what it is about: --topic, --group, --cluster ...')
    const principals = [this.principal()]
    const grants = {
      allowed: deny ? [] : principals,
      denied: deny ? principals : [],
      allowedHosts: host,
      deniedHosts: host,
    }
    const operations = producer || consumer ? [] : operationsFrom(operation, resources)
    const roles = { producer, consumer, idempotent: false }
    return wanted({ resources, pattern: prefixed ? 'PREFIXED' : 'LITERAL', operations, roles }).flatMap((wish) =>
      entriesFor(grants, wish.operations).map((entry) => ({ resource: wish.resource as AclResource, entry })),
    )
  }

  private principal(): string {
    try {
      return checkPrincipal(this.args.principal)
    } catch {
      return this.wrongUsage(`${this.args.principal} is no principal: User:name is expected.`)
    }
  }
}
