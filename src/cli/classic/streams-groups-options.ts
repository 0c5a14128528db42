import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

/** The options of Apache's kafka-streams-groups. */
export const streamsGroupsOptions: readonly OptionSpec[] = [
  ...commonOptions,
  flag('all-groups', 'Apply to all streams groups.'),
  flag(
    'all-input-topics',
    'Consider all source topics used in the topology of the group. Supported operations: delete-offsets, reset-offsets.',
  ),
  takes('bootstrap-server', 'server to connect to', 'REQUIRED: The server(s) to connect to.\n'),
  takes('by-duration', 'duration', "Reset offsets to offset by duration from current timestamp. Format: 'PnDTnHnMnS'"),
  takes(
    'command-config',
    'command config property file',
    'Property file containing configs to be passed to Admin Client.',
  ),
  flag(
    'delete',
    'Pass in groups to delete topic partition offsets and ownership information over the entire streams group. For instance --group g1 --group g2',
  ),
  flag(
    'delete-all-internal-topics',
    'Delete all internal topics linked to the streams group. Supported operations: reset-offsets, delete. With reset-offsets, this option is applicable only when --execute is used.',
  ),
  takes(
    'delete-internal-topic',
    '',
    'Delete specified internal topic of the streams group. Supported operations: reset-offsets.This option is applicable only when --execute is used.',
  ),
  flag(
    'delete-offsets',
    'Delete offsets of streams group. Supports one streams group at the time, and multiple topics.',
  ),
  flag('describe', 'Describe streams group and list offset lag related to given group.'),
  flag('dry-run', 'Only show results without executing changes on streams group. Supported operations: reset-offsets.'),
  flag('execute', 'Execute operation. Supported operations: reset-offsets.'),
  flag('export', 'Export operation execution to a CSV file. Supported operations: reset-offsets.'),
  takes('from-file', 'path to CSV file', 'Reset offsets to values defined in CSV file.'),
  takes('group', 'streams group', 'The streams group we wish to act on.'),
  takes(
    'input-topic',
    'topic',
    'The input topic whose committed offset should be deleted or reset. In `reset-offsets` case, partitions can be specified using this format: `topic1:0,1,2`, where 0,1,2 are the partition to be included in the process. Multiple input topics can be specified. Supported operations: delete-offsets, reset-offsets.',
  ),
  flag('list', 'List all streams groups.'),
  flag('members', "Describe members of the group. This option may be used with the '--describe' option only.", [
    'describe',
  ]),
  flag(
    'offsets',
    "Describe the group and list all topic partitions in the group along with their offset information.This is the default sub-action and may be used with the '--describe' option only.",
    ['describe'],
  ),
  flag(
    'reset-offsets',
    "Reset offsets of streams group. The instances should be inactive.\nHas 2 execution options: --dry-run to plan which offsets to reset, and --execute to update the offsets.\nIf you use --execute, all internal topics linked to the group will also be deleted.\nYou must choose one of the following reset specifications: --to-datetime, --by-duration, --to-earliest, --to-latest, --shift-by, --from-file, --to-current, --to-offset.\nTo define the scope use --all-input-topics or --input-topic. One scope must be specified unless you use '--from-file'.\nFails if neither '--dry-run' nor '--execute' is specified.",
  ),
  takes(
    'shift-by',
    'number-of-offsets',
    "Reset offsets shifting current offset by 'n', where 'n' can be positive or negative.",
    { type: 'Long' },
  ),
  takes(
    'state',
    '',
    "When specified with '--list', it displays the state of all groups. It can also be used to list groups with specific states. Valid values are Empty, NotReady, Stable, Assigning, Reconciling, and Dead.",
    { required: false, availableIf: ['describe', 'list'] },
  ),
  takes(
    'timeout',
    'timeout (ms)',
    'The timeout that can be set for some use cases. For example, it can be used when describing the group to specify the maximum amount of time in milliseconds to wait before the group stabilizes.',
    { type: 'Long', fallback: '30000' },
  ),
  flag('to-current', 'Reset offsets to current offset.'),
  takes('to-datetime', 'datetime', "Reset offsets to offset from datetime. Format: 'YYYY-MM-DDThh:mm:ss.sss'"),
  flag('to-earliest', 'Reset offsets to earliest offset.'),
  flag('to-latest', 'Reset offsets to latest offset.'),
  takes('to-offset', 'offset', 'Reset offsets to a specific offset.', { type: 'Long' }),
  flag(
    'verbose',
    'Use with --describe --state  to show group epoch and target assignment epoch.\nUse with --describe --members to show for each member the member epoch, target assignment epoch, current assignment, target assignment, and whether member is still using the classic rebalance protocol.\nUse with --describe --offsets  and --describe  to show leader epochs for each partition.',
    ['describe'],
  ),
]
