import { Flags } from '@oclif/core'
import {
  type AclRow,
  aclColumns,
  aclRow,
  operationFlags,
  operationsFrom,
  resourceFlags,
  resourcesFrom,
} from '../../cli/native/acls.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { yesFlag } from '../../cli/native/topic-choice.ts'
import type { Acl, AclFilter, Admin } from '../../client/index.ts'
import { anyEntry } from '../../tools/acls/bindings.ts'

export default class AclsRemove extends BaseCommand<typeof AclsRemove> {
  static override summary = 'Remove ACLs'
  static override description =
    'On a terminal it shows what it would remove and asks first, unless --yes is given. Every entry of the resources that fits the flags goes.'
  static override examples = [
    '<%= config.bin %> acls remove --topic orders --yes',
    '<%= config.bin %> acls remove --topic orders --principal User:bob --operation read --yes',
  ]
  static override flags = {
    ...resourceFlags,
    ...operationFlags,
    principal: Flags.string({ helpValue: 'User:name', description: 'Only what is about this one' }),
    yes: yesFlag,
  }

  async run(): Promise<void> {
    const filters = this.filters()
    const found = await this.withAdmin('Looking at ACLs', (admin) => matching(admin, filters))
    const rows = found.map(aclRow)
    if (found.length > 0 && !this.flags.yes && !(await this.isSure(rows))) return
    if (found.length > 0) await this.withAdmin('Removing ACLs', (admin) => admin.deleteAcls(filters))
    await this.output.report({
      value: { removed: rows },
      rows,
      columns: aclColumns,
      none: 'There are no such ACLs.',
    })
  }

  private isSure(found: readonly AclRow[]): Promise<boolean> {
    if (!this.context.console.inputIsTerminal) return Promise.resolve(true)
    for (const { resourceType, name, principal, permission, operation } of found)
      this.context.console.error(`${resourceType} ${name}: ${permission} ${principal} ${operation}\n`)
    return confirmed(this.context, `Remove ${found.length === 1 ? 'this ACL' : `these ${found.length} ACLs`}?`)
  }

  private filters(): AclFilter[] {
    const { principal = null, operation = [], prefixed } = this.flags
    const resources = resourcesFrom(this.flags)
    if (resources.length === 0) this.wrongUsage('Name what it is about: --topic, --group, --cluster ...')
    const operations = operation.length > 0 ? operationsFrom(operation, resources) : (['ANY'] as const)
    const pattern = prefixed ? 'PREFIXED' : 'LITERAL'
    return resources.flatMap((resource) =>
      operations.map((one) => ({
        resource: { ...resource, pattern },
        entry: { ...anyEntry, principal, operation: one },
      })),
    )
  }
}

async function matching(admin: Admin, filters: readonly AclFilter[]): Promise<Acl[]> {
  const found: Acl[] = []
  for (const filter of filters) found.push(...(await admin.describeAcls(filter)))
  return found
}
