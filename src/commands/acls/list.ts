import { Flags } from '@oclif/core'
import { aclColumns, aclRow, resourceFlags, resourcesFrom } from '../../cli/native/acls.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import type { Acl, AclFilter } from '../../client/index.ts'
import { anyEntry } from '../../tools/acls/bindings.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'

export default class AclsList extends BaseCommand<typeof AclsList> {
  static override summary = 'List who may do what'
  static override description =
    'Without resources, everything. Of a resource, the entries for its very name; with --matching also those of prefixes and of *, which hold for it as well.'
  static override examples = [
    '<%= config.bin %> acls list',
    '<%= config.bin %> acls list --topic orders --matching',
    '<%= config.bin %> acls list --principal User:bob --json',
  ]
  static override flags = {
    ...resourceFlags,
    principal: Flags.string({ helpValue: 'User:name', description: 'Only what is about this one' }),
    matching: Flags.boolean({ description: 'All that holds for the resources' }),
  }

  async run(): Promise<void> {
    const { principal = null, matching } = this.flags
    const pattern = matching ? 'MATCH' : 'LITERAL'
    const named = resourcesFrom(this.flags).map((resource) => ({ ...resource, pattern }) as const)
    if (matching && named.length === 0)
      throw new InvalidRequest('--matching asks what holds for a resource: name it, with --topic, --group or another.')
    const filters: AclFilter['resource'][] = named.length > 0 ? named : [{ type: 'ANY', name: null, pattern: 'ANY' }]
    const acls = await this.withAdmin('Listing ACLs', async (admin) => {
      const found: Acl[] = []
      for (const resource of filters)
        found.push(...(await admin.describeAcls({ resource, entry: { ...anyEntry, principal } })))
      return found
    })
    const rows = acls.map(aclRow)
    await this.output.report({
      value: { acls: rows },
      rows,
      columns: aclColumns,
      none: 'There are no such ACLs.',
    })
  }
}
