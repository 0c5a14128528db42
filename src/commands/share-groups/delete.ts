import { DeleteGroups } from '../../cli/native/delete-groups.ts'
import { deleteShareGroups } from '../../tools/groups/share.ts'

export default class ShareGroupsDelete extends DeleteGroups {
  static override summary = 'Delete share groups without members, and where they are'
  static override examples = ['<%= config.bin %> share-groups delete jobs --yes']

  protected override remove = deleteShareGroups
}
