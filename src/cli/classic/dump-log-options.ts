import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

const STRING_DECODER = 'org.apache.kafka.tools.api.StringDecoder'

/** The options of Apache's kafka-dump-log. */
export const dumpLogOptions: readonly OptionSpec[] = [
  ...commonOptions,
  flag(
    'print-data-log',
    'If set, printing the messages content when dumping data logs. Automatically set if any decoder option is specified.',
  ),
  flag('verify-index-only', 'If set, just verify the index log without printing its content.'),
  flag(
    'index-sanity-check',
    'If set, just checks the index sanity without printing its content. This is the same check that is executed on broker startup to determine if an index needs rebuilding or not.',
  ),
  takes('files', 'file1, file2, ...', 'REQUIRED: The comma separated list of data and index log files to be dumped.'),
  takes('max-message-size', 'size', 'Size of largest message.', { type: 'Integer', fallback: '5242880' }),
  takes(
    'max-bytes',
    'size',
    'Limit the amount of total batches read in bytes avoiding reading the whole .log file(s).',
    { type: 'Integer', fallback: '2147483647' },
  ),
  flag(
    'deep-iteration',
    'If set, uses deep instead of shallow iteration. Automatically set if print-data-log is enabled.',
  ),
  takes(
    'value-decoder-class',
    '',
    'If set, used to deserialize the messages. This class should implement org.apache.kafka.tools.api.Decoder trait. Custom jar should be available in kafka/libs directory.',
    { required: false, fallback: STRING_DECODER },
  ),
  takes(
    'key-decoder-class',
    '',
    'If set, used to deserialize the keys. This class should implement org.apache.kafka.tools.api.Decoder trait. Custom jar should be available in kafka/libs directory.',
    { required: false, fallback: STRING_DECODER },
  ),
  flag('offsets-decoder', 'If set, log data will be parsed as offset data from the __consumer_offsets topic.'),
  flag(
    'transaction-log-decoder',
    'If set, log data will be parsed as transaction metadata from the __transaction_state topic.',
  ),
  flag('cluster-metadata-decoder', 'If set, log data will be parsed as cluster metadata records.'),
  flag(
    'remote-log-metadata-decoder',
    'If set, log data will be parsed as TopicBasedRemoteLogMetadataManager (RLMM) metadata records. Instead, the value-decoder-class option can be used if a custom RLMM implementation is configured.',
  ),
  flag(
    'share-group-state-decoder',
    'If set, log data will be parsed as share group state data from the __share_group_state topic.',
  ),
  flag('skip-record-metadata', 'Skip metadata when printing records. This flag also skips control records.'),
]
