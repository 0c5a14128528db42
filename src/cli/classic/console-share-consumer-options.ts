import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

const FORMATTER_PROPERTIES =
  "The properties to initialize the message formatter. Default properties include:\n print.timestamp=true|false\n print.key=true|false\n print.offset=true|false\n print.delivery=true|false\n print.epoch=true|false\n print.partition=true|false\n print.headers=true|false\n print.value=true|false\n key.separator=<key.separator>\n line.separator=<line.separator>\n headers.separator=<headers.separator>\n null.literal=<null.literal>\n key.deserializer=<key.deserializer>\n value.deserializer=<value.deserializer>\n header.deserializer=<header.deserializer>\nUsers can also pass in customized properties for their formatter; more specifically, users can pass in properties keyed with 'key.deserializer.', 'value.deserializer.' and 'headers.deserializer.' prefixes to configure their deserializers."

/** The options of Apache's kafka-console-share-consumer. */
export const consoleShareConsumerOptions: readonly OptionSpec[] = [
  ...commonOptions,
  takes('bootstrap-server', 'server to connect to', 'REQUIRED: The server(s) to connect to.\n'),
  takes(
    'command-config',
    'config file',
    'Consumer config properties file. Note that [command-property] takes precedence over this config.',
  ),
  takes('command-property', 'consumer_prop', 'Consumer config properties in the form key=value.'),
  takes(
    'consumer-config',
    'config file',
    '(DEPRECATED) Consumer config properties file. Note that [command-property] takes precedence over this config. This option will be removed in a future version. Use --command-config instead.',
  ),
  takes(
    'consumer-property',
    'consumer_prop',
    '(DEPRECATED) Consumer config properties in the form key=value. This option will be removed in a future version. Use --command-property instead.',
  ),
  flag(
    'enable-systest-events',
    'Log lifecycle events of the share consumer in addition to logging consumed messages. (This is specific for system tests.)',
  ),
  takes('formatter', 'class', 'The name of a class to use for formatting Kafka messages for display.', {
    fallback: 'org.apache.kafka.tools.consumer.DefaultMessageFormatter',
  }),
  takes(
    'formatter-config',
    'config file',
    'Config properties file to initialize the message formatter. Note that [formatter-property] takes precedence over this config.',
  ),
  takes('formatter-property', 'prop', FORMATTER_PROPERTIES),
  takes('group', 'share group id', 'The share group id of the consumer.'),
  takes('key-deserializer', 'deserializer for keys', 'The name of the class to use for deserializing keys.'),
  takes(
    'max-messages',
    'num_messages',
    'The maximum number of messages to consume before exiting. If not set, consumption is continual.',
    { type: 'Integer' },
  ),
  takes(
    'property',
    'prop',
    `(DEPRECATED) ${FORMATTER_PROPERTIES}
This option will be removed in a future version. Use --formatter-property instead.`,
  ),
  flag('reject', 'If specified, messages are rejected as they are consumed.'),
  flag('reject-message-on-error', 'If there is an error when processing a message, reject it instead of halting.'),
  flag('release', 'If specified, messages are released as they are consumed.'),
  takes(
    'timeout-ms',
    'timeout_ms',
    'If specified, exit if no message is available for consumption for the specified interval.',
    { type: 'Integer' },
  ),
  takes('topic', 'topic', 'The topic to consume from.'),
  takes('value-deserializer', 'deserializer for values', 'The name of the class to use for deserializing values.'),
]
