import { DeleteGroups } from '../../cli/native/delete-groups.ts'
import { deleteStreamsGroups } from '../../tools/groups/streams.ts'

export default class StreamsGroupsDelete extends DeleteGroups {
  static override summary = 'Delete streams groups without members, and their offsets'
  static override description =
    'Asks first on a terminal, unless --yes is given. Topics of the group itself (changelogs, repartitioning) stay.'
  static override examples = ['<%= config.bin %> streams-groups delete counts --yes']

  protected override remove = deleteStreamsGroups
}
