import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

/** The options of Apache's kafka-leader-election. */
export const leaderElectionOptions: readonly OptionSpec[] = [
  ...commonOptions,
  takes(
    'bootstrap-server',
    'host:port',
    'A hostname and port for the broker to connect to, in the form host:port. Multiple comma separated URLs can be given. REQUIRED.',
  ),
  takes(
    'admin.config',
    'config file',
    '(DEPRECATED) Configuration properties files to pass to the admin client. This option will be removed in a future version. Use --command-config instead.',
  ),
  takes('command-config', 'Config file', 'Config properties file to pass to the admin client.'),
  takes(
    'path-to-json-file',
    'Path to JSON file',
    'The JSON file with the list  of partition for which leader elections should be performed. This is an example format. \n{"partitions":\n\t[{"topic": "foo", "partition": 1},\n\t {"topic": "foobar", "partition": 2}]\n}\nNot allowed if --all-topic-partitions or --topic flags are specified.',
  ),
  takes(
    'topic',
    'topic name',
    'Name of topic for which to perform an election. Not allowed if --path-to-json-file or --all-topic-partitions is specified.',
  ),
  takes(
    'partition',
    'partition id',
    'Partition id for which to perform an election. REQUIRED if --topic is specified.',
    { type: 'Integer' },
  ),
  flag(
    'all-topic-partitions',
    'Perform election on all of the eligible topic partitions based on the type of election (see the --election-type flag). Not allowed if --topic or --path-to-json-file is specified.',
  ),
  takes(
    'election-type',
    'election type',
    'Type of election to attempt. Possible values are "preferred" for preferred leader election or "unclean" for unclean leader election. If preferred election is selection, the election is only performed if the current leader is not the preferred leader for the topic partition. If unclean election is selected, the election is only performed if there are no leader for the topic partition. REQUIRED.',
    { choices: ['PREFERRED', 'UNCLEAN'] },
  ),
]
