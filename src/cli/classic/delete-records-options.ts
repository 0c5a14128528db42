import { commonOptions, type OptionSpec, takes } from './option-parser.ts'

/** The options of Apache's kafka-delete-records. */
export const deleteRecordsOptions: readonly OptionSpec[] = [
  ...commonOptions,
  takes('bootstrap-server', 'server(s) to use for bootstrapping', 'REQUIRED: The server to connect to.'),
  takes(
    'offset-json-file',
    'Offset json file path',
    'REQUIRED: The JSON file with offset per partition. The format to use is:\n{"partitions":\n  [{"topic": "foo", "partition": 1, "offset": 1}],\n "version":1\n}',
  ),
  takes(
    'command-config',
    'command config property file path',
    'A property file containing configs to be passed to Admin Client.',
  ),
]
