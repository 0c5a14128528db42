import { DeleteGroups } from '../../cli/native/delete-groups.ts'
import type { Admin } from '../../client/index.ts'

export default class ConsumerGroupsDelete extends DeleteGroups {
  static override summary = 'Delete groups without members, and their offsets'
  static override examples = [
    '<%= config.bin %> consumer-groups delete billing',
    '<%= config.bin %> consumer-groups delete billing audit --yes --json',
  ]

  protected override remove = (admin: Admin, ids: readonly string[]) => admin.deleteConsumerGroups(ids)
}
